"""Step: every rendition lies where the audience of its post says.

Pages and `/media/` obey the audience at once; this moves the objects themselves soon after.
"""

import logging

from django.db import transaction
from django.utils import timezone

from notes_site.ids import random_key
from notes_site.queue.on_commit import queue_on_commit
from notes_site.storage import PRIVATE, PUBLIC, media
from posts.imaging.specs import PLAIN
from posts.models import Erasure, Photo, Post, Rendition
from posts.models.post import OPEN_AUDIENCES
from posts.pipeline import erase

logger = logging.getLogger(__name__)

POSTS_AT_ONCE = 100


def belongs_in_public(photo: Photo) -> bool:
    """Whether the photo's renditions may lie under `public/` now."""
    return photo.post is not None and photo.held_at is None and photo.post.is_open_to_all


@transaction.atomic
def request_placement(post: Post) -> None:
    """Ask for a look at all photos of a post, in the transaction that changed who may see it."""
    # Behind the post's lock, so that no worker that looked before writes "placed" after us.
    _locked(post.pk)
    Photo.objects.filter(post=post.pk).update(placed=False)
    queue_on_commit("posts.tasks.place_post", post.pk)


def request_placement_of_author(author_id: int) -> None:
    """Ask for a look at all of a person's posts that their audience opens to everyone.

    For when the person is no longer there for others, or private, or the other way round: nothing
    else of theirs ever lies where anyone may fetch it. One message for a hundred posts.
    """
    by_them = Post.objects.filter(author=author_id, state=Post.State.PUBLISHED)
    posts = by_them.filter(audience__in=OPEN_AUDIENCES).order_by("pk")
    last = 0
    while ids := list(posts.filter(pk__gt=last).values_list("pk", flat=True)[:POSTS_AT_ONCE]):
        _request_placement_of(author_id, ids)
        last = ids[-1]


@transaction.atomic
def _request_placement_of(author_id: int, ids: list[int]) -> None:
    # As above, and in the order in which everybody locks more than one.
    list(Post.objects.select_for_update().filter(pk__in=ids).order_by("pk").values_list("pk"))
    Photo.objects.filter(post__in=ids).update(placed=False)
    queue_on_commit("posts.tasks.place_posts", author_id, ids[0], ids[-1])


def place_posts(author_id: int, first_id: int, last_id: int) -> None:
    """Move what lies wrongly in a person's posts between two ids, both of them included.

    Raises StorageUnavailableError; run again, it moves only what is left.
    """
    theirs = Photo.objects.filter(post__author=author_id, placed=False)
    unplaced = theirs.filter(post__gte=first_id, post__lte=last_id).order_by("post", "pk")
    for photo in unplaced.select_related("post__author"):
        _place(photo)


def place_post(post_id: int) -> None:
    """Move what lies wrongly for every photo of a post, and tell the post its new cover.

    Raises StorageUnavailableError; run again, it moves only what is left.
    """
    unplaced = Photo.objects.filter(post=post_id, placed=False)
    for photo in unplaced.select_related("post__author"):
        _place(photo)


def place_photo(photo_id: int) -> None:
    """The same for one photo; nothing when it is gone or in no post."""
    photo = Photo.objects.filter(pk=photo_id).first()
    if photo is None:
        return
    if photo.post_id is None:
        Photo.objects.filter(pk=photo_id, post=None).update(placed=True)
        return
    place_post(photo.post_id)


@transaction.atomic
def refresh_cover(post_id: int) -> None:
    """Write the first showable photo's picture into its post, under the post's row lock."""
    post = _locked(post_id)
    if post is None:
        return
    photos = [photo for photo in post.photos.prefetch_related("renditions") if photo.picture]
    shown = [photo for photo in photos if photo.is_shown]
    if not shown and post.state != Post.State.PUBLISHED:
        # Only its author looks at it, and would rather see the first one early than none.
        shown = photos
    first = shown[0] if shown else None
    cover = first.as_json() if first else {}
    if cover != post.cover:
        Post.objects.filter(pk=post_id).bump(cover=cover)


def _locked(post_id: int | None) -> Post | None:
    """The post as it is now, its row locked until the transaction ends."""
    posts = Post.objects.select_for_update(of=("self",)).select_related("author")
    return posts.filter(pk=post_id).first() if post_id else None


def _place(photo: Photo) -> None:
    public = belongs_in_public(photo)
    # The unedited picture of an edited photo shows what its author cropped away: never public.
    shown = photo.renditions.exclude(spec=PLAIN)
    wrong = [each for each in shown if each.key.startswith(PUBLIC) != public]
    moved = [_move(rendition, photo, public) for rendition in wrong]
    with transaction.atomic():
        post = _locked(photo.post_id)
        # Who may see it may have changed while we moved; then there is a way back to go.
        placed = all(moved) and _is_still(photo, post, public)
        # If it was held or rendered again meanwhile, that asked for another look, which must stand.
        as_it_was = Photo.objects.filter(pk=photo.pk, state=photo.state, held_at=photo.held_at)
        as_it_was.update(placed=placed)
        if post is not None:
            refresh_cover(post.pk)


def _move(rendition: Rendition, photo: Photo, public: bool) -> bool:
    """Copy to the other prefix, switch the row by compare-and-set, and erase what is left over.

    Returns whether nothing is left to do; if not, the sweep comes back to it.
    """
    key = _key_elsewhere(rendition, public)
    try:
        media().copy(rendition.key, key)
    except FileNotFoundError:
        _make_again(rendition, photo)
        return True
    with transaction.atomic():
        post = _locked(photo.post_id)
        if Erasure.objects.filter(key=key, erased_at=None).exists():
            # The same key is about to be erased for a move that came too late; only after that.
            return False
        wanted = _is_still(photo, post, public)
        named = Rendition.objects.filter(pk=rendition.pk, key=rendition.key)
        switched = named.update(key=key) if wanted else 0
        left = rendition.key if switched else key
        # Towards public the name stays, so a faster worker's row may name this very key.
        if not Rendition.objects.filter(key=left).exists():
            erase.request([left], owner_id=photo.owner_id, post_id=photo.post_id)
    return True


def _is_still(photo: Photo, post: Post | None, public: bool) -> bool:
    """Whether the photo, in its post as it stands now, belongs where we are taking it."""
    return post is not None and (photo.held_at is None and post.is_open_to_all) == public


@transaction.atomic
def _make_again(rendition: Rendition, photo: Photo) -> None:
    """Have a rendition made anew whose object is gone; nothing when another worker moved it."""
    # Before its rendition, as the worker does that finishes it.
    Photo.objects.select_for_update().filter(pk=photo.pk).first()
    lost, _rows = Rendition.objects.filter(pk=rendition.pk, key=rendition.key).delete()
    if lost:
        logger.warning("a rendition was lost", extra={"photo": photo.code, "key": rendition.key})
        Photo.objects.filter(pk=photo.pk, state=Photo.State.READY).update(
            state=Photo.State.PENDING, attempts=0, queued_at=timezone.now()
        )
        queue_on_commit("posts.tasks.render", photo.pk)


def _key_elsewhere(rendition: Rendition, public: bool) -> str:
    """Towards public the name stays, so that pages opened a moment ago still find the picture;
    towards private it is a new one, for the old one has been seen."""
    if public:
        return PUBLIC + rendition.key.rpartition("/")[2]
    return f"{PRIVATE}renditions/{random_key()}.{rendition.format}"
