"""How values stand in a download: times in ISO 8601, people by username, ids as in addresses."""

from datetime import datetime
from typing import Any

Row = dict[str, Any]
# Rows read from the database at once.
AT_ONCE = 500


def iso_time(time: datetime | None) -> str | None:
    """A time in UTC, in ISO 8601; None for none."""
    return time.isoformat() if time else None
