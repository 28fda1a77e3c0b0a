"""When an email may come: its rhythm, and the hours in which a person wants none.

No rows and no clock: the moments come in and go out, aware, in whatever zone.
"""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

# Likes come in bursts: one email tells of all in it.
BUNDLED = timedelta(minutes=5)
MORNING = time(8)
MONDAY = 0


def zone_of(name: str) -> ZoneInfo:
    """The time zone of this IANA name; UTC for ''."""
    return ZoneInfo(name or "UTC")


def next_mail(now: datetime, rhythm: str, zone: ZoneInfo) -> datetime:
    """When what happens now is sent: in 5 min, or at 8 h on the next morning, or on Monday's."""
    if rhythm == "soon":
        return now + BUNDLED
    local = now.astimezone(zone)
    day = local.date()
    if local.time() >= MORNING:
        day += timedelta(days=1)
    if rhythm == "weekly":
        day += timedelta(days=(MONDAY - day.weekday()) % 7)
    return datetime.combine(day, MORNING, zone)


def after_quiet(
    moment: datetime, quiet_from: time | None, quiet_to: time | None, zone: ZoneInfo
) -> datetime:
    """The moment itself, or the end of the quiet hours it falls into; those may span midnight."""
    if quiet_from is None or quiet_to is None or quiet_from == quiet_to:
        return moment
    local = moment.astimezone(zone)
    clock = local.time()
    over_midnight = quiet_from > quiet_to
    if over_midnight:
        quiet = clock >= quiet_from or clock < quiet_to
    else:
        quiet = quiet_from <= clock < quiet_to
    if not quiet:
        return moment
    day = local.date()
    if over_midnight and clock >= quiet_from:
        day += timedelta(days=1)
    return datetime.combine(day, quiet_to, zone)
