"""What every template knows of the person who looks."""

from typing import Any

from django.http import HttpRequest

from accounts.social import follows


def follow_requests(request: HttpRequest) -> dict[str, Any]:
    """How many ask to follow the viewer, read only where a page shows it."""

    def waiting() -> int:
        user = getattr(request, "user", None)
        # Nobody has to ask for an account that is open.
        return follows.requests_waiting(user) if user and user.pk and user.is_private else 0

    return {"requests_waiting": waiting}
