"""A lease: a row is in one worker's hands at a time, and whoever dies leaves it to the next.

A row that can be leased has two columns: `lease`, a random key of the worker that has it, and
`leased_until`. Take it by compare-and-set where it is `free`, renew it with each piece of work, and
write only where `lease` is still yours.
"""

from datetime import timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone

from notes_site.ids import random_key

# The columns of a row that no worker has.
FREED: dict[str, Any] = {"lease": "", "leased_until": None}


class LeaseLostError(Exception):
    """The row is another worker's by now, or changed under this one."""


def free() -> Q:
    """The rows that no living worker has."""
    return Q(leased_until=None) | Q(leased_until__lt=timezone.now())


def taken(lasts: timedelta) -> dict[str, Any]:
    """The columns of a row that this worker takes."""
    return {"lease": random_key(), **renewed(lasts)}


def renewed(lasts: timedelta) -> dict[str, Any]:
    """The columns of a row that this worker keeps."""
    return {"leased_until": timezone.now() + lasts}
