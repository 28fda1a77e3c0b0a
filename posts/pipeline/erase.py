"""Step: what must go, goes: a ledger row an object, tried until storage confirms."""

from collections.abc import Iterable
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from notes_site.storage import StorageUnavailableError, media
from notes_site.transactions import queue_on_commit
from posts.models import Erasure

FIRST_WAIT = timedelta(seconds=10)
LONGEST_WAIT = timedelta(minutes=10)
AT_ONCE = 500


def request(keys: Iterable[str], *, owner_id: int | None, post_id: int | None) -> None:
    """Write the objects into the ledger, in the transaction that drops the rows naming them."""
    from posts import tasks

    now = timezone.now()
    Erasure.objects.bulk_create(
        [Erasure(key=key, owner_id=owner_id, post_id=post_id, due_at=now) for key in keys],
        # A key that was erased once and written again must go again.
        update_conflicts=True,
        unique_fields=["key"],
        update_fields=["due_at", "erased_at"],
    )
    queue_on_commit(tasks.erase_due)


def erase_due() -> int:
    """Erase every object that is due; returns how many are gone now.

    One that can't be erased is due again after 10 s, then twice as long each time, at most 10 min.
    """
    gone = 0
    while batch := _due():
        for entry in batch:
            gone += _erase(entry)
    return gone


def _due() -> list[Erasure]:
    due = Erasure.objects.filter(erased_at=None, due_at__lte=timezone.now())
    return list(due.order_by("due_at", "pk")[:AT_ONCE])


def _erase(entry: Erasure) -> bool:
    try:
        media().delete(entry.key)
        if media().exists(entry.key):
            raise StorageUnavailableError("still there after the deletion")
    except (StorageUnavailableError, OSError) as error:
        wait = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(entry.attempts, 10))
        Erasure.objects.filter(pk=entry.pk).update(
            attempts=entry.attempts + 1, due_at=timezone.now() + wait, error=str(error)[:300]
        )
        return False
    with transaction.atomic():
        return bool(
            Erasure.objects.filter(pk=entry.pk, erased_at=None).update(
                erased_at=timezone.now(), error=""
            )
        )
