"""From uploads to a post, and what an author may do to it afterwards."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from notes_site import events
from posts import avatars, captions, limits, uploads
from posts.models import Photo, Post, PostTopic, Topic, Upload
from posts.pipeline import placement


class UploadGoneError(Exception):
    """One of the uploads is in another post already, was thrown away, or is somebody else's."""


@dataclass(frozen=True)
class NewPhoto:
    """An upload on its way into a post."""

    upload_id: int
    alt_text: str = ""


def create_post(
    *,
    author: User,
    photos: Sequence[NewPhoto],
    title: str,
    caption: str,
    audience: str,
    submission_key: str | None = None,
) -> Post:
    """Make a post of uploads, in their order; published at once when all of them are ready.

    The same submission key again returns the post it made. Raises UploadGoneError.
    """
    with transaction.atomic():
        # One person's submissions pass one at a time, so the same form sent twice meets itself.
        User.objects.select_for_update().get(pk=author.pk)
        earlier = Post.objects.filter(author=author, submission_key=submission_key).first()
        if submission_key and earlier:
            return earlier
        post = Post.objects.create(
            author=author,
            title=title,
            caption=caption,
            audience=audience,
            submission_key=submission_key,
            mentions=_known(captions.mentions_in(caption)),
            photo_count=len(photos),
        )
        _take(post, photos)
        _set_topics(post)
        placement.refresh_cover(post.pk)
    publish_if_ready(post.pk)
    post.refresh_from_db()
    return post


def _take(post: Post, photos: Sequence[NewPhoto]) -> None:
    """Move the photos of uploads into a post."""
    free = Upload.objects.filter(
        pk__in=[photo.upload_id for photo in photos],
        owner=post.author_id,
        purpose=Upload.Purpose.POST,
        used_at=None,
    )
    if free.update(used_at=timezone.now()) != len(photos):
        raise UploadGoneError
    for position, photo in enumerate(photos):
        Photo.objects.filter(upload=photo.upload_id).update(
            post=post, position=position, alt_text=photo.alt_text, placed=False
        )


def _known(usernames: list[str]) -> list[str]:
    found = User.objects.filter(username__in=usernames, is_active=True)
    return sorted(found.values_list("username", flat=True))


def _set_topics(post: Post) -> None:
    names = captions.topics_in(post.caption)[: limits.MAX_TOPICS]
    PostTopic.objects.filter(post=post).exclude(topic__name__in=names).delete()
    Topic.objects.bulk_create([Topic(name=name) for name in names], ignore_conflicts=True)
    PostTopic.objects.bulk_create(
        [
            PostTopic(post=post, topic=topic, published_at=post.published_at)
            for topic in Topic.objects.filter(name__in=names)
        ],
        ignore_conflicts=True,
    )


def photo_settled(photo_id: int) -> None:
    """A photo became ready or failed: once that is committed, see what it was waited for."""
    # After commit, and so without the photo's row lock: posts are locked before photos.
    transaction.on_commit(lambda: _settle(photo_id))


def _settle(photo_id: int) -> None:
    photo = Photo.objects.select_related("post").filter(pk=photo_id).first()
    if photo is None:
        return
    if photo.post is None:
        avatars.use_if_ready(photo.pk)
    elif photo.post.state == Post.State.PROCESSING:
        publish_if_ready(photo.post.pk)
    else:
        placement.request_placement(photo.post)


@transaction.atomic
def publish_if_ready(post_id: int) -> bool:
    """Publish a post whose photos are all ready; True when this call did it."""
    post = Post.objects.select_for_update().filter(pk=post_id, state=Post.State.PROCESSING).first()
    if post is None:
        return False
    states = set(post.photos.values_list("state", flat=True))
    if states != {Photo.State.READY}:
        return False
    now = timezone.now()
    Post.objects.filter(pk=post.pk).bump(
        state=Post.State.PUBLISHED, published_at=now, photo_count=post.photos.count()
    )
    PostTopic.objects.filter(post=post).update(published_at=now)
    placement.refresh_cover(post.pk)
    placement.request_placement(post)
    events.record("post.published", post.pk)
    return True


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
        uploads.erase_photo(photo)
    for position, photo_id in enumerate(locked.photos.values_list("pk", flat=True)):
        Photo.objects.filter(pk=photo_id).update(position=position)
    return publish_if_ready(post.pk)


@transaction.atomic
def change_post(
    post: Post, *, title: str, caption: str, audience: str, alt_texts: Sequence[str]
) -> None:
    """Change a post's words and audience; its media follow the audience."""
    posts = Post.objects.select_for_update().exclude(state=Post.State.DELETED)
    locked = posts.filter(pk=post.pk).first()
    if locked is None:
        return
    Post.objects.filter(pk=post.pk).bump(
        title=title,
        caption=caption,
        audience=audience,
        mentions=_known(captions.mentions_in(caption)),
    )
    for photo, alt_text in zip(locked.photos.all(), alt_texts, strict=False):
        Photo.objects.filter(pk=photo.pk).update(alt_text=alt_text)
    locked.refresh_from_db()
    _set_topics(locked)
    placement.refresh_cover(post.pk)
    placement.request_placement(locked)
    events.record("post.changed", post.pk)


@transaction.atomic
def delete_post(post: Post) -> None:
    """Take a post away: gone from every page with this transaction, its objects soon after."""
    locked = Post.objects.select_for_update().get(pk=post.pk)
    for photo in locked.photos.all():
        uploads.erase_photo(photo)
    locked.likes.all().delete()
    locked.comments.all().delete()
    PostTopic.objects.filter(post=locked).delete()
    Post.objects.filter(pk=post.pk).bump(
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
    changed = Post.objects.filter(pk=post.pk, hidden_at=None).bump(
        hidden_at=timezone.now(), hidden_reason=reason
    )
    if changed:
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
        placement.request_placement(post)
        events.record("post.restored", post.pk)
    return bool(changed)
