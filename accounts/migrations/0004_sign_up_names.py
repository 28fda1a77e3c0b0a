"""What the admin calls sign-ups, invitations and blocked domains; nothing in the database."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_people")]

    operations = [
        migrations.AlterModelOptions(
            name="invite",
            options={"verbose_name": "invitation", "verbose_name_plural": "invitations"},
        ),
        migrations.AlterModelOptions(
            name="signup",
            options={"verbose_name": "sign-up", "verbose_name_plural": "sign-ups"},
        ),
        migrations.AlterModelOptions(
            name="blockeddomain",
            options={
                "verbose_name": "blocked e-mail domain",
                "verbose_name_plural": "blocked e-mail domains",
            },
        ),
    ]
