"""Who waits to be let in, for the first page of the admin."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django import template
from django.db.models import Count, Min
from django.urls import reverse
from django.utils import timezone

from accounts.models import SignUp

register = template.Library()

# How long somebody may wait before the page says so.
LATE = timedelta(days=2)


@dataclass(frozen=True)
class WaitingSignUps:
    """How many wait, where they stand, and the whole days that the first has waited."""

    number: int
    address: str
    days: int

    @property
    def is_late(self) -> bool:
        return self.days >= LATE.days


@register.simple_tag(takes_context=True)
def sign_up_queue(context: dict[str, Any]) -> WaitingSignUps | None:
    """Those who wait, for those who may decide; None for everyone else and when nobody does."""
    if not context["request"].user.has_perm("accounts.change_signup"):
        return None
    found = SignUp.objects.filter(decided_at=None).aggregate(
        number=Count("pk"), first=Min("created_at")
    )
    if not found["number"]:
        return None
    return WaitingSignUps(
        number=found["number"],
        address=f"{reverse('admin:accounts_signup_changelist')}?decided=no",
        days=(timezone.now() - found["first"]).days,
    )
