"""What a post holds: writing its words and arranging its photos."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypedDict

from django.utils import timezone

from accounts.models import PeopleList, User
from posts import limits
from posts.models import Photo, Post, PostTopic, Topic, Upload
from posts.pipeline import erase, placement
from posts.text import captions


class UploadGoneError(Exception):
    """One of the uploads is in another post already, was thrown away, or is somebody else's."""


class StaleError(Exception):
    """The post was saved from elsewhere meanwhile; `post` is how it stands now."""

    def __init__(self, post: Post) -> None:
        super().__init__(f"{post.code} is at revision {post.revision}")
        self.post = post


@dataclass(frozen=True)
class NewPhoto:
    """An upload on its way into a post; `shown` are its ticked details, None leaves them."""

    upload_id: int
    alt_text: str = ""
    shown: tuple[str, ...] | None = None


class PostFields(TypedDict, total=False):
    """What an author says of a post; what is left out stays as it is."""

    title: str
    caption: str
    audience: str
    # The author's own, for the audience `list`; None for every other.
    people_list: PeopleList | None
    comments_by: str
    hides_like_count: bool
    licence: str
    made_with_ai: bool
    is_paid: bool


def write(post: Post, photos: Sequence[NewPhoto] | None, **words: object) -> None:
    """Write words and photos into a post whose row is locked; `photos` None leaves those.

    Raises UploadGoneError.
    """
    if photos is not None:
        _arrange(post, photos)
    if "caption" in words:
        words["mentions"] = _known(captions.mentions_in(str(words["caption"])))
    Post.objects.filter(pk=post.pk).bump(**words, photo_count=post.photos.count())
    post.refresh_from_db()
    _set_topics(post)
    placement.refresh_cover(post.pk)


def _arrange(post: Post, photos: Sequence[NewPhoto]) -> None:
    """Make these uploads the post's photos, in this order; those left out are erased."""
    named = {photo.upload_id for photo in photos}
    mine = Upload.objects.filter(
        pk__in=named, owner=post.author_id, purpose=Upload.Purpose.POST
    ).select_related("photo")
    staying = mine.filter(photo__post=post)
    free = mine.filter(photo__post=None, used_at=None)
    arriving = list(free.values_list("pk", flat=True))
    if staying.count() + len(arriving) != len(named):
        raise UploadGoneError
    for leaving in post.photos.exclude(upload__in=named):
        erase.erase_photo(leaving)
    # Another form may have taken one of them since they were counted.
    taken = Upload.objects.filter(pk__in=arriving, used_at=None).update(used_at=timezone.now())
    if taken != len(arriving):
        raise UploadGoneError
    for position, photo in enumerate(photos):
        changes: dict[str, object] = {"position": position, "alt_text": photo.alt_text}
        if photo.shown is not None:
            changes["shown"] = list(photo.shown)
        if photo.upload_id in arriving:
            changes |= {"post": post, "placed": False}
        Photo.objects.filter(upload=photo.upload_id).update(**changes)
    if post.state == Post.State.PUBLISHED:
        _forget_unedited(arriving)


def _forget_unedited(upload_ids: Sequence[int]) -> None:
    """Of photos whose edits are not made yet, erase what was made before.

    Nobody has seen it, and what the edits take away from it is not for those who see the post.
    """
    photos = Photo.objects.select_for_update(of=("self",)).filter(upload__in=upload_ids)
    for photo in photos.exclude(state=Photo.State.READY).order_by("pk"):
        older = photo.renditions.filter(edits_version__lt=photo.edits_version)
        keys = list(older.values_list("key", flat=True))
        if keys:
            erase.request(keys, owner_id=photo.owner_id, post_id=photo.post_id)
            older.delete()
            Photo.objects.filter(pk=photo.pk).update(thumbhash="")


def _known(usernames: list[str]) -> list[str]:
    found = User.objects.filter(username__in=usernames, is_active=True)
    return sorted(found.values_list("username", flat=True))


def _set_topics(post: Post) -> None:
    names = captions.topics_in(post.caption)[: limits.MAX_TOPICS]
    PostTopic.objects.filter(post=post).exclude(topic__name__in=names).delete()
    # Two posts may bring the same new topic at once. Ignoring conflicts returns no ids: read all.
    Topic.objects.bulk_create([Topic(name=name) for name in names], ignore_conflicts=True)
    PostTopic.objects.bulk_create(
        [
            PostTopic(post=post, topic=topic, published_at=post.published_at)
            for topic in Topic.objects.filter(name__in=names)
        ],
        ignore_conflicts=True,
    )
