"""Step: make what is wanted of a photo and not there yet, under a lease."""

import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from notes_site.ids import random_key
from notes_site.queue import leases
from notes_site.queue.leases import LeaseLostError
from notes_site.storage import PRIVATE, PUBLIC, StorageUnavailableError, media
from posts import limits
from posts.imaging.sandbox import ChildLostError, DecodingError, sandbox
from posts.imaging.specs import PLAIN
from posts.models import Photo, Rendition
from posts.pipeline import erase, placement, recognition
from posts.pipeline.settle import photo_settled

logger = logging.getLogger(__name__)

FIRST_WAIT = timedelta(seconds=5)
# Pages kept for visitors, and tabs opened a moment ago, may still name what was replaced.
REPLACED_KEPT = timedelta(seconds=40)


class TryAgainError(Exception):
    """A part of the system is away; the sweep will queue the photo again."""


def render(photo_id: int) -> None:
    """Bring a photo to ready or failed; nothing if another worker has it or it is done.

    Running it again makes only what is missing. Raises TryAgainError when storage or the child
    went away: the photo stays unfinished and its lease is given back.
    """
    photo = _claim(photo_id)
    if photo is None:
        return
    try:
        with tempfile.TemporaryDirectory(dir=settings.FILE_UPLOAD_TEMP_DIR) as folder:
            _make_missing(photo, Path(folder))
    except DecodingError as error:
        _fail(photo, error.code)
    except FileNotFoundError:
        _fail(photo, "original_missing")
    except LeaseLostError:
        logger.info("photo taken over", extra={"photo": photo.code})
    except StorageUnavailableError as error:
        # No fault of the picture, so not one of its attempts either.
        _give_back(photo, attempts=photo.attempts - 1)
        raise TryAgainError(str(error)) from error
    except ChildLostError as error:
        # Ended from outside: perhaps by somebody, perhaps because this picture took all memory.
        _give_back(photo, attempts=photo.attempts)
        raise TryAgainError(str(error)) from error


def _claim(photo_id: int) -> Photo | None:
    """Take the photo by compare-and-set; None when it is not to be had."""
    due = Q(retry_at=None) | Q(retry_at__lte=timezone.now())
    unfinished = Photo.objects.unfinished()
    claimed = unfinished.filter(leases.free(), due, pk=photo_id).update(
        state=Photo.State.WORKING,
        **leases.taken(limits.LEASE),
        # Counted at the start: a worker that the picture kills can't count it afterwards.
        attempts=F("attempts") + 1,
    )
    if not claimed:
        return None
    photo = Photo.objects.select_related("post__author").get(pk=photo_id)
    if photo.attempts > limits.MAX_ATTEMPTS:
        _fail(photo, "gave_up")
        return None
    return photo


def _held(photo: Photo) -> Any:
    """The row, as long as it is ours: edits that came meanwhile are another worker's to make."""
    return Photo.objects.filter(
        pk=photo.pk,
        lease=photo.lease,
        state=Photo.State.WORKING,
        edits_version=photo.edits_version,
    )


def _make_missing(photo: Photo, folder: Path) -> None:
    missing = photo.missing_specs
    done = {"width": photo.width, "height": photo.height, "thumbhash": photo.thumbhash}
    # A worker that died after the last rendition left no hashes; then only those are made.
    if missing or not photo.thumbhash:
        with _original(photo) as path:
            done = sandbox.render(
                path, folder, missing, lambda made: _keep(photo, made), edits=photo.edits
            )
    _finish(photo, done)


@transaction.atomic
def _finish(photo: Photo, done: dict[str, Any]) -> None:
    """The photo is ready: the renditions of its earlier edits go in the same transaction."""
    finished = _held(photo).update(
        state=Photo.State.READY,
        reason="",
        **leases.FREED,
        retry_at=None,
        placed=False,
        **done,
    )
    if not finished:
        raise LeaseLostError
    # Locked, so that none is moved to another key between our look at it and its end.
    older = photo.renditions.select_for_update().filter(edits_version__lt=photo.edits_version)
    erase.request(
        list(older.values_list("key", flat=True)),
        owner_id=photo.owner_id,
        post_id=photo.post_id,
        wait=REPLACED_KEPT,
    )
    older.delete()
    if done.get("pdq", photo.pdq) != photo.pdq:
        recognition.on_ready(photo.pk, photo.pdq)
    photo_settled(photo.pk)


@contextmanager
def _original(photo: Photo) -> Iterator[Path]:
    """The original as a file of its own: the child opens paths, and storage may be far away."""
    with tempfile.NamedTemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR) as file:
        media().fetch(photo.original_key, Path(file.name))
        yield Path(file.name)


def _keep(photo: Photo, made: dict[str, Any]) -> None:
    """Store one rendition, then name it in a row; renews the lease."""
    public = placement.belongs_in_public(photo) and made["spec"] != PLAIN
    prefix = PUBLIC if public else f"{PRIVATE}renditions/"
    key = f"{prefix}{random_key()}.{made['format']}"
    media().put(key, Path(made["path"]))
    with transaction.atomic():
        if not _held(photo).update(**leases.renewed(limits.LEASE)):
            erase.request([key], owner_id=photo.owner_id, post_id=photo.post_id)
            lost = True
        else:
            lost = False
            Rendition.objects.get_or_create(
                photo=photo,
                spec=made["spec"],
                edits_version=photo.edits_version,
                defaults={
                    "key": key,
                    "width": made["width"],
                    "height": made["height"],
                    "bytes": made["bytes"],
                    "format": made["format"],
                },
            )
    # Not raised inside the transaction: that would roll the ledger's row back.
    if lost:
        raise LeaseLostError


def _fail(photo: Photo, code: str) -> None:
    logger.info("photo failed", extra={"photo": photo.code, "reason": code})
    with transaction.atomic():
        failed = _held(photo).update(
            state=Photo.State.FAILED, reason=code, retry_at=None, **leases.FREED
        )
        if failed:
            photo_settled(photo.pk)


def _give_back(photo: Photo, *, attempts: int) -> None:
    """Free the lease; the next attempt waits 5 s, doubled by each attempt that counts."""
    _held(photo).update(
        state=Photo.State.PENDING,
        **leases.FREED,
        attempts=attempts,
        retry_at=timezone.now() + FIRST_WAIT * 2**attempts,
    )
