"""What an author changes about one photo: its edits, and what of its details others see."""

from collections.abc import Iterable
from contextlib import nullcontext

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from notes_site.queue import leases
from notes_site.queue.on_commit import queue_on_commit
from posts import details
from posts.authoring.post_changes import recording
from posts.imaging.edits import Edits
from posts.models import Photo, Post


class UnknownDetailError(Exception):
    """A detail was ticked that there is no such key of."""


@transaction.atomic
def change_edits(photo: Photo, edits: Edits) -> bool:
    """Give a photo new edits and queue its renditions; False when it has these already.

    Until they are made the earlier ones stay in place. Raises Photo.DoesNotExist when the photo
    was deleted meanwhile.
    """
    locked = _locked(photo.pk)
    if locked.edits == edits.to_json():
        return False
    with recording(locked.post) if locked.post else nullcontext():
        _write(locked, edits)
    queue_on_commit("posts.tasks.render", locked.pk)
    return True


def _write(photo: Photo, edits: Edits) -> None:
    Photo.objects.filter(pk=photo.pk).update(
        edits=edits.to_json(),
        edits_version=F("edits_version") + 1,
        state=Photo.State.PENDING,
        reason="",
        attempts=0,
        retry_at=None,
        queued_at=timezone.now(),
        # Whoever makes the earlier edits now would not be let finish: no need to wait for them.
        **leases.FREED,
    )
    Post.objects.filter(photos=photo).bump()


@transaction.atomic
def change_shown(photo: Photo, keys: Iterable[str]) -> None:
    """Say which of a photo's details others see.

    Raises UnknownDetailError, or Photo.DoesNotExist when the photo was deleted meanwhile.
    """
    ticked = set(keys)
    if not ticked <= details.SHOWABLE.keys():
        raise UnknownDetailError
    locked = _locked(photo.pk)
    Photo.objects.filter(pk=locked.pk).update(
        shown=[key for key in details.SHOWABLE if key in ticked]
    )
    Post.objects.filter(photos=locked).bump()


def _locked(photo_id: int) -> Photo:
    """The photo as it is now; first the row of its post is locked, then its own."""
    post_id = Photo.objects.values_list("post_id", flat=True).get(pk=photo_id)
    Post.objects.select_for_update().filter(pk=post_id).first()
    photo = Photo.objects.select_for_update().filter(pk=photo_id, post=post_id).first()
    # Taken into a post since we looked, and so no row is locked yet: look again.
    return photo or _locked(photo_id)
