from django.db import migrations

from feed.search.rebuilding import rebuild as write_anew


class Migration(migrations.Migration):
    """Words are parted and compared by other rules now: every text is read again, in batches."""

    dependencies = [
        ("feed", "0003_full_text"),
    ]

    operations = [
        migrations.RunPython(write_anew, migrations.RunPython.noop),
    ]
