"""`manage.py rescore`: score every post anew."""

from typing import Any

from django.core.management.base import BaseCommand

from feed import scoring


class Command(BaseCommand):
    """Write every post's stored score again."""

    help = "Score every published post again."

    def handle(self, **_options: Any) -> None:
        self.stdout.write(f"{scoring.rescore(force=True)} posts scored.")
