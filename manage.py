#!/usr/bin/env python
"""Django's command line for this site."""

import os
import sys


def main() -> None:
    """Run one management command; a wrong setting or a full disk stops it with a sentence."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "notes_site.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(f"notes: {error}")
    except Exception as error:
        from django.conf import settings

        from notes_site.serving import disk

        sentence = disk.sentence(error, settings.DATA_DIR)
        if not sentence:
            raise
        sys.exit(f"notes: {sentence}")


if __name__ == "__main__":
    main()
