"""Browsers in which a person has signed in: a signed cookie says so for a year."""

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

from accounts.models import User

# Browsers refuse a `__Host-` cookie without Secure, and so over plain HTTP.
COOKIE = "__Host-known" if settings.ON_TLS else "known"
YEAR = 365 * 24 * 3600
MAX_PEOPLE = 8
_SALT = "accounts.known-device"


def is_known(request: HttpRequest, person: User) -> bool:
    """Whether the person has signed in with this browser."""
    return person.pk in _people(request)


def remember(request: HttpRequest, response: HttpResponse, person: User) -> None:
    """Let the browser show, next time, that the person has signed in with it."""
    people = [person.pk, *(pk for pk in _people(request) if pk != person.pk)][:MAX_PEOPLE]
    response.set_cookie(
        COOKIE,
        signing.dumps(people, salt=_SALT),
        max_age=YEAR,
        secure=settings.ON_TLS,
        httponly=True,
        samesite="Lax",
    )


def _people(request: HttpRequest) -> list[int]:
    try:
        people = signing.loads(request.COOKIES.get(COOKIE, ""), salt=_SALT, max_age=YEAR)
    except signing.BadSignature:
        # None yet, or not one of ours: either way a strange device.
        return []
    return list(people)
