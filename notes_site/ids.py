"""64-bit, time-ordered ids, written in base 58 wherever people or JavaScript see them.

41 bits of milliseconds since 2026-01-01 UTC, then 22 random bits: 63 in all, so that every id
fits a signed bigint; ordered by time, and monotone within one process.
"""

import secrets
import threading
import time
from datetime import datetime
from typing import Any

from django.db import IntegrityError, models, transaction

EPOCH_MS = 1_767_225_600_000  # 2026-01-01T00:00:00Z
# Four million in a millisecond: two alike are rare, and the second is tried again.
RANDOM_BITS = 22
# What a bigint holds on both databases.
MAX_ID = 2**63 - 1
# Base 58: without 0, O, I and l, which look alike when somebody reads them out.
ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_VALUES = {character: value for value, character in enumerate(ALPHABET)}

_lock = threading.Lock()
_last = 0


def new_id() -> int:
    """A new id, larger than every id this process made before."""
    global _last
    milliseconds = time.time_ns() // 1_000_000 - EPOCH_MS
    candidate = (milliseconds << RANDOM_BITS) | secrets.randbits(RANDOM_BITS)
    with _lock:
        # The clock may go back, and two ids of one millisecond differ only by chance.
        _last = max(candidate, _last + 1)
        return _last


def first_id_of(when: datetime) -> int:
    """The lowest id that a row made at this time can have; 0 for any time before 2026."""
    return max(0, int(when.timestamp() * 1000) - EPOCH_MS) << RANDOM_BITS


def encode(number: int) -> str:
    """The base-58 form of a non-negative id, e.g. 1 → '2'."""
    digits = []
    while True:
        number, remainder = divmod(number, 58)
        digits.append(ALPHABET[remainder])
        if not number:
            return "".join(reversed(digits))


def decode(text: str) -> int:
    """The id behind a base-58 text; raises ValueError for any text `encode` never makes."""
    number = 0
    for character in text:
        if character not in _VALUES:
            raise ValueError(f"{character!r} is not a base-58 digit")
        number = number * 58 + _VALUES[character]
    # A leading 1 is a zero: if it were allowed, a page would have more than one address.
    if not text or number > MAX_ID or encode(number) != text:
        raise ValueError("not the base-58 form of an id")
    return number


def random_key(characters: int = 22) -> str:
    """An unguessable base-58 text; 22 characters carry 128 bits."""
    return "".join(secrets.choice(ALPHABET) for _ in range(characters))


class Base58Converter:
    """URL path converter between an id and its base-58 form."""

    # 58^11 is more than 2^63, so no id is longer.
    regex = f"[{ALPHABET}]{{1,11}}"

    def to_python(self, value: str) -> int:
        return decode(value)

    def to_url(self, value: int | str) -> str:
        return value if isinstance(value, str) else encode(value)


class TimeOrderedModel(models.Model):
    """A model whose primary key is a time-ordered id; a collision is tried again."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)

    class Meta:
        abstract = True

    def save(self, **options: Any) -> None:
        """Save; an insert that meets another row's id takes a new id, up to three times.

        Raises IntegrityError when a constraint is broken, or all three ids were taken.
        """
        if not self._state.adding:
            return super().save(**options)
        for _attempt in range(3):
            try:
                # On PostgreSQL a failed insert ruins its transaction, so it gets a savepoint.
                with transaction.atomic():
                    return super().save(**options | {"force_insert": True})
            except IntegrityError:
                if not type(self)._base_manager.filter(pk=self.pk).exists():
                    raise
                self.pk = new_id()
        raise IntegrityError("three new ids in a row were taken")

    @property
    def code(self) -> str:
        """The id in base 58, as it stands in addresses and JSON."""
        return encode(self.pk)
