"""The reports that wait, for the first page of the admin."""

from dataclasses import dataclass
from typing import Any

from django import template
from django.urls import reverse
from django.utils import timezone

from moderation.admin.base import moderator_of
from moderation.models import Report

register = template.Library()

# No further is counted: more are "100+".
MOST = 100


@dataclass(frozen=True)
class WaitingReports:
    """How many reports the viewer may decide, where they are, and for how long the oldest waits."""

    number: int
    urgent: int
    address: str
    hours: int

    @property
    def text(self) -> str:
        """The number as it is shown."""
        return str(self.number) if self.number <= MOST else f"{MOST}+"

    @property
    def days(self) -> int:
        return self.hours // 24


@register.simple_tag(takes_context=True)
def report_queue(context: dict[str, Any]) -> WaitingReports | None:
    """The reports that wait for the viewer; None for who decides about none, and when none does."""
    request = context["request"]
    if not request.user.has_perm("moderation.change_report"):
        return None
    waiting = moderator_of(request).open_reports().order_by("pk")
    # One query tells both how many wait and since when the oldest does.
    oldest = list(waiting.values_list("created_at", flat=True)[: MOST + 1])
    if not oldest:
        return None
    return WaitingReports(
        number=len(oldest),
        urgent=waiting.filter(category__in=Report.URGENT)[: MOST + 1].count(),
        address=f"{reverse('admin:moderation_report_changelist')}?decided=no",
        hours=int((timezone.now() - oldest[0]).total_seconds() // 3600),
    )
