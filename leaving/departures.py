"""Asking to leave, and staying after all."""

import secrets
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.login import sessions
from accounts.models import User
from accounts.social import follows
from leaving.models import Departure
from notes_site.queue import events


class NotAllowedError(Exception):
    """The person may not leave now; the text says why, and what to do."""


@transaction.atomic
def leave(person: User) -> str | None:
    """Begin somebody's leaving: gone for everyone at once, erased after the time of grace.

    Returns the token of the receipt's address, which is kept nowhere; None when they are leaving
    already. Raises NotAllowedError for the site's only owner.
    """
    # The other owners too: of the last two only one may go.
    owners = User.objects.filter(is_superuser=True).values_list("pk", flat=True)
    locked = follows.lock(person.pk, *owners)[person.pk]
    if locked.leaving_at is not None:
        return None
    if refusal := why_not_leave(locked):
        raise NotAllowedError(refusal)
    token, due_at = secrets.token_urlsafe(24), timezone.now() + grace_period()
    User.objects.filter(pk=person.pk).update(leaving_at=due_at)
    Departure.objects.create(digest=Departure.digest_of(token), person_id=person.pk, due_at=due_at)
    sessions.end_all(person.pk)
    events.record("user.leaving", person.pk)
    return token


@transaction.atomic
def stay(person: User) -> bool:
    """Keep the account as it was; False when nobody is leaving, or erasing has begun."""
    follows.lock(person.pk)
    open_ones = Departure.objects.filter(person_id=person.pk, erased_at=None, stayed_at=None)
    if not open_ones.filter(started_at=None).update(stayed_at=timezone.now()):
        return False
    User.objects.filter(pk=person.pk).update(leaving_at=None)
    events.record("user.stayed", person.pk)
    return True


def why_not_leave(person: User) -> str:
    """Why a person can't leave now, in a sentence; '' when they can."""
    others = User.objects.filter(is_superuser=True, is_active=True, leaving_at=None)
    if person.is_superuser and not others.exclude(pk=person.pk).exists():
        return _(
            "You’re the only owner of this site, and without one nobody could run it. Make"
            " someone else an owner first; then you can leave. Nothing was changed."
        )
    return ""


def grace_period() -> timedelta:
    """How long somebody who leaves can change their mind."""
    return timedelta(days=settings.ACCOUNT_GRACE_DAYS)
