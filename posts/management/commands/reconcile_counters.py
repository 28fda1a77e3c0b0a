"""`manage.py reconcile_counters`: prove that every counter tells the number of its rows."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from posts import counters


class Command(BaseCommand):
    """Count likes, comments, photos and follows again; put right what drifted."""

    help = "Count likes, comments, photos and follows again, and put right counters that drifted."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only say what is wrong")

    def handle(self, *, dry_run: bool, **_options: Any) -> None:
        wrong = 0
        for drift in counters.drifts(repair=not dry_run):
            wrong += 1
            self.stdout.write(
                f"{drift.model} {drift.code}: {drift.column} said {drift.said},"
                f" counted {drift.counted}"
            )
        done = "left as they are, for this was a dry run" if dry_run else "put right"
        self.stdout.write(f"{wrong} counters were wrong{f': {done}' if wrong else ''}.")
