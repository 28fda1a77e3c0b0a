"""An idle site's log is quiet; failures and real work keep their lines."""

import logging
from typing import Any

import pytest
from django.conf import settings

from notes_site.logs import is_worth_a_line

SWEEP = "posts.tasks.sweep"


def line(logger: str, level: int = logging.INFO, *arguments: Any, **data: Any) -> logging.LogRecord:
    """A record as Celery makes it."""
    record = logging.LogRecord(logger, level, __file__, 1, "words %s", arguments, None)
    if data:
        record.data = data
    return record


def received(name: str) -> logging.LogRecord:
    return line("celery.worker.strategy", name=name, id="a", args="()")


def succeeded(name: str, value: str) -> logging.LogRecord:
    return line("celery.app.trace", name=name, return_value=value, runtime=0.1)


def routine() -> list[str]:
    schedule: dict[str, dict[str, Any]] = settings.CELERY_BEAT_SCHEDULE
    entries = schedule.values()
    return [entry["task"] for entry in entries if entry["schedule"].total_seconds() <= 60]


def test_routine_that_found_nothing_has_no_line() -> None:
    assert len(routine()) >= 5
    for name in [*routine(), "notes_site.tasks.pulse"]:
        assert not is_worth_a_line(received(name))
        assert not is_worth_a_line(succeeded(name, "None"))
        assert not is_worth_a_line(succeeded(name, "0"))
        assert not is_worth_a_line(line("celery.beat", logging.INFO, "an entry", name))


@pytest.mark.parametrize(
    "record",
    [
        succeeded("notes_site.tasks.sweep_events", "3"),
        received("posts.tasks.render"),
        succeeded("posts.tasks.render", "None"),
        received("notifications.tasks.send_mail"),
        line("celery.beat", logging.INFO, "rescore", "feed.tasks.rescore"),
        line("celery.beat", logging.INFO),
        line("celery.beat", logging.ERROR, "heartbeat", "notes_site.tasks.beat"),
        line("celery.app.trace", logging.ERROR, name=SWEEP, exc="OperationalError"),
        line("celery.worker.strategy", logging.WARNING, name=SWEEP),
        line("posts.sweep", logging.INFO, name=SWEEP),
        line("notes.requests", logging.INFO),
    ],
)
def test_work_and_failures_keep_their_lines(record: logging.LogRecord) -> None:
    assert is_worth_a_line(record)


def test_every_log_line_passes_the_filter() -> None:
    assert "routine" in settings.LOGGING["handlers"]["console"]["filters"]
    assert list(settings.LOGGING["handlers"]) == ["console"]
