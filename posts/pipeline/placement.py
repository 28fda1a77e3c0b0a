"""Step: every rendition lies where the audience of its post says.

Pages and `/media/` obey the audience at once; this moves the objects themselves soon after.
"""

from django.db import transaction

from notes_site.ids import random_key
from notes_site.storage import PRIVATE, PUBLIC, media
from notes_site.transactions import queue_on_commit
from posts.models import Photo, Post, Rendition
from posts.pipeline import erase


def belongs_in_public(photo: Photo) -> bool:
    """Whether the photo's renditions may lie under `public/` now."""
    return photo.post is not None and photo.post.is_open_to_all


def request_placement(post: Post) -> None:
    """Ask for a look at all photos of a post, in the transaction that changed who may see it."""
    from posts import tasks

    Photo.objects.filter(post=post).update(placed=False)
    queue_on_commit(tasks.place_post, post.pk)


def place_post(post_id: int) -> None:
    """Move what lies wrongly for every photo of a post, then tell the post its new cover.

    Raises StorageUnavailableError; run again, it moves only what is left.
    """
    unplaced = Photo.objects.filter(post=post_id, placed=False)
    for photo in unplaced.select_related("post__author"):
        _place(photo)
    refresh_cover(post_id)


def place_photo(photo_id: int) -> None:
    """The same for one photo; nothing when it is gone or in no post."""
    photo = Photo.objects.filter(pk=photo_id).first()
    if photo is None:
        return
    if photo.post_id is None:
        Photo.objects.filter(pk=photo_id, post=None).update(placed=True)
        return
    place_post(photo.post_id)


def refresh_cover(post_id: int) -> None:
    """Write the first showable photo's picture into its post, under the post's row lock."""
    with transaction.atomic():
        post = Post.objects.select_for_update().filter(pk=post_id).first()
        if post is None:
            return
        photos = post.photos.exclude(state=Photo.State.FAILED).prefetch_related("renditions")
        first = photos.first()
        cover = first.as_json() if first else {}
        if cover != post.cover:
            Post.objects.filter(pk=post_id).bump(cover=cover)


def _place(photo: Photo) -> None:
    public = belongs_in_public(photo)
    for rendition in photo.renditions.all():
        if rendition.key.startswith(PUBLIC) != public:
            _move(rendition, photo, public)
    with transaction.atomic():
        # Under the post's lock, so that a hide between our look and this write is not forgotten.
        locked = Post.objects.select_for_update(of=("self",)).select_related("author")
        post = locked.filter(photos=photo).first()
        if post is not None and post.is_open_to_all == public:
            Photo.objects.filter(pk=photo.pk, state=photo.state).update(placed=True)


def _move(rendition: Rendition, photo: Photo, public: bool) -> None:
    """Copy to the other prefix, switch the row by compare-and-set, and erase what is left over."""
    key = _key_elsewhere(rendition, public)
    media().copy(rendition.key, key)
    with transaction.atomic():
        switched = Rendition.objects.filter(pk=rendition.pk, key=rendition.key).update(key=key)
        left = rendition.key if switched else key
        if not Rendition.objects.filter(key=left).exists():
            erase.request([left], owner_id=photo.owner_id, post_id=photo.post_id)


def _key_elsewhere(rendition: Rendition, public: bool) -> str:
    """Towards public the name stays, so that pages opened a moment ago still find the picture;
    towards private it is a new one, for the old one has been seen."""
    if public:
        return PUBLIC + rendition.key.rpartition("/")[2]
    return f"{PRIVATE}renditions/{random_key()}.{rendition.format}"
