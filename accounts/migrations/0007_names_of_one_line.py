from django.db import migrations

from notes_site.text import one_line

COLUMNS = ("display_name", "pronouns")


def clean(apps, _schema_editor):
    """Names from before they were cleaned; one of which nothing is left gives way to the username."""
    people = apps.get_model("accounts", "User").objects.exclude(display_name="", pronouns="")
    for person in people.only(*COLUMNS).order_by("pk").iterator(chunk_size=500):
        kept = {name: one_line(getattr(person, name)) for name in COLUMNS}
        if any(kept[name] != getattr(person, name) for name in COLUMNS):
            apps.get_model("accounts", "User").objects.filter(pk=person.pk).update(**kept)


class Migration(migrations.Migration):

    dependencies = [
        ("accounts", "0006_pending_addresses"),
    ]

    operations = [
        migrations.RunPython(clean, migrations.RunPython.noop),
    ]
