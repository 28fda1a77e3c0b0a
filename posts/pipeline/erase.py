"""Step: what must go, goes: a ledger row an object, tried until storage confirms."""

from collections.abc import Iterable
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from notes_site.queue.on_commit import queue_on_commit
from notes_site.storage import StorageUnavailableError, media
from posts.models import Erasure, Photo

FIRST_WAIT = timedelta(seconds=5)
# With the sweep every 20 s, what is due is gone within a minute after the storage is back.
LONGEST_WAIT = timedelta(seconds=30)
AT_ONCE = 500
# So many refusals in a row are the storage's, not the objects'.
REFUSALS = 3


def request(
    keys: Iterable[str],
    *,
    owner_id: int | None,
    post_id: int | None,
    wait: timedelta = timedelta(0),
) -> None:
    """Write the objects into the ledger, in the transaction that drops the rows naming them.

    They are due after `wait`; the sweep finds what nobody erased by then.
    """
    due_at = timezone.now() + wait
    Erasure.objects.bulk_create(
        [Erasure(key=key, owner_id=owner_id, post_id=post_id, due_at=due_at) for key in keys],
        # A key that was erased once and written again must go again.
        update_conflicts=True,
        unique_fields=["key"],
        update_fields=["due_at", "erased_at"],
    )
    queue_on_commit("posts.tasks.erase_due")


def erase_photo(photo: Photo) -> None:
    """Drop a photo's rows and put its objects into the ledger; inside a transaction."""
    # The worker names a new rendition behind the same lock, so none can slip in between.
    Photo.objects.select_for_update().filter(pk=photo.pk).first()
    keys = [photo.original_key, *photo.renditions.values_list("key", flat=True)]
    request(keys, owner_id=photo.owner_id, post_id=photo.post_id)
    photo.delete()


def make_due(post_id: int) -> None:
    """Make all that is left of a post due now, inside the transaction that deletes the post."""
    Erasure.objects.filter(post_id=post_id, erased_at=None).update(due_at=timezone.now())


def erase_due() -> int:
    """Erase every object that is due; returns how many are gone now.

    One that can't be erased is due again after 5 s, then twice as long each time, at most 30 s.
    When one after the other can't be, the rest is left due, for the storage is away.
    """
    gone = refused = 0
    while batch := _due():
        for entry in batch:
            if not Erasure.objects.filter(pk=entry.pk, erased_at=None).exists():
                # Another worker did it, and by now the key may be somebody's again.
                continue
            if _is_gone(entry):
                refused, gone = 0, gone + _confirm(entry)
                continue
            refused += 1
            if refused == REFUSALS:
                return gone
    return gone


def _due() -> list[Erasure]:
    due = Erasure.objects.filter(erased_at=None, due_at__lte=timezone.now())
    # What was refused before comes last, lest it hold up what can go at once.
    return list(due.order_by("attempts", "due_at", "pk")[:AT_ONCE])


def _is_gone(entry: Erasure) -> bool:
    """Whether storage confirms that the object is gone; if not, it is due again later."""
    try:
        media().delete(entry.key)
        if media().exists(entry.key):
            raise StorageUnavailableError("still there after the deletion")
    except (StorageUnavailableError, OSError) as error:
        # Attempts are unlimited, and a timedelta overflows after some forty doublings.
        wait = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(entry.attempts, 10))
        Erasure.objects.filter(pk=entry.pk).update(
            attempts=entry.attempts + 1, due_at=timezone.now() + wait, error=str(error)[:300]
        )
        return False
    return True


def _confirm(entry: Erasure) -> int:
    """Write the receipt; 1 unless another worker did."""
    with transaction.atomic():
        return Erasure.objects.filter(pk=entry.pk, erased_at=None).update(
            erased_at=timezone.now(), error=""
        )
