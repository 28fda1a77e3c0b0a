"""Posts to be notified of, and the worker's part done at once."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.utils import timezone

from accounts.models import User
from notes_site.models import Event
from notes_site.queue import events
from notifications.models import Notification, NotificationEvent
from posts.models import Post
from tests.making import COVER

MakePeople = Callable[[int], list[User]]


def post_of(author: User, **fields: Any) -> Post:
    """A published post with a cover."""
    plain = {"state": "published", "cover": COVER, "published_at": timezone.now()}
    return Post.objects.create(author=author, **plain | fields)


def happen() -> None:
    """Handle what was recorded, as the worker does."""
    waiting = Event.objects.filter(handled_at=None).order_by("created_at", "pk")
    for event_id in waiting.values_list("pk", flat=True):
        events.handle(event_id)


def happen_again(*, backwards: bool = False) -> None:
    """Handle everything that was ever recorded once more."""
    Event.objects.update(handled_at=None)
    order = "-pk" if backwards else "pk"
    for event_id in list(Event.objects.order_by(order).values_list("pk", flat=True)):
        events.handle(event_id)


def told(person: User) -> list[tuple[str, int]]:
    """The kinds of a person's lines, and how many people are in each, newest first."""
    rows = Notification.objects.filter(recipient=person).order_by("-newest_at", "-pk")
    return list(rows.values_list("kind", "actor_count"))


def everything() -> list[Any]:
    """All rows there are, to be compared."""
    lines = Notification.objects.order_by("pk").values_list(
        "recipient", "kind", "subject_id", "detail", "actor_count", "newest_at"
    )
    rows = NotificationEvent.objects.order_by("pk").values_list(
        "notification", "actor", "comment", "at"
    )
    return [*lines, *rows]


def confirm_address(person: User) -> None:
    """Let the person's address be one that mail goes to."""
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)


@pytest.fixture
def people(db: None) -> MakePeople:
    """Makes people who are nobody to the owner."""

    def make(count: int) -> list[User]:
        start = User.objects.count()
        return [
            User.objects.create_user(f"person{number}", email=f"person{number}@example.org")
            for number in range(start, start + count)
        ]

    return make


@pytest.fixture
def post(owner: User) -> Post:
    """A public post of the owner."""
    return post_of(owner)


def age(person: User, days: int) -> None:
    """Move a person's lines into the past."""
    Notification.objects.filter(recipient=person).update(
        newest_at=timezone.now() - timedelta(days=days)
    )
