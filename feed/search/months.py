"""When something was posted: dates as people type them, and the marks by which the index finds it.

A post has the mark of its year and that of its month, both in UTC. They find no fewer posts than a
date asks for; the rows say which of those were posted at the right time.
"""

import re
from datetime import MAXYEAR, UTC, datetime, timedelta

from django.utils import timezone

from notes_site.ids import first_id_of

# No photo is older; marks of all years from here on are asked for by `before:`.
FIRST_YEAR = 1990
# A post that came here after it was posted, as those from an archive.
BROUGHT = "!old"
_DATE = re.compile(r"(\d{4})(?:-(\d{1,2}))?(?:-(\d{1,2}))?", re.ASCII)


def beginning_of(date: str) -> datetime:
    """When a year, month or day begins; ValueError for what is no such date."""
    match = _DATE.fullmatch(date)
    if match is None:
        raise ValueError(f"{date!r} is no date")
    year, month, day = (int(part or 1) for part in match.groups())
    # The edges of the calendar have no time zones.
    if not 1 < year < MAXYEAR:
        raise ValueError(f"{year} is beyond the calendar")
    return datetime(year, month, day, tzinfo=timezone.get_current_timezone())


def marks_of(time: datetime | None, row_id: int = 0) -> list[str]:
    """The marks of a row posted at a time."""
    if time is None:
        return []
    when = time.astimezone(UTC)
    marks = [f"~{when.year}", _month(when.year, when.month)]
    return [*marks, BROUGHT] if row_id >= first_id_of(when + timedelta(milliseconds=1)) else marks


def marks_between(after: datetime | None, before: datetime | None) -> list[str]:
    """The marks of which a post of that span has one: whole years, and single months of others.

    None at all means any time; a span that ends before it begins has a mark that nothing has.
    """
    if after is None and before is None:
        return []
    first = max((FIRST_YEAR, 1), _place(after)) if after else (FIRST_YEAR, 1)
    # Scheduled posts are indexed when they appear, so nothing is from a later year than this.
    now = (timezone.now().year + 1, 12)
    last = min(now, _place(before)) if before else now
    return list(_marks(first, last)) or ["~"]


def _marks(first: tuple[int, int], last: tuple[int, int]) -> "list[str]":
    found = []
    for year in range(first[0], last[0] + 1):
        begins = first[1] if year == first[0] else 1
        ends = last[1] if year == last[0] else 12
        if (begins, ends) == (1, 12):
            found.append(f"~{year}")
        else:
            found += [_month(year, month) for month in range(begins, ends + 1)]
    return found


def _place(time: datetime) -> tuple[int, int]:
    when = time.astimezone(UTC)
    return when.year, when.month


def _month(year: int, month: int) -> str:
    return f"~{year}{month:02}"
