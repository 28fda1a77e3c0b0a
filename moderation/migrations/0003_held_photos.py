"""Names for two more deeds. The table itself is not altered, so its triggers stay."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("moderation", "0002_append_only")]

    operations = [
        migrations.AlterField(
            model_name="auditentry",
            name="action",
            field=models.CharField(
                choices=[
                    ("hide", "hid"),
                    ("restore", "restored"),
                    ("suspend", "suspended"),
                    ("unsuspend", "ended the suspension of"),
                    ("retry", "tried again"),
                    ("release", "released"),
                    ("refuse", "refused"),
                    ("appoint", "made a moderator of"),
                    ("dismiss", "ended the moderating of"),
                ],
                max_length=12,
                verbose_name="action",
            ),
        ),
    ]
