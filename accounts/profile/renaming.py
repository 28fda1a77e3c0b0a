"""Taking another username; the old one leads to the new one for a while."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import FormerUsername, User
from notes_site.queue import events


class NameTakenError(Exception):
    """Somebody has this name, or had it until lately."""


class TooSoonError(Exception):
    """The last change is too fresh; from `at` on the name can be changed again."""

    def __init__(self, at: datetime) -> None:
        super().__init__(f"not before {at:%Y-%m-%d %H:%M}")
        self.at = at


def may_change_at(person: User) -> datetime | None:
    """When the person may take a name they never had; None when they may now."""
    newest = FormerUsername.objects.filter(user=person).order_by("-until").first()
    if newest is None:
        return None
    # Only `until` is stored, which is FORMER_USERNAME_DAYS after the change.
    waiting = timedelta(days=settings.FORMER_USERNAME_DAYS - settings.USERNAME_CHANGE_DAYS)
    at = newest.until - waiting
    return at if at > timezone.now() else None


def own_former_names(person: User) -> list[FormerUsername]:
    """The names the person gave up and may still take back, newest first."""
    names = FormerUsername.objects.filter(user=person, until__gt=timezone.now())
    return list(names.order_by("-until"))


def change_username(*, person: User, username: str) -> bool:
    """Take a username, in small letters; False when it is the person's already.

    An own former name comes back at any time. Raises TooSoonError and NameTakenError.
    """
    try:
        return _change(person.pk, username.lower())
    except IntegrityError as error:
        raise NameTakenError from error


@transaction.atomic
def _change(person_id: int, username: str) -> bool:
    person = User.objects.select_for_update().get(pk=person_id)
    if username == person.username:
        return False
    taken_back = FormerUsername.objects.filter(user=person, username=username).exists()
    if not taken_back and (at := may_change_at(person)):
        raise TooSoonError(at)
    if is_given_up(username, by_others_than=person.pk):
        raise NameTakenError
    # What is left of this name is one's own, or leads nowhere any more.
    FormerUsername.objects.filter(username=username).delete()
    until = timezone.now() + timedelta(days=settings.FORMER_USERNAME_DAYS)
    FormerUsername.objects.create(user=person, username=person.username, until=until)
    User.objects.filter(pk=person.pk).update(username=username)
    events.record("user.changed", person.pk)
    return True


def current_username(username: str) -> str:
    """The name that somebody who gave this one up goes by now; the same name for every other.

    Whoever forwards to it asks `User.objects.visible_to(viewer)` first, so that an old name of
    somebody hidden tells nothing.
    """
    return _former(username).values_list("user__username", flat=True).first() or username


def is_given_up(username: str, *, by_others_than: int | None = None) -> bool:
    """Whether the name still leads to somebody who gave it up; one's own can be left out."""
    former = _former(username)
    if by_others_than is not None:
        former = former.exclude(user=by_others_than)
    return former.exists()


def _former(username: str) -> "QuerySet[FormerUsername]":
    """The row by which a name that somebody gave up still leads to them, if there is one."""
    return FormerUsername.objects.filter(username=username.lower(), until__gt=timezone.now())
