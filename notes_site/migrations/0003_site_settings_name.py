"""What the admin calls the site's settings; nothing in the database."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("notes_site", "0002_site_settings")]

    operations = [
        migrations.AlterModelOptions(
            name="sitesettings",
            options={"verbose_name": "site settings", "verbose_name_plural": "site settings"},
        ),
    ]
