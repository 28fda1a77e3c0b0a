"""Have a photo's renditions made once more; what is shown stays in place until then."""

from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from notes_site.queue.on_commit import queue_on_commit
from posts.models import Photo, Post, Rendition
from posts.pipeline import placement


@transaction.atomic
def make_missing(photo_id: int) -> bool:
    """Queue a ready photo for the renditions it lacks; False when it is not ready."""
    return _queue(photo_id)


@transaction.atomic
def make_all(photo_id: int) -> bool:
    """Queue a ready photo for a whole new set; False when it is not ready.

    The same edits get a new version, and the set before goes only when the new one is complete.
    """
    return _queue(photo_id, edits_version=F("edits_version") + 1)


@transaction.atomic
def make_lost(rendition: Rendition) -> bool:
    """Forget a rendition whose object is gone and have it made; False when it moved meanwhile."""
    photo = rendition.photo
    if photo.post_id is not None:
        Post.objects.select_for_update().filter(pk=photo.post_id).first()
    # Before its rendition, as the worker does that finishes it.
    Photo.objects.select_for_update().filter(pk=photo.pk).first()
    lost, _rows = Rendition.objects.filter(pk=rendition.pk, key=rendition.key).delete()
    if lost:
        _queue(photo.pk)
        if photo.post_id is not None:
            placement.refresh_cover(photo.post_id)
    return bool(lost)


def _queue(photo_id: int, **changes: Any) -> bool:
    queued = Photo.objects.filter(pk=photo_id, state=Photo.State.READY).update(
        state=Photo.State.PENDING,
        attempts=0,
        retry_at=None,
        queued_at=timezone.now(),
        **changes,
    )
    if queued:
        queue_on_commit("posts.tasks.render", photo_id)
    return bool(queued)
