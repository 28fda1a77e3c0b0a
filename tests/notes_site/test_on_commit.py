"""The one door to the queue: after commit, and never at the price of the request."""

import logging
from typing import Any

import pytest
from celery import Celery, Task, shared_task
from django.db import transaction

from accounts.models import User
from notes_site.queue.on_commit import queue_on_commit

Sent = list[tuple[str, tuple[Any, ...]]]
NOTHING = f"{__name__}.nothing"


@shared_task
def nothing(number: int) -> None:
    """A task that no worker of ours knows."""


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Sent:
    """What goes to the broker, seen at the network's edge."""
    messages: Sent = []

    def publish(task: Any, ids: tuple[Any, ...], **_options: Any) -> None:
        messages.append((task.name, ids))

    monkeypatch.setattr(Task, "apply_async", publish)
    return messages


@pytest.mark.django_db(transaction=True)
def test_a_task_is_queued_after_commit_and_not_before(sent: Sent) -> None:
    with transaction.atomic():
        queue_on_commit(NOTHING, 7)
        with transaction.atomic():
            queue_on_commit(NOTHING, 8)
        assert sent == []
    assert sent == [(NOTHING, (7,)), (NOTHING, (8,))]


@pytest.mark.django_db(transaction=True)
def test_a_rollback_queues_nothing(sent: Sent) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        queue_on_commit(NOTHING, 7)
        raise RuntimeError("changed my mind")
    assert sent == []


@pytest.mark.django_db(transaction=True)
def test_without_a_transaction_it_is_queued_at_once(sent: Sent) -> None:
    queue_on_commit(NOTHING, 9)
    assert sent == [(NOTHING, (9,))]


def test_a_task_that_is_none_is_named() -> None:
    with pytest.raises(ImportError, match="rendre"):
        queue_on_commit("posts.tasks.rendre", 7)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("broker", ["redis://127.0.0.1:1/0", "filesystem://localhost"])
def test_a_broker_that_is_away_is_logged_and_nothing_more(
    broker: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = Celery("away", broker=broker, set_as_current=False)
    lost = {"data_folder_in": "/proc/no", "data_folder_out": "/proc/no", "max_retries": 0}
    away.conf.update(broker_transport_options=lost)
    monkeypatch.setitem(globals(), "nothing", away.task(name="tests.away")(nothing.run))
    caplog.set_level(logging.WARNING)
    with transaction.atomic():
        person = User.objects.create_user("somebody")
        queue_on_commit(NOTHING, 7)
    assert User.objects.filter(pk=person.pk).exists()
    said = [record for record in caplog.records if record.name == "notes_site.queue.on_commit"]
    assert [record.message for record in said] == ["queue is away, left to the sweep"]
