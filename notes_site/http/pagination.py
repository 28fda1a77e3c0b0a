"""Keyset pages: a page begins after the last row of the one before, never at an offset."""

import base64
import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, Protocol, TypeVar
from urllib.parse import urlencode

from django.core.exceptions import BadRequest
from django.db.models import DateTimeField, Model, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

COUNTED = 1_000
LONGEST_CURSOR = 200


class Keyed(Protocol):
    """What a page is made of: rows, or something lighter, with an id."""

    @property
    def pk(self) -> Any: ...


# The last row of a page: by what it is ordered, and its id.
Place = tuple[datetime | float, int]
Row = TypeVar("Row", bound=Model)
Rows = TypeVar("Rows", bound="QuerySet[Any]")
Item = TypeVar("Item", bound=Keyed)


@dataclass(frozen=True)
class Page(Generic[Item]):
    """One page of rows and the cursor of the next, '' at the end."""

    rows: Sequence[Item]
    cursor: str

    def next_url(self, request: HttpRequest) -> str:
        """The same address with the next cursor; '' at the end."""
        if not self.cursor:
            return ""
        query = request.GET.dict() | {"cursor": self.cursor}
        return f"{request.path}?{urlencode(query)}"


def keyset_page(
    rows: "QuerySet[Row]",
    order: str,
    cursor: str,
    size: int,
    along: tuple[str, str] | None = None,
    *,
    rising: bool = False,
) -> Page[Row]:
    """A page of at most `size` rows in falling order of (`order`, id), or in `rising` order.

    `along` names two columns that hold the same values where another table's index has them.
    Raises BadRequest when the cursor is not one of ours.
    """
    by_time = isinstance(rows.model._meta.get_field(order), DateTimeField)
    place = read_cursor(cursor, by_time=by_time) if cursor else None
    return page_of(rows_after(rows, order, place, along, rising=rising)[: size + 1], order, size)


def rows_after(
    rows: Rows,
    order: str,
    place: Place | None,
    along: tuple[str, str] | None = None,
    *,
    rising: bool = False,
) -> Rows:
    """All rows that come after a place in their order, or from the first on; as `keyset_page`."""
    first, second = along or (order, "pk")
    after, sign = ("gt", "") if rising else ("lt", "-")
    if place is not None:
        value, row_id = place
        rows = rows.filter(
            Q(**{f"{first}__{after}": value}) | Q(**{first: value, f"{second}__{after}": row_id})
        )
        # Redundant, but it lets SQLite and PostgreSQL begin at the cursor in the index.
        rows = rows.filter(**{f"{first}__{after}e": value})
    return rows.order_by(f"{sign}{first}", f"{sign}{second}")


def page_of(rows: Iterable[Item], order: str, size: int) -> Page[Item]:
    """The page that rows in order of (`order`, id) make; one more than fits says "more"."""
    found = list(rows)
    page = found[:size]
    more = len(found) > size
    return Page(page, _write(getattr(page[-1], order), page[-1].pk) if more else "")


def sorted_page(rows: Sequence[Item], order: str, cursor: str, size: int) -> Page[Item]:
    """A page of rows that are here already, in falling order of (`order`, id), `order` a number.

    Raises BadRequest when the cursor is not one of ours.
    """
    if cursor:
        last = read_cursor(cursor, by_time=False)
        rows = [row for row in rows if (getattr(row, order), row.pk) < last]
    return page_of(rows, order, size)


def bounded_count(rows: "QuerySet[Row]", *along: str) -> int:
    """How many rows there are, looking no further than 1,000: that many means at least so many.

    `along` is an order that an index has. Without one, PostgreSQL finds the first thousand of very
    many by reading whole tables, and takes the longer the more there are.
    """
    return rows.order_by(*along)[:COUNTED].count()


def _write(value: datetime | float | int, row_id: int) -> str:
    plain = value.isoformat() if isinstance(value, datetime) else value
    text = json.dumps([plain, row_id], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_cursor(cursor: str, *, by_time: bool) -> Place:
    """A time or a number, as the list is ordered, and an id; BadRequest for anything else."""
    try:
        # Before it is parsed: thousands of opening brackets end in a RecursionError.
        if len(cursor) > LONGEST_CURSOR:
            raise ValueError("longer than any of ours")
        value, row_id = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        value = _time(value) if by_time else _number(value)
        # Both databases raise an error for a number that no bigint can hold.
        if type(row_id) is not int or not -(2**63) <= row_id < 2**63:
            raise ValueError("not an id")
    except (ValueError, TypeError, OverflowError) as error:
        raise BadRequest(
            _("This link to the next page is broken. Start again from the top.")
        ) from error
    return value, row_id


def _time(value: object) -> datetime:
    if not isinstance(value, str):
        raise TypeError("not a time")
    time = datetime.fromisoformat(value)
    if not time.tzinfo:
        raise ValueError("a time without a zone")
    return time.astimezone(UTC)


def _number(value: object) -> float:
    # `true` in JSON is an int in Python.
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise TypeError("not a number")
    return float(value)
