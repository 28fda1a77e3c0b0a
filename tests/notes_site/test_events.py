"""The outbox: recorded with what happened, handled once, again by the sweep, safe twice."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from notes_site.models import Event
from notes_site.queue import events
from tests.conftest import Commit

pytestmark = pytest.mark.django_db


class Handlers:
    """Two handlers, the second of which fails as often as it is told to."""

    def __init__(self) -> None:
        self.first: list[int] = []
        self.second: list[int] = []
        self.failures = 0

    def one(self, event: Event) -> None:
        self.first.append(event.subject_id)

    def two(self, event: Event) -> None:
        if self.failures:
            self.failures -= 1
            raise RuntimeError("not now")
        self.second.append(event.subject_id)


@pytest.fixture
def handlers() -> Iterator[Handlers]:
    """Registered for the kind `test.happened`."""
    ours = Handlers()
    events.handles("test.happened")(ours.one)
    events.handles("test.happened")(ours.two)
    yield ours
    del events._handlers["test.happened"]


def make_old(event: Event, age: timedelta) -> None:
    Event.objects.filter(pk=event.pk).update(created_at=timezone.now() - age)


def test_an_event_is_a_row_of_the_same_transaction(handlers: Handlers) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        events.record("test.happened", 5)
        raise RuntimeError("undone")
    assert not Event.objects.exists()


def test_its_handling_is_queued_on_commit(handlers: Handlers, commit: Commit) -> None:
    with commit() as callbacks:
        events.record("test.happened", 5, follower="7")
    assert len(callbacks) == 1
    event = Event.objects.get()
    assert (event.kind, event.subject_id, event.payload) == ("test.happened", 5, {"follower": "7"})
    assert event.handled_at is None


def test_every_handler_runs_and_only_once(handlers: Handlers) -> None:
    events.record("test.happened", 5)
    event = Event.objects.get()
    events.handle(event.pk)
    events.handle(event.pk)
    assert handlers.first == handlers.second == [5]
    event.refresh_from_db()
    assert event.handled_at
    assert event.attempts == 1


def test_a_failed_handler_is_tried_again_by_the_sweep(handlers: Handlers, commit: Commit) -> None:
    handlers.failures = 1
    events.record("test.happened", 5)
    event = Event.objects.get()
    with pytest.raises(RuntimeError):
        events.handle(event.pk)
    event.refresh_from_db()
    assert event.handled_at is None
    assert "not now" in event.error
    assert events.sweep() == 0, "too young: its message may still be on its way"
    make_old(event, timedelta(seconds=21))
    with commit() as callbacks:
        assert events.sweep() == 1
    assert len(callbacks) == 1
    events.handle(event.pk)
    event.refresh_from_db()
    assert event.handled_at
    assert event.error == ""
    assert handlers.second == [5]
    assert events.sweep() == 0


def test_an_event_that_always_fails_is_given_up(handlers: Handlers) -> None:
    handlers.failures = 100
    events.record("test.happened", 5)
    event = Event.objects.get()
    for _ in range(events.MAX_ATTEMPTS):
        with pytest.raises(RuntimeError):
            events.handle(event.pk)
    make_old(event, timedelta(hours=1))
    assert events.sweep() == 0
    assert Event.objects.filter(pk=event.pk).exists(), "kept, for somebody to look at"


def test_handled_events_are_forgotten_after_a_week(handlers: Handlers) -> None:
    now = timezone.now()
    for days in (6, 8):
        Event.objects.create(
            kind="test.happened", subject_id=days, handled_at=now - timedelta(days=days)
        )
    waiting = Event.objects.create(kind="test.happened", subject_id=9)
    make_old(waiting, timedelta(days=30))
    events.sweep()
    assert set(Event.objects.values_list("subject_id", flat=True)) == {6, 9}


def test_an_event_that_is_gone_is_nothing_to_do() -> None:
    events.handle(1)
