"""Whose an email address is: the account's that confirms it first.

Any number of accounts may have typed an address. Until one of them confirms it, it is nobody's,
and says nothing about who may sign in. Rows of one address are locked in the order of their
numbers before anything is decided, and people after addresses, so that of two who confirm at once
the second finds it decided.
"""

from dataclasses import dataclass, field
from datetime import timedelta

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.login import sessions
from accounts.models import PendingAddress, User
from notes_site.mail import templated

PENDING_KEPT = timedelta(days=7)


class AddressTakenError(Exception):
    """Another account has confirmed this address, or nobody here has it any more."""


@dataclass(frozen=True)
class Removed:
    """What an account lost when it turned out whose address it has."""

    emails: list[str] = field(default_factory=list)
    passkeys: int = 0
    other_factors: int = 0
    sessions: int = 0


def is_taken(address: EmailAddress) -> bool:
    """Whether another account has confirmed this address."""
    others = EmailAddress.objects.filter(email=address.email, verified=True)
    return bool(others.exclude(user=address.user_id).exists())


def note_pending(address: EmailAddress) -> None:
    """Begin to count the days of an address that is not confirmed, once."""
    PendingAddress.objects.get_or_create(address=address)


@transaction.atomic
def confirm(address: EmailAddress) -> bool:
    """Confirm an address; False when it is confirmed already.

    It becomes the main one unless another confirmed one is. Other accounts that only typed it
    lose it. Raises AddressTakenError when another account was first.
    """
    mine = _lock(address)
    if mine.verified:
        return False
    EmailAddress.objects.filter(pk=mine.pk).update(verified=True)
    PendingAddress.objects.filter(address=mine.pk).delete()
    main = EmailAddress.objects.filter(user=mine.user_id, primary=True, verified=True)
    if not main.exclude(pk=mine.pk).exists():
        _make_main(mine)
    _take_from_others(mine)
    return True


@transaction.atomic
def prove_by_reset(address: EmailAddress) -> Removed | None:
    """Note that who receives mail at this address has just chosen a new password.

    Nothing for an address that was confirmed before. One that was not becomes the only and main
    one, and whatever let anybody else in is removed: other addresses, passkeys, authenticators,
    sessions. Each address is told. Raises AddressTakenError when another account was first.
    """
    if not confirm(address):
        return None
    mine = EmailAddress.objects.select_related("user").get(pk=address.pk)
    others = EmailAddress.objects.filter(user=mine.user_id).exclude(pk=mine.pk)
    emails = list(others.order_by("pk").values_list("email", flat=True))
    others.delete()
    _make_main(mine)
    # Whoever only typed this address may have set these up.
    factors = Authenticator.objects.filter(user=mine.user_id)
    passkeys, _rows = factors.filter(type=Authenticator.Type.WEBAUTHN).delete()
    other_factors, _rows = factors.delete()
    ended = sessions.end_all(mine.user_id)
    removed = Removed(emails, passkeys, other_factors, ended)
    _tell(mine, removed)
    return removed


def forget_pending() -> int:
    """Erase addresses that stood unconfirmed beside a confirmed one for PENDING_KEPT.

    Returns how many. One that nobody counted the days of yet begins today.
    """
    pending = EmailAddress.objects.filter(verified=False)
    uncounted = pending.filter(~Exists(PendingAddress.objects.filter(address=OuterRef("pk"))))
    PendingAddress.objects.bulk_create(
        [PendingAddress(address_id=pk) for pk in uncounted.values_list("pk", flat=True)],
        ignore_conflicts=True,
    )
    PendingAddress.objects.filter(address__verified=True).delete()
    confirmed = EmailAddress.objects.filter(user=OuterRef("user"), verified=True)
    old = pending.filter(Exists(confirmed), pendingaddress__since__lt=timezone.now() - PENDING_KEPT)
    return sum(_forget(pk) for pk in list(old.values_list("pk", flat=True)))


@transaction.atomic
def _forget(address_id: int) -> int:
    # Asked again: it may have been confirmed a moment ago.
    address = EmailAddress.objects.select_for_update().filter(pk=address_id, verified=False).first()
    if address is None:
        return 0
    confirmed = EmailAddress.objects.filter(user=address.user_id, verified=True)
    main = confirmed.order_by("-primary", "pk").first()
    # With none confirmed it stays: a site without mail has no other kind (decision 23).
    if main is None:
        return 0
    address.delete()
    if not main.primary or main.user.email == address.email:
        _make_main(main)
    return 1


def _lock(address: EmailAddress) -> EmailAddress:
    """The row of `address`, locked with all others of the same address."""
    rows = EmailAddress.objects.select_for_update().filter(email=address.email).order_by("pk")
    by_key = {row.pk: row for row in rows}
    mine = by_key.get(address.pk)
    if mine is None or any(row.verified for row in rows if row.user_id != mine.user_id):
        raise AddressTakenError
    return mine


def _make_main(address: EmailAddress) -> None:
    # No two may be the main one, not even for a moment.
    EmailAddress.objects.filter(user=address.user_id).update(primary=False)
    EmailAddress.objects.filter(pk=address.pk).update(primary=True)
    User.objects.filter(pk=address.user_id).update(email=address.email)


def _take_from_others(address: EmailAddress) -> None:
    others = EmailAddress.objects.filter(email=address.email).exclude(pk=address.pk)
    others.delete()
    for person in User.objects.filter(email=address.email).exclude(pk=address.user_id):
        left = EmailAddress.objects.filter(user=person.pk).order_by("-verified", "pk").first()
        if left is None:
            User.objects.filter(pk=person.pk).update(email="")
        else:
            _make_main(left)


def _tell(address: EmailAddress, removed: Removed) -> None:
    username = address.user.username
    for email in removed.emails:
        templated.send(
            to=email,
            subject=_("Your email address was removed from an account"),
            template="accounts/emails/address_removed.txt",
            context={"username": username},
        )
    templated.send(
        to=address.email,
        subject=_("The account is now yours alone"),
        template="accounts/emails/address_proved.txt",
        context={"username": username, "removed": removed},
    )
