"""Step: compare storage with the rows, both ways, and put right what can be put right.

Objects that no row names go into quarantine; renditions whose object is missing are made anew;
missing originals and people's pictures are told of, for only a backup can bring them back.
"""

import logging
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import User
from notes_site.storage import PRIVATE, PUBLIC, media
from posts.models import Photo, Rendition
from posts.pipeline import quarantine, rerender

logger = logging.getLogger(__name__)

# Originals are stored before their rows are written: a younger object may still get one.
A_DAY = timedelta(days=1)
AT_ONCE = 1_000
# Each question is a journey to a storage that may be far away.
QUESTIONS_AT_ONCE = 8

Tell = Callable[[str], None]


@dataclass
class Findings:
    """What a run found and did, or with `dry_run` would have done; each a number of objects."""

    orphans: int = 0
    back: int = 0
    erased: int = 0
    renditions: int = 0
    originals: int = 0
    avatars: int = 0


def reconcile(*, dry_run: bool, tell: Tell = logger.warning) -> Findings:
    """Compare storage and rows; memory does not grow with either. `tell` gets what was found.

    Raises StorageUnavailableError; run again, it goes on with what is left.
    """
    # First, or what a restored backup names again would be made anew or reported missing below.
    found = Findings(back=quarantine.bring_back(dry_run=dry_run))
    for prefix in (PUBLIC, PRIVATE):
        for key in _orphans(prefix):
            tell(f"No row names {key}")
            found.orphans += dry_run or quarantine.put_aside(key)
    for rendition in _missing(Rendition.objects.select_related("photo"), "key"):
        tell(f"Photo {rendition.photo.code} lacks its {rendition.spec}, {rendition.key}")
        found.renditions += 1
        # Without the original there is nothing to make it of: an empty disk in the storage's
        # place must not cost a single row.
        if not dry_run and media().exists(rendition.photo.original_key):
            rerender.make_lost(rendition)
    for photo in _missing(Photo.objects.select_related("owner"), "original_key"):
        tell(f"Photo {photo.code} of @{photo.owner.username} lacks {photo.original_key}")
        found.originals += 1
    for person in _missing(User.objects.exclude(avatar_key=""), "avatar_key"):
        tell(f"@{person.username} lacks their picture, {person.avatar_key}")
        found.avatars += 1
    found.erased = quarantine.erase_old(dry_run=dry_run)
    return found


def _orphans(prefix: str) -> Iterator[str]:
    """The keys of objects older than a day that no row names and the ledger does not hold."""
    before = timezone.now() - A_DAY
    old = (
        key
        for key, written in media().walk(prefix)
        if written < before and not key.startswith(quarantine.FOLDER) and _is_ours(key)
    )
    for keys in _batches(old):
        kept = quarantine.named_by_rows(keys) | quarantine.awaiting_erasure(keys)
        for key in keys:
            if key not in kept:
                yield key


def _is_ours(key: str) -> bool:
    """Whether a row could hold the key; longer ones, or such as are no text, were never ours."""
    return len(key) <= quarantine.LONGEST_KEY and key.isprintable()


def _missing(rows: "QuerySet[Any]", column: str) -> Iterator[Any]:
    """The rows whose object is not there, in order of their ids."""
    last = -1
    with ThreadPoolExecutor(QUESTIONS_AT_ONCE) as pool:
        while batch := list(rows.filter(pk__gt=last).order_by("pk")[:AT_ONCE]):
            last = batch[-1].pk
            keys = [getattr(row, column) for row in batch]
            there = pool.map(media().exists, keys)
            for row in [row for row, exists in zip(batch, there, strict=True) if not exists]:
                # Moved or deleted since we read the row? Then it is not what was asked for.
                key = getattr(row, column)
                if rows.filter(pk=row.pk, **{column: key}).exists() and not media().exists(key):
                    yield row


def _batches(keys: Iterable[str]) -> Iterator[list[str]]:
    batch: list[str] = []
    for key in keys:
        batch.append(key)
        if len(batch) == AT_ONCE:
            yield batch
            batch = []
    if batch:
        yield batch
