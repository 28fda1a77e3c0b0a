"""A download of everything, from the wish to the archive, under a lease.

A worker that dies leaves nothing that is offered: the archive of every attempt has a name of its
own, which stands in the ledger of what is to be erased before the first byte is stored.
"""

import logging
import shutil
import tempfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from leaving import archive
from leaving.models import Export
from notes_site.ids import random_key
from notes_site.queue import leases
from notes_site.queue.leases import LeaseLostError
from notes_site.queue.on_commit import queue_on_commit
from notes_site.storage import EXPORTS, StorageUnavailableError, media
from posts.models import Photo
from posts.pipeline import erase

logger = logging.getLogger(__name__)

KEPT = timedelta(days=7)
LEASE = timedelta(seconds=60)
# The slowest storage that an archive is put into without a second worker taking over.
SLOWEST_BYTES_A_SECOND = 2_000_000
# REASONS says this number in words.
MAX_ATTEMPTS = 5
MB = 1_000_000
State = Export.State

REASONS: dict[str, Promise] = {
    "no_room": _(
        "There isn’t enough space on the server to prepare your download. Nothing was lost; tell"
        " the people who run this site, and try again later."
    ),
    "gave_up": _(
        "It was started five times and never finished. Nothing was lost; try again, and if that"
        " fails too, tell the people who run this site."
    ),
}


class NoRoomError(Exception):
    """The disk could not hold the archive."""


def request(person: User) -> Export | None:
    """Begin a download of everything; None when one is being made already."""
    try:
        with transaction.atomic():
            export = Export.objects.create(user=person, queued_at=timezone.now())
            for old in person.exports.exclude(pk=export.pk):
                discard(old)
            queue_on_commit("leaving.tasks.export", export.pk)
    except IntegrityError:
        return None
    return export


@transaction.atomic
def discard(export: Export) -> bool:
    """Take a download away, its archive too; False when it is gone already."""
    locked = Export.objects.select_for_update().filter(pk=export.pk).first()
    if locked is None:
        return False
    if locked.key:
        erase.request([locked.key], owner_id=locked.user_id, post_id=None)
    locked.delete()
    return True


def newest(person: User) -> Export | None:
    """The download a person asked for last; None when there is none, or it has run out."""
    found = person.exports.order_by("-pk").first()
    if found and found.state == State.READY and not found.is_offered:
        return None
    return found


def make(export_id: int) -> None:
    """Write a person's archive and offer it; nothing if another worker has it or it is done.

    Run again after a worker died, it begins anew. When storage is away the export waits for it.
    """
    export = _claim(export_id)
    if export is None:
        return
    try:
        with tempfile.NamedTemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR, suffix=".zip") as file:
            path = Path(file.name)
            _see_that_it_fits(export)
            archive.write(path, export.user, _step(export))
            _offer(export, path)
    except LeaseLostError:
        logger.info("export taken over", extra={"export": export.code})
    except NoRoomError:
        _fail(export, "no_room")
    except StorageUnavailableError as error:
        # No fault of the export, so not one of its attempts either.
        logger.warning("left to the sweep", extra={"export": export.code, "why": str(error)})
        _mine(export).update(state=State.PENDING, attempts=F("attempts") - 1, **leases.FREED)


def _claim(export_id: int) -> Export | None:
    """Take the export by compare-and-set; None when it is not to be had, or not now."""
    busy = Export.objects.filter(state=State.WORKING, leased_until__gt=timezone.now())
    if busy.exclude(pk=export_id).exists():
        # One at a time on the whole site: a worker is to be left for everything else.
        return None
    with transaction.atomic():
        unfinished = Export.objects.filter(state__in=[State.PENDING, State.WORKING])
        if not unfinished.filter(leases.free(), pk=export_id).update(
            state=State.WORKING,
            **leases.taken(LEASE),
            attempts=F("attempts") + 1,
            done=0,
            total=0,
        ):
            return None
        export = Export.objects.select_related("user").get(pk=export_id)
        if export.key:
            # What the attempt before may have stored.
            erase.request([export.key], owner_id=export.user_id, post_id=None)
        export.key = f"{EXPORTS}{random_key()}.zip"
        _mine(export).update(key=export.key)
        erase.request([export.key], owner_id=export.user_id, post_id=None, wait=KEPT)
    if export.attempts > MAX_ATTEMPTS:
        _fail(export, "gave_up")
        return None
    return export


def _mine(export: Export) -> "QuerySet[Export]":
    """The row, as long as it is ours."""
    return Export.objects.filter(pk=export.pk, lease=export.lease, state=State.WORKING)


def _step(export: Export) -> Callable[[int, int], None]:
    """Tells how far it is, and renews the lease; the archive calls it after each file."""

    def step(done: int, total: int) -> None:
        if not _mine(export).update(done=done, total=total, **leases.renewed(LEASE)):
            raise LeaseLostError

    return step


def _see_that_it_fits(export: Export) -> None:
    """Raises NoRoomError unless the disk holds all originals once more, with something to spare."""
    sizes = Photo.objects.filter(owner=export.user_id).values_list("bytes", flat=True)
    free = shutil.disk_usage(settings.FILE_UPLOAD_TEMP_DIR).free
    if free < sum(sizes.iterator()) + 200 * MB:
        raise NoRoomError


def _offer(export: Export, path: Path) -> None:
    """Store the archive, then say that it is there."""
    size = path.stat().st_size
    patience = LEASE + timedelta(seconds=size / SLOWEST_BYTES_A_SECOND)
    if not _mine(export).update(**leases.renewed(patience)):
        raise LeaseLostError
    media().put(export.key, path)
    now = timezone.now()
    with transaction.atomic():
        offered = _mine(export).update(
            state=State.READY,
            bytes=size,
            **leases.FREED,
            expires_at=now + KEPT,
        )
        if offered:
            erase.request([export.key], owner_id=export.user_id, post_id=None, wait=KEPT)
        else:
            # Another worker has the export by now, or it was deleted: nobody offers this archive.
            erase.request([export.key], owner_id=export.user_id, post_id=None)


def _fail(export: Export, code: str) -> None:
    logger.warning("export failed", extra={"export": export.code, "reason": code})
    with transaction.atomic():
        if _mine(export).update(state=State.FAILED, error=code, **leases.FREED):
            erase.request([export.key], owner_id=export.user_id, post_id=None)
