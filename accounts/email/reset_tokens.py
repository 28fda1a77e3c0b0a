"""The token in a link for a new password; it says to which address the link was mailed."""

from typing import Any

from allauth.account.forms import EmailAwarePasswordResetTokenGenerator
from allauth.account.models import EmailAddress
from django.utils.http import base36_to_int, int_to_base36

from accounts.models import User


class ResetTokens(EmailAwarePasswordResetTokenGenerator):  # type: ignore[misc]
    """django-allauth's token and, where it was mailed, the number of the address, both signed.

    `mailed_to` is '' for a link that is handed over: it proves no address. One object serves all
    threads, so the number of each token gets an object of its own.
    """

    def __init__(self, mailed_to: str = "", *, number: str = "") -> None:
        super().__init__()
        self._mailed_to = mailed_to.lower()
        self._number = number

    def make_token(self, user: User) -> str:
        """The token; one that was used, or is older than PASSWORD_RESET_TIMEOUT, works no more."""
        if not self._mailed_to:
            return str(super().make_token(user))
        # Before the token, which also covers all of the person's addresses.
        address, _made = EmailAddress.objects.get_or_create(user=user, email=self._mailed_to)
        number = int_to_base36(address.pk)
        return f"{ResetTokens(number=number).make_token(user)}-{number}"

    def check_token(self, user: User | None, token: str | None) -> bool:
        """Whether the token is this person's, and its address still theirs."""
        plain, number = _split(token or "")
        # A plain token, or the call from below, which has the number that was signed.
        if number == self._number:
            return bool(super().check_token(user, plain))
        if user is None or proven_address(user, token or "") is None:
            return False
        return ResetTokens(number=number).check_token(user, token)

    def _make_hash_value(self, user: User, timestamp: int) -> str:
        value: Any = super()._make_hash_value(user, timestamp)
        return f"{value}|{self._number}" if self._number else str(value)


def proven_address(person: User, token: str) -> EmailAddress | None:
    """The address that a checked token proves; None when it proves none, or the person lost it."""
    _plain, number = _split(token)
    try:
        key = base36_to_int(number) if number else 0
    except ValueError:
        return None
    return EmailAddress.objects.filter(pk=key, user=person).first() if key else None


def _split(token: str) -> tuple[str, str]:
    """The token without, and the number of its address ('' for none)."""
    # A token of django-allauth's own has one dash, between its time and its hash.
    if token.count("-") != 2:
        return token, ""
    plain, _dash, number = token.rpartition("-")
    return plain, number
