"""Saying that somebody should not be suggested again, and taking that back."""

from accounts.models import User
from feed.models import DismissedSuggestion


def dismiss(*, person: User, other: User) -> bool:
    """Suggest somebody to a person no longer; True when that is new."""
    _row, created = DismissedSuggestion.objects.get_or_create(person=person, other=other)
    return created


def restore(*, person: User, other: User) -> bool:
    """Let somebody be suggested again; True when they were dismissed."""
    removed, _rows = DismissedSuggestion.objects.filter(person=person, other=other).delete()
    return bool(removed)
