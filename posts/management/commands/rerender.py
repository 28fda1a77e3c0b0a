"""`manage.py rerender`: have renditions made anew, after an upgrade or a change of sizes."""

import time
from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import QuerySet

from notes_site.ids import decode, encode
from posts.imaging import specs
from posts.models import Photo
from posts.pipeline import rerender

AT_ONCE = 100
# New uploads take their turn after what was queued before them: they must not wait for long.
MAX_WAITING = 200
PAUSE_SECONDS = 1.0


class Command(BaseCommand):
    """Queue photos for a whole new set of renditions; the old one is shown until then."""

    help = (
        "Queue ready photos for new renditions, oldest first. Pages show the old ones until the"
        " new set is complete. Waits while more than 200 photos are queued, so a worker must be"
        " running; stop it at any time and go on with --after."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        names = [spec.name for spec in specs.SPECS]
        parser.add_argument(
            "--spec", choices=names, help="only photos of which this rendition is wanted"
        )
        parser.add_argument("--photo", type=_code, help="this one photo, by its code")
        parser.add_argument(
            "--missing", action="store_true", help="only make what is wanted and not there"
        )
        parser.add_argument("--after", type=_code, default=-1, help="go on after this photo's code")

    def handle(
        self, *, spec: str | None, photo: int | None, missing: bool, after: int, **_options: Any
    ) -> None:
        photos = Photo.objects.filter(state=Photo.State.READY)
        if photo is not None:
            photos = photos.filter(pk=photo)
            if not photos.exists():
                raise CommandError(f"There is no ready photo {encode(photo)}.")
        make = rerender.make_missing if missing else rerender.make_all
        queued = self._go_through(photos, after, lambda each: _is_meant(each, spec, missing), make)
        self.stdout.write(f"{queued} photos are queued to be made anew.")

    def _go_through(
        self,
        photos: "QuerySet[Photo]",
        last: int,
        is_meant: Callable[[Photo], bool],
        make: Callable[[int], bool],
    ) -> int:
        looked_at = queued = 0
        rows = photos.prefetch_related("renditions").order_by("pk")
        while batch := list(rows.filter(pk__gt=last)[:AT_ONCE]):
            self._wait_for_the_queue()
            queued += sum(make(each.pk) for each in batch if is_meant(each))
            looked_at, last = looked_at + len(batch), batch[-1].pk
            self.stdout.write(
                f"{looked_at} looked at, {queued} queued; go on from here: --after {encode(last)}"
            )
        return queued

    def _wait_for_the_queue(self) -> None:
        while Photo.objects.unfinished().count() > MAX_WAITING:
            time.sleep(PAUSE_SECONDS)


def _is_meant(photo: Photo, spec: str | None, missing: bool) -> bool:
    if missing:
        absent = photo.missing_specs
        return spec in absent if spec else bool(absent)
    wanted = specs.wanted_specs(photo.width, photo.height, photo.edits)
    return spec is None or spec in wanted


def _code(text: str) -> int:
    try:
        return decode(text)
    except ValueError as error:
        raise CommandError(f"{text!r} is not a photo's code.") from error
