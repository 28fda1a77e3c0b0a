"""The sweep: what a lost message or a dead process left behind is found and done."""

import contextlib
import logging
import shutil
from dataclasses import asdict
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Exists, Min, OuterRef, Q
from django.utils import timezone

from notes_site.queue import leases
from notes_site.queue.on_commit import queue_lost, queue_on_commit
from notes_site.storage import StorageUnavailableError
from posts import limits
from posts.authoring import publishing
from posts.models import Photo, Post, Upload
from posts.pipeline import avatars, erase, reconcile, settle
from posts.uploading import resumable_uploads, uploads

logger = logging.getLogger(__name__)

A_DAY = timedelta(days=1)
AT_ONCE = 1_000
# A worker renews its lease with each rendition; one that did not for this long may be dead.
SILENT = timedelta(seconds=15)


def sweep() -> int:
    """Queue unfinished work again; returns how many photos were queued."""
    queued = _queue_photos()
    unplaced = Photo.objects.filter(placed=False, state=Photo.State.READY)
    for photo_id in (to_place := list(unplaced.values_list("pk", flat=True)[:AT_ONCE])):
        queue_on_commit("posts.tasks.place_photo", photo_id)
    due = publishing.publish_due()
    for post_id in (complete := _posts_to_publish()):
        settle.publish_if_ready(post_id)
    for photo_id in (pictures := avatars.waiting()):
        _use_avatar(photo_id)
    found = {
        "rendering": queued,
        "placing": len(to_place),
        "publishing": due + len(complete),
        "profile_pictures": len(pictures),
        "unused_uploads": erase_unused_uploads(),
        "erased_objects": erase.erase_due(),
    }
    if any(found.values()):
        logger.info("the sweep found work", extra=found)
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
    """Queue photos whose message or lease has run out."""
    now = timezone.now()
    stale = Q(queued_at=None) | Q(queued_at__lt=_lost_before(now))
    due = Q(retry_at=None) | Q(retry_at__lte=now)
    waiting = Photo.objects.unfinished().filter(stale, leases.free(), due).order_by("pk")
    return queue_lost(waiting, "posts.tasks.render", most=AT_ONCE)


def _lost_before(now: datetime) -> datetime:
    """The time before which a message that was sent and is not in work must be lost.

    Queues are taken in order: what was queued after a photo that is in work now waits its turn,
    however long that is. Queueing it again would only make the queue longer.
    """
    in_work = Photo.objects.unfinished().filter(leased_until__gt=now + limits.LEASE - SILENT)
    oldest = in_work.aggregate(oldest=Min("queued_at"))["oldest"] or now
    return min(oldest, now - limits.QUEUE_PATIENCE)


def erase_unused_uploads() -> int:
    """Erase uploads that no post or draft took within 7 days."""
    old = timezone.now() - limits.UPLOAD_KEPT
    unused = Upload.objects.filter(created_at__lt=old, used_at=None)
    erased = 0
    for upload_id in unused.values_list("pk", flat=True)[:AT_ONCE]:
        erased += uploads.discard(upload_id)
    return erased


def collect_orphans() -> reconcile.Findings:
    """Once a day: clear what killed processes left, and compare storage with the rows.

    Raises StorageUnavailableError.
    """
    _clear_temporary(timezone.now() - A_DAY)
    found = reconcile.reconcile(dry_run=False)
    logger.info("storage compared with the rows", extra=asdict(found))
    return found


def _clear_temporary(before: datetime) -> None:
    """Remove files that a killed process left half received or half rendered."""
    folder = resumable_uploads.folder()
    # That folder is old soon, and what arrives in it may be a second young: each file for itself.
    for path in [*settings.FILE_UPLOAD_TEMP_DIR.iterdir(), *folder.iterdir()]:
        # What its own process removes meanwhile is no business of ours any more.
        with contextlib.suppress(FileNotFoundError):
            if path != folder and path.stat().st_mtime < before.timestamp():
                shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
