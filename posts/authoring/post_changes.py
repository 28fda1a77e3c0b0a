"""What an author changes in a post that others see, and the public history of it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Unpack

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from notes_site.queue import events
from posts.authoring import contents
from posts.authoring.contents import NewPhoto, PostFields, StaleError
from posts.models import Post, Revision
from posts.pipeline import placement, settle

CHANGEABLE = (Post.State.PROCESSING, Post.State.PUBLISHED)


@transaction.atomic
def change_post(
    post: Post,
    *,
    photos: Sequence[NewPhoto] | None = None,
    revision: int | None = None,
    **words: Unpack[PostFields],
) -> bool:
    """Change a post's words, audience and photos; its media follow. False when it is gone.

    What is left out stays as it is. Raises UploadGoneError, or StaleError when the post is not
    at `revision` any more.
    """
    locked = Post.objects.select_for_update().filter(pk=post.pk, state__in=CHANGEABLE).first()
    if locked is None:
        return False
    if revision is not None and revision != locked.revision:
        raise StaleError(locked)
    with recording(locked):
        contents.write(locked, photos, **words)
        placement.request_placement(locked)
        Post.objects.filter(pk=post.pk).bump(revision=F("revision") + 1)
    # It may have waited for nothing but a photo that is left out now.
    settle.publish_if_ready(post.pk)
    return True


@contextmanager
def recording(post: Post) -> Iterator[None]:
    """Whatever the body changes of a post whose row is locked becomes part of its history."""
    before = snapshot(post)
    yield
    post.refresh_from_db()
    if post.state == Post.State.PUBLISHED and snapshot(post) != before:
        _remember(post, before)
        events.record("post.changed", post.pk)


def snapshot(post: Post) -> dict[str, Any]:
    """What a revision keeps of a post, as its columns."""
    photos = post.photos.order_by("position", "pk")
    return {
        "title": post.title,
        "caption": post.caption,
        "audience": post.audience,
        "people_list_id": post.people_list_id,
        "licence": post.licence,
        "made_with_ai": post.made_with_ai,
        "is_paid": post.is_paid,
        "photos": [
            {"code": photo.code, "alt": photo.alt_text, "edits": photo.edits} for photo in photos
        ],
    }


def _remember(post: Post, before: dict[str, Any]) -> None:
    """Write down how a post stands after a save, and before the first one, how it began."""
    now = timezone.now()
    last = post.revisions.first()
    if last is None:
        last = _write(post, 1, post.published_at or now, before)
    _write(post, last.number + 1, now, snapshot(post))
    Post.objects.filter(pk=post.pk).bump(edited_at=now)


def _write(post: Post, number: int, created_at: datetime, columns: dict[str, Any]) -> Revision:
    return Revision.objects.create(post=post, number=number, created_at=created_at, **columns)
