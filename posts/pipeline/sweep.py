"""Step: find what a lost message or a dead process left behind."""

import logging
import shutil
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from accounts.models import User
from notes_site.storage import PRIVATE, PUBLIC, StorageUnavailableError, media
from notes_site.transactions import queue_on_commit
from posts import avatars, limits, publishing, uploads
from posts.models import Erasure, Photo, Post, Rendition, Upload
from posts.pipeline import erase

logger = logging.getLogger(__name__)

A_DAY = timedelta(days=1)
AT_ONCE = 1_000


def sweep() -> int:
    """Queue unfinished work again; returns how many photos were queued."""
    from posts import tasks

    queued = _queue_photos()
    for photo_id in Photo.objects.filter(placed=False, state=Photo.State.READY).values_list(
        "pk", flat=True
    )[:AT_ONCE]:
        queue_on_commit(tasks.place_photo, photo_id)
    for post_id in _posts_to_publish():
        publishing.publish_if_ready(post_id)
    for photo_id in avatars.waiting():
        _use_avatar(photo_id)
    erase_unused_uploads()
    erase.erase_due()
    return queued


def _posts_to_publish() -> list[int]:
    """Waiting posts all of whose photos are ready, and which nobody published."""
    waiting = Post.objects.filter(state=Post.State.PROCESSING)
    unready = Photo.objects.exclude(state=Photo.State.READY).filter(post=OuterRef("pk"))
    return list(waiting.exclude(Exists(unready)).values_list("pk", flat=True)[:AT_ONCE])


def _use_avatar(photo_id: int) -> None:
    """One picture that can't be had must not keep the sweep from all that follows."""
    try:
        avatars.use_if_ready(photo_id)
    except (StorageUnavailableError, FileNotFoundError) as error:
        logger.warning("left to the next sweep", extra={"photo": photo_id, "why": str(error)})


def _queue_photos() -> int:
    """Queue photos whose message or lease has run out, each by compare-and-set."""
    from posts import tasks

    now = timezone.now()
    stale = Q(queued_at=None) | Q(queued_at__lt=now - limits.QUEUE_PATIENCE)
    free = Q(leased_until=None) | Q(leased_until__lt=now)
    waiting = Photo.objects.filter(
        stale, free, state__in=[Photo.State.PENDING, Photo.State.WORKING]
    )
    queued = 0
    for photo_id in waiting.order_by("pk").values_list("pk", flat=True)[:AT_ONCE]:
        if waiting.filter(pk=photo_id).update(queued_at=now):
            queue_on_commit(tasks.render, photo_id)
            queued += 1
    return queued


def erase_unused_uploads() -> int:
    """Erase uploads that no post took within 7 days; forget the receipts of those that did."""
    old = timezone.now() - limits.UPLOAD_KEPT
    Upload.objects.filter(created_at__lt=old, used_at__isnull=False).delete()
    unused = Upload.objects.filter(created_at__lt=old, used_at=None)
    erased = 0
    for upload_id in unused.values_list("pk", flat=True)[:AT_ONCE]:
        erased += uploads.discard(upload_id)
    return erased


def collect_orphans() -> int:
    """Put every object older than a day that no row names into the ledger; returns how many."""
    before = timezone.now() - A_DAY
    found = 0
    for prefix in (PUBLIC, PRIVATE):
        batch: list[str] = []
        for key, written in media().walk(prefix):
            if written < before:
                batch.append(key)
            if len(batch) == AT_ONCE:
                found += _collect(batch)
                batch = []
        found += _collect(batch)
    _clear_temporary(before)
    return found


def _clear_temporary(before: datetime) -> None:
    """Remove files that a killed process left half received or half rendered."""
    for path in settings.FILE_UPLOAD_TEMP_DIR.iterdir():
        if path.stat().st_mtime < before.timestamp():
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


def _collect(keys: list[str]) -> int:
    named = set(Photo.objects.filter(original_key__in=keys).values_list("original_key", flat=True))
    named |= set(Rendition.objects.filter(key__in=keys).values_list("key", flat=True))
    named |= set(Erasure.objects.filter(key__in=keys, erased_at=None).values_list("key", flat=True))
    named |= set(User.objects.filter(avatar_key__in=keys).values_list("avatar_key", flat=True))
    orphans = [key for key in keys if key not in named]
    if orphans:
        erase.request(orphans, owner_id=None, post_id=None)
    return len(orphans)
