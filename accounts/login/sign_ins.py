"""Whose account a sign-in is about, and the history of sign-ins that its person can read."""

from datetime import timedelta

from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.models import EmailAddress
from allauth.core.internal.ratelimit import truncate_ip
from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from accounts.models import SignIn, User

AGENT_LENGTH = 200
ADDRESSES_LOOKED_AT = 100
ROWS_AT_ONCE = 1_000


def account_of(login: str) -> User | None:
    """The account that this username or email address opens, if there is one.

    A confirmed address comes before one that somebody else only typed.
    """
    login = login.strip().lower()
    if "@" not in login:
        return User.objects.filter(username=login).first()
    addresses = EmailAddress.objects.filter(email=login).order_by("-verified", "pk")
    address = addresses.select_related("user").first()
    if address is not None:
        person: User = address.user
        return person
    # An account made by `createsuperuser` has no EmailAddress row.
    return User.objects.filter(email=login).order_by("pk").first()


def record(
    person: User, *, address: str, agent: str, method: str = "", was_refused: bool = False
) -> None:
    """Write one sign-in down; `method` is '' for a refused one."""
    SignIn.objects.create(
        user=person,
        method=method,
        was_refused=was_refused,
        address=address,
        agent=agent[:AGENT_LENGTH],
    )


def method_of(request: HttpRequest, person: User) -> str:
    """What the person proved themself with last, in the words of `SignIn.method`."""
    records = get_authentication_records(request, person)
    if not records:
        return ""
    kind = str(records[-1].get("type") or records[-1]["method"])
    return "passkey" if kind == "webauthn" else kind


def has_signed_in_from(person: User, address: str) -> bool:
    """Whether the person signed in from this address, or its IPv6 network, before."""
    good = SignIn.objects.filter(user=person, was_refused=False, address__isnull=False)
    recent = good.order_by("-at", "-id").values_list("address", flat=True)[:ADDRESSES_LOOKED_AT]
    return truncate_ip(address) in {truncate_ip(str(each)) for each in recent}


def forget_old() -> int:
    """Erase sign-ins older than settings.SIGN_INS_KEPT_DAYS; returns how many."""
    limit = timezone.now() - timedelta(days=settings.SIGN_INS_KEPT_DAYS)
    erased = 0
    while ids := list(
        SignIn.objects.filter(at__lt=limit).order_by("at").values_list("pk")[:ROWS_AT_ONCE]
    ):
        erased += SignIn.objects.filter(pk__in=[pk for (pk,) in ids]).delete()[0]
    return erased
