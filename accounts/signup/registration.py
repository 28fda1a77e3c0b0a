"""Registration: new accounts, opened at once, by an invitation, or by a moderator's approval."""

from dataclasses import dataclass
from datetime import timedelta

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db import models, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from accounts.models import BlockedDomain, SignUp, User
from accounts.signup import invites
from notes_site.queue import events
from notes_site.web_address import ascii_host

UNFINISHED_KEPT = timedelta(days=1)


@dataclass(frozen=True)
class Admission:
    """What a person brings along: an invitation's code, or a reason to be let in."""

    invite_code: str = ""
    reason: str = ""
    waits: bool = False


@transaction.atomic
def create_account(person: User, admission: Admission) -> None:
    """Write a new person, inactive while they wait for a moderator.

    Raises invites.InviteError, and writes nothing, when the invitation's last place went to
    somebody else meanwhile.
    """
    person.is_active = not admission.waits
    invite = invites.redeem(admission.invite_code) if admission.invite_code else None
    person.save()
    if invite or admission.waits:
        SignUp.objects.create(
            user=person,
            invite=invite,
            reason=admission.reason,
            decided_at=None if admission.waits else timezone.now(),
        )
    if admission.waits:
        events.record("sign_up.requested", person.pk)


@transaction.atomic
def approve(*, person: User, by: User | None) -> bool:
    """Open the account of somebody who waits; False when they wait no more."""
    if not _take_from_queue(person, by):
        return False
    User.objects.filter(pk=person.pk).update(is_active=True)
    events.record("sign_up.approved", person.pk)
    return True


@transaction.atomic
def decline(*, person: User, by: User | None) -> bool:
    """Erase the account of somebody who waits; False when they wait no more.

    Their address stays in the event until the letter that tells them is sent.
    """
    if not _take_from_queue(person, by):
        return False
    events.record("sign_up.refused", person.pk, email=person.email, username=person.username)
    person.delete()
    return True


def forget_unfinished() -> int:
    """Erase accounts that were to get a passkey and have none after a day; returns how many.

    Nobody ever signed in to them, and nobody can: else their name would be taken for ever. Those
    whom somebody follows already, or put on a list, stay for the owner to look at.
    """
    theirs = Authenticator.objects.filter(user=OuterRef("pk"))
    addresses = EmailAddress.objects.filter(user=OuterRef("pk"))
    unfinished = User.objects.filter(
        Exists(addresses),
        ~Exists(addresses.filter(verified=True)),
        ~Exists(theirs),
        password__startswith=UNUSABLE_PASSWORD_PREFIX,
        last_login=None,
        date_joined__lt=timezone.now() - UNFINISHED_KEPT,
        is_active=True,
        is_staff=False,
        follower_count=0,
        list_memberships=None,
    )
    return sum(_erase(unfinished, pk) for pk in list(unfinished.values_list("pk", flat=True)))


@transaction.atomic
def _erase(people: "models.QuerySet[User]", person_id: int) -> int:
    # Locked, and asked again: whoever follows somebody locks them too.
    User.objects.select_for_update().filter(pk=person_id).first()
    person = people.filter(pk=person_id).first()
    if person is not None:
        person.delete()
    return int(person is not None)


def is_waiting(person: User) -> bool:
    """Whether a moderator has yet to decide about this account."""
    return not person.is_active and SignUp.objects.filter(user=person, decided_at=None).exists()


def domain_of(email: str) -> str:
    """The part after the @ as it is compared: in small letters, and in the letters of DNS."""
    domain = email.rpartition("@")[2].strip().strip(".").lower()
    try:
        return ascii_host(domain)
    except ValueError:
        # Longer or emptier than any real one; it is compared as it stands.
        return domain


def is_blocked(email: str) -> bool:
    """Whether nobody may sign up from this address: its domain is blocked, or one above it."""
    labels = domain_of(email).split(".")
    above = [".".join(labels[start:]) for start in range(len(labels))]
    return BlockedDomain.objects.filter(domain__in=above).exists()


def _take_from_queue(person: User, by: User | None) -> bool:
    # Two moderators at once: the second waits here and then finds it decided, or nobody.
    User.objects.select_for_update().filter(pk=person.pk).first()
    waiting = SignUp.objects.filter(user=person.pk, decided_at=None)
    return bool(waiting.update(decided_at=timezone.now(), decided_by=by))
