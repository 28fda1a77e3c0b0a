"""`manage.py reconcile_media`: compare storage with the rows and put right what differs."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from notes_site.storage import StorageUnavailableError
from posts.pipeline.reconcile import Findings, reconcile


class Command(BaseCommand):
    """Objects nobody names go into quarantine for 7 days; missing renditions are made anew."""

    help = (
        "Find objects that no row names and rows whose object is missing. The former are moved "
        "into quarantine and erased after 7 days, renditions are made anew, missing originals "
        "are listed. --dry-run changes nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only say what would be done")

    def handle(self, *, dry_run: bool, **_options: Any) -> None:
        try:
            found = reconcile(dry_run=dry_run, tell=self.stdout.write)
        except StorageUnavailableError as error:
            raise CommandError(
                f"The storage does not answer ({error}). What was done so far stays; run this "
                "again when it is back."
            ) from error
        for line in _summary(found):
            self.stdout.write(line)
        if dry_run:
            self.stdout.write("This was a dry run: nothing was changed.")


def _summary(found: Findings) -> list[str]:
    return [
        f"{found.orphans} objects that no row names: quarantined for 7 days.",
        f"{found.back} objects of the quarantine that a row names again: moved back.",
        f"{found.erased} objects after 7 days of quarantine: erased.",
        f"{found.renditions} renditions without an object: made anew where the original is there.",
        f"{found.originals} originals and {found.avatars} profile pictures missing: left as they"
        " are; bring them back from a backup of the storage.",
    ]
