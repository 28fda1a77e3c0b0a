"""Lines under the days they came on."""

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import groupby

from django import template
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from notifications.presentation import Line

register = template.Library()


@register.filter
def by_day(lines: Sequence[Line]) -> list[tuple[date, list[Line]]]:
    """The days of the lines, in their order, each with its lines."""
    days = groupby(lines, key=lambda line: line.local.date())
    return [(day, list(of_day)) for day, of_day in days]


@register.filter
def day_name(day: date, today: date) -> str:
    """ "Today", "Yesterday", the weekday within a week, else the date."""
    if day >= today:
        return _("Today")
    if day == today - timedelta(days=1):
        return _("Yesterday")
    if day > today - timedelta(days=7):
        return date_format(day, "l")
    return date_format(day, "j F" if day.year == today.year else "j F Y")
