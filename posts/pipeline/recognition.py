"""Pictures that were removed, recognised when they come again; and an author's own, pointed out.

Two pictures are alike when their PDQ hashes (256 bits) differ in at most 31 bits: the threshold
that its authors publish (Facebook, "The TMK+PDQF Video-Hashing Algorithm and the PDQ
Image-Hashing Algorithm", 2019). A likeness is never a verdict: a photo that resembles a removed
picture waits for a moderator, and a duplicate is a hint. What is too flat to be recognised has no
hash (posts.imaging.perceptual) and resembles nothing.
"""

import logging
from collections.abc import Collection, Iterator, Sequence

from django.db import connection, transaction
from django.utils import timezone

from notes_site.ids import EPOCH_MS, RANDOM_BITS
from notes_site.queue import events
from posts import limits
from posts.models import Photo, Post, RemovedPicture
from posts.models.post import UNPUBLISHED
from posts.pipeline.settle import photo_settled

logger = logging.getLogger(__name__)

# Of 256 bits: the distance up to which PDQ's authors call two pictures the same.
THRESHOLD = 31
# How many of a person's own photos are compared with a new one.
OWN_NEWEST = 5_000

NOT_YET_SEEN = (*UNPUBLISHED, Post.State.PROCESSING)
_TURNS = {
    # Any number will do that no other part of the site takes.
    True: "SELECT pg_advisory_xact_lock(7060731)",
    False: "SELECT pg_advisory_xact_lock_shared(7060731)",
}


@transaction.atomic
def remember(post: Post, reason: str) -> None:
    """Note the pictures of a post that a moderator removed; safe to run twice.

    Copies that nobody has published so far are held with it.
    """
    # Before taking turns, and in this order everywhere: a worker has its photo's lock by then.
    photos = Photo.objects.select_for_update().filter(post=post.pk).order_by("pk")
    _note({photo.pk: photo.pdq for photo in photos if photo.pdq}, post, reason)


def _note(hashes: dict[int, str], post: Post, reason: str) -> None:
    _take_turns(alone=True)
    RemovedPicture.objects.bulk_create(
        [
            RemovedPicture(pdq=pdq, photo_id=photo_id, post_id=post.pk, reason=reason[:300])
            for photo_id, pdq in hashes.items()
        ],
        ignore_conflicts=True,
    )
    _hold_copies(hashes.values(), besides=post.pk)


@transaction.atomic
def forget(post: Post) -> None:
    """The post is back: drop its pictures, and let go what was held for nothing but them."""
    RemovedPicture.objects.filter(post_id=post.pk).delete()
    for photo in Photo.objects.filter(held_at__isnull=False, state=Photo.State.READY):
        if match_of(photo) is None:
            release(photo)


@transaction.atomic
def hold_copies(post_id: int) -> int:
    """Hold unpublished copies of a removed post's pictures; returns how many; safe to run twice.

    It comes back for those that somebody had locked while `remember` ran.
    """
    removed = RemovedPicture.objects.filter(post_id=post_id)
    return _hold_copies(list(removed.values_list("pdq", flat=True)), besides=post_id)


@transaction.atomic
def on_ready(photo_id: int, before: str = "") -> bool:
    """Hold a photo that became ready and resembles a removed picture; True when this call did.

    `before` is the hash it had until now. What resembled the same picture already and is not held
    was released by a moderator: another edit does not bring it back to them.
    """
    _remember_late(photo_id)
    _take_turns(alone=False)
    photo = Photo.objects.filter(pk=photo_id, held_at=None).first()
    found = match_of(photo) if photo else None
    if found is None or (before and distance(before, found.pdq) <= THRESHOLD):
        return False
    return _hold(photo_id)


def match_of(photo: Photo) -> RemovedPicture | None:
    """The removed picture a photo resembles most; None when it resembles none.

    Those of its own post do not count: they are that photo itself and its neighbours.
    """
    bits = _bits(photo)
    if bits is None:
        return None
    removed = RemovedPicture.objects.order_by().exclude(post_id=photo.post_id or 0)
    rows = removed.values_list("pk", "pdq").iterator()
    nearest, pk = min(
        (((bits ^ int(pdq, 16)).bit_count(), pk) for pk, pdq in rows),
        default=(THRESHOLD + 1, 0),
    )
    return RemovedPicture.objects.filter(pk=pk).first() if nearest <= THRESHOLD else None


def distance(one: str, other: str) -> int:
    """In how many of their 256 bits two hashes (hex) differ."""
    # posts.imaging.perceptual says the same, but brings the decoders along.
    return (int(one, 16) ^ int(other, 16)).bit_count()


def duplicate_of(photo: Photo) -> Photo | None:
    """The newest earlier photo in another post of the same person that is like this one.

    Like it, or the very same file; None when there is none. Looks at their newest 5,000.
    """
    return duplicates_of([photo]).get(photo.pk)


def duplicates_of(photos: Sequence[Photo]) -> dict[int, Photo]:
    """`duplicate_of` for photos of one person, by their ids; reads that person's photos once."""
    if not photos:
        return {}
    newest = max(photo.pk for photo in photos)
    earlier = Photo.objects.filter(owner=photos[0].owner_id, pk__lt=newest, post__isnull=False)
    earlier = earlier.exclude(post__state=Post.State.DELETED).order_by("-pk")
    rows = list(earlier.values_list("pk", "post_id", "sha256", "pdq")[:OWN_NEWEST])
    alike = {}
    for photo in photos:
        bits = _bits(photo)
        for pk, post_id, sha256, pdq in rows:
            if pk >= photo.pk or post_id == photo.post_id:
                continue
            if sha256 == photo.sha256 or (bits is not None and _is_near(bits, pdq)):
                alike[photo.pk] = pk
                break
    found = Photo.objects.select_related("post").in_bulk(alike.values())
    return {pk: found[other] for pk, other in alike.items() if other in found}


@transaction.atomic
def release(photo: Photo) -> bool:
    """Let a held photo go on its way, also one that was refused; False when it is not held."""
    released = Photo.objects.filter(pk=photo.pk, held_at__isnull=False).update(
        held_at=None, placed=False
    )
    if not released:
        return False
    Photo.objects.filter(pk=photo.pk, state=Photo.State.FAILED, reason="removed_before").update(
        state=Photo.State.READY, reason=""
    )
    events.record("photo.released", photo.pk)
    photo_settled(photo.pk)
    return True


@transaction.atomic
def refuse(photo: Photo) -> bool:
    """Let a held photo fail, so that its author goes on without it; False when it is not waiting.

    It stays held: should it be made ready again, a moderator is asked again.
    """
    waiting = Photo.objects.filter(pk=photo.pk, held_at__isnull=False, state=Photo.State.READY)
    refused = waiting.update(state=Photo.State.FAILED, reason="removed_before")
    if refused:
        events.record("photo.refused", photo.pk)
        photo_settled(photo.pk)
    return bool(refused)


def _remember_late(photo_id: int) -> None:
    """Note a picture that had no hash yet when its post was hidden.

    That one alone: the post's other photos may be locked by workers that wait for this one's lock.
    """
    photo = Photo.objects.select_related("post").filter(pk=photo_id).first()
    if photo and photo.pdq and photo.post and photo.post.hidden_at:
        _note({photo.pk: photo.pdq}, photo.post, photo.post.hidden_reason)


def _hold_copies(removed: Collection[str], *, besides: int) -> int:
    """Hold unpublished photos like one of these hashes; those that somebody has locked are left.

    Nobody is waited for: a worker that has its photo's lock may be waiting for us to end.
    """
    hashes = [int(pdq, 16) for pdq in removed]
    held = 0
    for photo_id, post_id, pdq in _unpublished() if hashes else ():
        if post_id == besides or not any(_is_near(bits, pdq) for bits in hashes):
            continue
        # The post first: one that is being published at this moment is no longer ours to hold.
        posts = Post.objects.select_for_update(skip_locked=True)
        if post_id and not posts.filter(pk=post_id, state__in=NOT_YET_SEEN).first():
            continue
        if Photo.objects.select_for_update(skip_locked=True).filter(pk=photo_id).first():
            held += _hold(photo_id)
    return held


def _unpublished() -> Iterator[tuple[int, int | None, str]]:
    """Id, post and hash of every ready photo that nobody but its owner has seen."""
    ready = Photo.objects.filter(state=Photo.State.READY, held_at=None).exclude(pdq="")
    columns = ready.order_by().values_list("pk", "post_id", "pdq")
    # Older ones without a post were erased: no need to look through all photos for them.
    since = timezone.now() - 2 * limits.UPLOAD_KEPT
    oldest = int(since.timestamp() * 1000 - EPOCH_MS) << RANDOM_BITS
    yield from columns.filter(post=None, pk__gte=oldest)
    yield from columns.filter(post__state__in=NOT_YET_SEEN)


def _hold(photo_id: int) -> bool:
    held = Photo.objects.filter(pk=photo_id, held_at=None).update(
        held_at=timezone.now(), placed=False
    )
    if held:
        logger.info("photo held", extra={"photo": photo_id})
    return bool(held)


def _take_turns(*, alone: bool) -> None:
    """Until the transaction ends, either one removal is written or photos become ready.

    So whichever comes second sees what the first one wrote. SQLite has one writer anyway.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(_TURNS[alone])


def _is_near(bits: int, pdq: str) -> bool:
    return bool(pdq) and (bits ^ int(pdq, 16)).bit_count() <= THRESHOLD


def _bits(photo: Photo) -> int | None:
    """A photo's hash as a number; None when it has none: not rendered yet, or too flat to tell."""
    return int(photo.pdq, 16) if photo.pdq else None
