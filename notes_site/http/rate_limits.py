"""How often a person may do a thing; the figures stand in settings.ACCOUNT_RATE_LIMITS."""

from allauth.core import ratelimit
from django.http import HttpRequest


class TooManyRequestsError(Exception):
    """The person did this too often; `retry_after` seconds from now it works again."""

    def __init__(self, retry_after: int = 60) -> None:
        super().__init__(f"try again in {retry_after} s")
        self.retry_after = retry_after


def count(request: HttpRequest, action: str) -> None:
    """Count one `action` of the person behind the request.

    Raises TooManyRequestsError when that is more than the limit.
    """
    if not ratelimit.consume(request, action=action, user=request.user):
        raise TooManyRequestsError
