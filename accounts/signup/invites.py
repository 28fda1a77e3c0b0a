"""Invitations: codes that open sign-up for so many people, for so long."""

import secrets
from datetime import timedelta
from urllib.parse import parse_qs, urlencode, urlsplit

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from accounts.models import Invite, User

# No letters that look like digits: codes are read out and typed. 12 of them carry 59 bits.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
LENGTH, GROUP = 12, 4


class InviteError(Exception):
    """The invitation is used up, too old, revoked, or never was."""


def make(*, by: User | None, most_uses: int | None, days: int | None, note: str = "") -> Invite:
    """A new invitation; None for a limit is none."""
    letters = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    return Invite.objects.create(
        code=normalized(letters),
        note=note,
        created_by=by,
        most_uses=most_uses,
        expires_at=timezone.now() + timedelta(days=days) if days else None,
    )


def normalized(text: str) -> str:
    """A code as it is kept, from what somebody typed, or from the whole link pasted."""
    pasted = parse_qs(urlsplit(text.strip()).query).get("invite", [text])[-1]
    letters = "".join(each for each in pasted.upper() if each in ALPHABET)
    return "-".join(letters[start : start + GROUP] for start in range(0, len(letters), GROUP))


def usable(code: str) -> Invite | None:
    """The invitation with this code, if one more person may come in by it."""
    return _open().filter(code=normalized(code)).first() if code else None


def redeem(code: str) -> Invite:
    """Take one place of an invitation, in the current transaction.

    Raises InviteError when there is none left. Of two people at once who take the last place, the
    database lets the second wait for the first and then finds the condition false.
    """
    if not _open().filter(code=normalized(code)).update(use_count=F("use_count") + 1):
        raise InviteError
    return Invite.objects.get(code=normalized(code))


def revoke(invite: Invite) -> bool:
    """Close an invitation; False when it was closed already. Who came in by it stays."""
    open_still = Invite.objects.filter(pk=invite.pk, revoked_at=None)
    return bool(open_still.update(revoked_at=timezone.now()))


def link(invite: Invite) -> str:
    """The address that opens sign-up with the code filled in."""
    return f"{settings.SITE_URL}{reverse('account_signup')}?{urlencode({'invite': invite.code})}"


def _open() -> models.QuerySet[Invite]:
    return Invite.objects.filter(
        Q(expires_at=None) | Q(expires_at__gt=timezone.now()),
        Q(most_uses=None) | Q(use_count__lt=F("most_uses")),
        revoked_at=None,
    )
