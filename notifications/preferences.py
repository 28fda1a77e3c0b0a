"""Changing how a person wants to hear."""

from collections.abc import Collection
from datetime import time

from django.core import signing
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from notifications.kinds import ALWAYS_ON_PAGE, Kind
from notifications.models import Preferences
from notifications.recording import due_at, lock

_SALT = "notifications.unsubscribe"


@transaction.atomic
def change(
    person: User,
    *,
    on_page: Collection[str],
    by_mail: Collection[str],
    rhythm: str,
    quiet_from: time | None,
    quiet_to: time | None,
    time_zone: str,
) -> None:
    """Keep what the person chose; what waits for an email already follows the new rhythm."""
    preferences = lock(person.pk)
    if preferences is None:
        return
    preferences.rhythm, preferences.time_zone = rhythm, time_zone
    preferences.quiet_from, preferences.quiet_to = quiet_from, quiet_to
    waits = preferences.mail_due_at is not None
    Preferences.objects.filter(pk=preferences.pk).update(
        page_off=[kind for kind in Kind if kind not in on_page and kind not in ALWAYS_ON_PAGE],
        mail_on=[kind for kind in Kind if kind in by_mail],
        rhythm=rhythm,
        quiet_from=quiet_from,
        quiet_to=quiet_to,
        time_zone=time_zone,
        mail_due_at=due_at(preferences, timezone.now()) if waits else None,
    )


def of(person: User) -> Preferences:
    """The person's preferences; those everybody begins with where nothing is kept yet."""
    return Preferences.objects.filter(person=person).first() or Preferences(person=person)


def token_for(person_id: int) -> str:
    """What the link in an email carries: it ends that person's emails and does nothing else."""
    return signing.dumps(person_id, salt=_SALT)


def read_token(token: str) -> User | None:
    """Whose emails this token ends; None when it is not one of ours or they are gone."""
    try:
        person_id = signing.loads(token, salt=_SALT)
    except signing.BadSignature:
        return None
    return User.objects.filter(pk=person_id).first()


@transaction.atomic
def unsubscribe(person: User) -> None:
    """Send this person no more email; their page stays as it is."""
    if lock(person.pk):
        Preferences.objects.filter(person=person).update(mail_on=[], mail_due_at=None)
