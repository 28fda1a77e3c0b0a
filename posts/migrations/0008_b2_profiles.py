import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_people"),
        ("posts", "0007_d_like_newest"),
    ]

    operations = [
        migrations.AddField(
            model_name="revision",
            name="people_list",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="accounts.peoplelist",
            ),
        ),
        migrations.AddIndex(
            model_name="like",
            index=models.Index(fields=["user", "-created_at", "-id"], name="like_by"),
        ),
    ]
