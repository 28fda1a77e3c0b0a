"""What every page knows of a person's notifications."""

from typing import Any

from django.http import HttpRequest

from notifications.presentation import unseen_count


def unseen(request: HttpRequest) -> dict[str, Any]:
    """How many lines are new, for the badge; asked for only where it stands."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {}
    return {"unseen_notifications": lambda: unseen_count(user)}
