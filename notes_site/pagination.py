"""Keyset pages: a page begins after the last row of the one before, never at an offset."""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar
from urllib.parse import urlencode

from django.core.exceptions import BadRequest
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True)
class Page(Generic[Row]):
    """One page of rows and the cursor of the next, '' at the end."""

    rows: Sequence[Row]
    cursor: str

    def next_url(self, request: HttpRequest) -> str:
        """The same address with the next cursor; '' at the end."""
        if not self.cursor:
            return ""
        query = request.GET.dict() | {"cursor": self.cursor}
        return f"{request.path}?{urlencode(query)}"


def keyset_page(rows: "QuerySet[Row]", order: str, cursor: str, size: int) -> Page[Row]:
    """A page of at most `size` rows in falling order of (`order`, id).

    Raises BadRequest when the cursor is not one of ours.
    """
    if cursor:
        value, row_id = _read(cursor)
        rows = rows.filter(Q(**{f"{order}__lt": value}) | Q(**{order: value, "pk__lt": row_id}))
        # Redundant, but it lets SQLite and PostgreSQL begin at the cursor in the index.
        rows = rows.filter(**{f"{order}__lte": value})
    found = list(rows.order_by(f"-{order}", "-pk")[: size + 1])
    page = found[:size]
    more = len(found) > size
    return Page(page, _write(getattr(page[-1], order), page[-1].pk) if more else "")


def _write(value: datetime | float | int, row_id: int) -> str:
    plain = value.isoformat() if isinstance(value, datetime) else value
    text = json.dumps([plain, row_id], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read(cursor: str) -> tuple[datetime | float | int, int]:
    try:
        value, row_id = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if isinstance(value, str):
            value = datetime.fromisoformat(value)
        if not isinstance(value, datetime | float | int) or not isinstance(row_id, int):
            raise ValueError("neither a time nor a number")
        if not -(2**63) <= row_id < 2**63 or (isinstance(value, datetime) and not value.tzinfo):
            raise ValueError("out of range")
    except (ValueError, TypeError) as error:
        raise BadRequest(
            _("This link to the next page is damaged. Start again at the top.")
        ) from error
    return value, row_id
