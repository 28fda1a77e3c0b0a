"""Closing an account for a while, and opening it again as it was."""

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from notes_site.queue import events


@transaction.atomic
def suspend(*, person: User, reason: str) -> bool:
    """Suspend a person; False when they are suspended already.

    Their posts and comments are gone from every page with this transaction, their sessions end by
    the next request, and they can't sign in.
    """
    changed = User.objects.filter(pk=person.pk, suspended_at=None).update(
        suspended_at=timezone.now(), suspended_reason=reason
    )
    if changed:
        events.record("user.suspended", person.pk)
    return bool(changed)


@transaction.atomic
def unsuspend(*, person: User) -> bool:
    """Undo `suspend` exactly; False when the person is not suspended."""
    changed = User.objects.filter(pk=person.pk, suspended_at__isnull=False).update(
        suspended_at=None, suspended_reason=""
    )
    if changed:
        events.record("user.restored", person.pk)
    return bool(changed)
