from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_sign_up_names")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="session_round",
            field=models.PositiveIntegerField(default=0, editable=False),
        ),
    ]
