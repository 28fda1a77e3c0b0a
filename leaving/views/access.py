"""Who has to show once more that it is them."""

from django.http import HttpRequest

from accounts.requests import MemberRequest
from notes_site.http.responses import is_delete


def asks_again(request: MemberRequest) -> bool:
    """Whether to ask for the password, a passkey or a code before going on.

    Not of somebody who is leaving: all their sessions ended, so they have just signed in.
    """
    return request.user.leaving_at is None


def asks_before_writing(request: MemberRequest) -> bool:
    """The same for a page: reading it, or taking something away, is asked nothing."""
    return asks_again(request) and _begins(request)


def _begins(request: HttpRequest) -> bool:
    return request.method == "POST" and not is_delete(request)
