"""From uploads to a post: as a draft, at a chosen time, or now."""

from collections.abc import Sequence
from datetime import datetime
from typing import Unpack

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import User
from notes_site.queue import events
from posts.authoring import contents
from posts.authoring.contents import NewPhoto, PostFields, StaleError
from posts.models import Photo, Post, PostTopic
from posts.models.post import UNPUBLISHED
from posts.pipeline import erase, placement, recognition
from posts.pipeline.settle import publish_if_ready


def create_post(
    *,
    author: User,
    photos: Sequence[NewPhoto],
    submission_key: str | None = None,
    state: Post.State = Post.State.PROCESSING,
    publish_at: datetime | None = None,
    revision: int | None = None,
    **words: Unpack[PostFields],
) -> Post:
    """Make a post of uploads, in their order; published at once when all of them are ready.

    As `DRAFT` or `SCHEDULED` it stays its author's alone. The same submission key again changes
    what it made before while that is unpublished, and returns it as it is afterwards. Raises
    UploadGoneError, or StaleError when the draft is not at `revision` any more.
    """
    with transaction.atomic():
        # One person's submissions pass one at a time, so the same form sent twice meets itself.
        User.objects.select_for_update().get(pk=author.pk)
        post = _submitted(author, submission_key)
        if post and post.state not in UNPUBLISHED:
            return post
        if post is None:
            post = Post.objects.create(
                author=author, submission_key=submission_key, state=Post.State.DRAFT
            )
        elif revision is not None and revision != post.revision:
            raise StaleError(post)
        contents.write(post, photos, **words)
        Post.objects.filter(pk=post.pk).bump(
            state=state, publish_at=publish_at, revision=F("revision") + 1
        )
    publish_if_ready(post.pk)
    post.refresh_from_db()
    return post


def _submitted(author: User, submission_key: str | None) -> Post | None:
    """What was made by this key before, its row locked."""
    if not submission_key:
        return None
    mine = Post.objects.select_for_update().filter(author=author, submission_key=submission_key)
    return mine.first()


def publish_now(post: Post) -> bool:
    """Publish a draft or a scheduled post as it is; False when it has no photo, or is out."""
    unpublished = Post.objects.filter(pk=post.pk, state__in=UNPUBLISHED, photo_count__gt=0)
    changed = unpublished.bump(state=Post.State.PROCESSING, publish_at=None)
    if changed:
        publish_if_ready(post.pk)
    return bool(changed)


def publish_due() -> int:
    """Publish what was scheduled for now or earlier; returns how many posts that were."""
    due = Post.objects.filter(state=Post.State.SCHEDULED, publish_at__lte=timezone.now())
    post_ids = list(due.order_by("publish_at").values_list("pk", flat=True)[:1_000])
    for post_id in post_ids:
        # Checked again for each: its author may have taken it back since the list was read.
        if due.filter(pk=post_id).bump(state=Post.State.PROCESSING):
            publish_if_ready(post_id)
    return len(post_ids)


@transaction.atomic
def publish_without_failed(post: Post) -> bool:
    """Erase a waiting post's failed photos and publish it if the others are ready."""
    locked = (
        Post.objects.select_for_update().filter(pk=post.pk, state=Post.State.PROCESSING).first()
    )
    if locked is None:
        return False
    if not locked.photos.exclude(state=Photo.State.FAILED).exists():
        return False
    for photo in locked.photos.filter(state=Photo.State.FAILED):
        erase.erase_photo(photo)
    for position, photo_id in enumerate(locked.photos.values_list("pk", flat=True)):
        Photo.objects.filter(pk=photo_id).update(position=position)
    Post.objects.filter(pk=post.pk).bump(photo_count=locked.photos.count())
    return publish_if_ready(post.pk)


@transaction.atomic
def delete_post(post: Post) -> None:
    """Take a post away: gone from every page with this transaction, its objects soon after."""
    locked = Post.objects.select_for_update().get(pk=post.pk)
    for photo in locked.photos.all():
        erase.erase_photo(photo)
    erase.make_due(locked.pk)
    locked.likes.all().delete()
    locked.comments.all().delete()
    locked.revisions.all().delete()
    PostTopic.objects.filter(post=locked).delete()
    Post.objects.filter(pk=post.pk).bump(
        # The row stays, emptied: the receipt of the deletion is looked up by it.
        state=Post.State.DELETED,
        deleted_at=timezone.now(),
        submission_key=None,
        title="",
        caption="",
        mentions=[],
        cover={},
        photo_count=0,
        like_count=0,
        comment_count=0,
    )
    events.record("post.deleted", post.pk)


@transaction.atomic
def hide_post(post: Post, reason: str) -> bool:
    """Hide a post from everyone but its author and moderators; False when it is hidden already."""
    # First of all, since this locks the post, and posts are locked before photos.
    changed = Post.objects.filter(pk=post.pk, hidden_at=None).bump(
        hidden_at=timezone.now(), hidden_reason=reason
    )
    if changed:
        recognition.remember(post, reason)
        placement.request_placement(post)
        events.record("post.hidden", post.pk)
    return bool(changed)


@transaction.atomic
def restore_post(post: Post) -> bool:
    """Undo `hide_post` exactly; False when it is not hidden."""
    changed = Post.objects.filter(pk=post.pk, hidden_at__isnull=False).bump(
        hidden_at=None, hidden_reason=""
    )
    if changed:
        recognition.forget(post)
        placement.request_placement(post)
        events.record("post.restored", post.pk)
    return bool(changed)
