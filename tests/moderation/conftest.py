"""A site with its owner, a moderator and two members."""

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import User
from moderation.roles import make_moderator
from notes_site.models import Event
from notes_site.queue import events
from posts.models import Photo
from posts.pipeline import erase, placement

Settle = Callable[[], None]


@pytest.fixture
def site_owner(db: None) -> User:
    """Owns the site, not the posts."""
    return User.objects.create_superuser("olga", "olga@example.org", "pass-olga-1")


@pytest.fixture
def moderator(db: None) -> User:
    """A moderator as owners appoint them, without any right beyond."""
    person = User.objects.create_user("mara", "mara@example.org", "pass-mara-1")
    make_moderator(user=person, actor=None)
    return User.objects.get(pk=person.pk)


@pytest.fixture
def desk(moderator: User) -> Client:
    """The moderator's browser."""
    browser = Client()
    browser.force_login(moderator)
    return browser


@pytest.fixture
def settle(db: None) -> Settle:
    """Does what a worker does: handles events, moves media, erases what is due."""

    def work() -> None:
        for event_id in Event.objects.filter(handled_at=None).values_list("pk", flat=True):
            events.handle(event_id)
        for photo_id in Photo.objects.filter(placed=False).values_list("pk", flat=True):
            placement.place_photo(photo_id)
        erase.erase_due()

    return work
