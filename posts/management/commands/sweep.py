"""`manage.py sweep`: find lost work now instead of waiting for the schedule."""

from typing import Any

from django.core.management.base import BaseCommand

from notes_site.queue import events
from posts.sweep import sweep


class Command(BaseCommand):
    """Queue unfinished photos, publish what is ready, erase what is due."""

    help = "Find what a lost message or a dead process left behind and queue it again."

    def handle(self, **_options: Any) -> None:
        photos = sweep()
        waiting = events.sweep()
        self.stdout.write(f"{photos} photos and {waiting} events queued again.")
