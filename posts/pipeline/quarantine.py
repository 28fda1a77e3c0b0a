"""Objects that no row names lie aside for a week before they are erased.

A backup of the database may be older than the storage and name them again: then they come back.
"""

import logging
from collections.abc import Iterable
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from notes_site.ids import random_key
from notes_site.storage import PRIVATE, media
from posts.models import Erasure, Photo, Quarantine, Rendition
from posts.pipeline import erase

logger = logging.getLogger(__name__)

FOLDER = f"{PRIVATE}quarantine/"
KEPT = timedelta(days=7)
AT_ONCE = 1_000
# The length of Quarantine.key.
LONGEST_KEY = 300


def named_by_rows(keys: Iterable[str]) -> set[str]:
    """Those of the keys that a row names: photos, renditions and people's pictures."""
    keys = list(keys)
    found = set(Photo.objects.filter(original_key__in=keys).values_list("original_key", flat=True))
    found |= set(Rendition.objects.filter(key__in=keys).values_list("key", flat=True))
    found |= set(User.objects.filter(avatar_key__in=keys).values_list("avatar_key", flat=True))
    return found


def awaiting_erasure(keys: Iterable[str]) -> set[str]:
    """Those of the keys that the ledger still has to erase."""
    waiting = Erasure.objects.filter(key__in=list(keys), erased_at=None)
    return set(waiting.values_list("key", flat=True))


def put_aside(key: str) -> bool:
    """Move an object into quarantine; False when another run began that, or a row names it by now.

    The row comes first: wherever this dies, the next run goes on with the same kept key.
    """
    entry, new = _entry(key)
    try:
        media().copy(key, entry.kept_key)
    except FileNotFoundError:
        if media().exists(entry.kept_key):
            # Another run moved it on from the row that stands.
            return new
        Quarantine.objects.filter(pk=entry.pk, erased_at=None).delete()
        return False
    # Checked again now that there is a copy: a row that came meanwhile wins.
    if named_by_rows([key]):
        _drop(entry)
        return False
    media().delete(key)
    return new


def _entry(key: str) -> tuple[Quarantine, bool]:
    """The row of a key that lies aside or is about to, and whether this call made it."""
    fresh = {"kept_key": f"{FOLDER}{random_key()}", "found_at": timezone.now(), "erased_at": None}
    # An object may turn up again under a key whose first bytes were erased long ago.
    again = Quarantine.objects.filter(key=key, erased_at__isnull=False).update(**fresh)
    entry, new = Quarantine.objects.get_or_create(key=key, defaults=fresh)
    return entry, new or bool(again)


@transaction.atomic
def _drop(entry: Quarantine) -> None:
    """Forget an entry; what was copied aside for it goes."""
    erase.request([entry.kept_key], owner_id=None, post_id=None)
    Quarantine.objects.filter(pk=entry.pk).delete()


def bring_back(*, dry_run: bool) -> int:
    """Move every object back that a row names again; returns how many."""
    back = last = 0
    while entries := _lying(last):
        last = entries[-1].pk
        wanted = named_by_rows(entry.key for entry in entries)
        for entry in entries:
            if entry.key in wanted:
                back += media().exists(entry.kept_key) if dry_run else _move_back(entry)
    return back


def _move_back(entry: Quarantine) -> bool:
    try:
        media().copy(entry.kept_key, entry.key)
    except FileNotFoundError:
        # Another run was faster, or it is lost: then the look at the rows tells of it.
        return False
    _drop(entry)
    return True


def erase_old(*, dry_run: bool) -> int:
    """Put what has lain aside for a week, and still nobody names, into the ledger.

    Returns how many objects that were. What lies in quarantine without a row of its own begins
    its week now.
    """
    old, erased = timezone.now() - KEPT, 0
    batch: list[str] = []
    for key, written in media().walk(FOLDER):
        # The object's date only narrows the search; _erase asks its row how long it has lain here.
        if written < old:
            batch.append(key)
        if len(batch) == AT_ONCE:
            erased += _erase(batch, dry_run)
            batch = []
    return erased + _erase(batch, dry_run)


def _erase(kept_keys: list[str], dry_run: bool) -> int:
    known = Quarantine.objects.filter(kept_key__in=kept_keys)
    entries = {entry.kept_key: entry for entry in known}
    going = awaiting_erasure(kept_keys)
    strays = [key for key in kept_keys if key not in entries and key not in going]
    wanted = named_by_rows(entry.key for entry in entries.values())
    before = timezone.now() - KEPT
    due = [
        entry
        for entry in entries.values()
        if entry.erased_at is None and entry.found_at < before and entry.key not in wanted
    ]
    if not dry_run:
        now = timezone.now()
        Quarantine.objects.bulk_create(
            [Quarantine(key=key, kept_key=key, found_at=now) for key in strays],
            ignore_conflicts=True,
        )
        for entry in due:
            _erase_one(entry)
    return len(due)


@transaction.atomic
def _erase_one(entry: Quarantine) -> None:
    lying = Quarantine.objects.filter(pk=entry.pk, erased_at=None)
    if lying.update(erased_at=timezone.now()):
        erase.request([entry.kept_key], owner_id=None, post_id=None)


def _lying(after: int) -> list[Quarantine]:
    lying = Quarantine.objects.filter(pk__gt=after, erased_at=None)
    return list(lying.order_by("pk")[:AT_ONCE])
