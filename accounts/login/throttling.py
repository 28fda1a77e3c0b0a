"""How often somebody may try a password: at one address, and everywhere together.

The key is the name as it was typed, known or not. A key for the account behind it would tell
that a name and an email address belong together.
"""

from allauth.account.adapter import get_adapter
from allauth.core.internal import ratelimit
from allauth.core.internal.ratelimit import RateLimitUsage
from django.http import HttpRequest

from accounts.login import known_devices
from accounts.login.sign_ins import account_of, has_signed_in_from
from accounts.models import User

APP = "allauth.account"


def count(request: HttpRequest, login: str) -> list[RateLimitUsage] | None:
    """Count one try; None when it is one too many, else what `roll_back` of the usages undoes.

    A name is closed to strange devices only after many tries everywhere; its owner still comes
    in with a browser or from an address that they have used.
    """
    here = ratelimit.consume(request, app=APP, action="login_failed", key=_here(request, login))
    if here is None:
        return None
    if _is_known(request, account_of(login)):
        return [here]
    anywhere = ratelimit.consume(
        request, app=APP, action="login_failed_anywhere", key=_anywhere(login)
    )
    return None if anywhere is None else [here, anywhere]


def clear(request: HttpRequest, login: str) -> None:
    """Begin anew for the names of an account whose password was replaced by its owner."""
    person = account_of(login)
    for name in {login, person.username if person else login}:
        ratelimit.clear(request, app=APP, action="login_failed", key=_here(request, name))
        ratelimit.clear(request, app=APP, action="login_failed_anywhere", key=_anywhere(name))


def _is_known(request: HttpRequest, person: User | None) -> bool:
    if person is None:
        return False
    address = get_adapter(request).get_client_ip(request)
    return known_devices.is_known(request, person) or has_signed_in_from(person, address)


def _anywhere(login: str) -> str:
    return f"name:{login.strip().lower()}"


def _here(request: HttpRequest, login: str) -> str:
    return f"{_anywhere(login)}:{ratelimit.get_ip(request)}"
