"""`/readyz` under a crowd: one thread asks, within a deadline, and what it found is kept."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client

from notes_site.health import readiness as module
from notes_site.health.readiness import NotPreparedError, Readiness, check_schema

DEADLINE_SECONDS = 1.5


@pytest.fixture
def until(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Set at the end, so that nothing hangs on; with the deadline that a site has."""
    monkeypatch.setattr(module, "DEADLINE_SECONDS", DEADLINE_SECONDS)
    event = threading.Event()
    yield event
    event.set()


def counted(check: Callable[[], Any]) -> tuple[Callable[[], None], list[float]]:
    """A check that notes when it was asked."""
    asked: list[float] = []

    def part() -> None:
        asked.append(time.monotonic())
        check()

    return part, asked


def test_a_part_that_hangs_is_away_within_the_deadline(until: threading.Event) -> None:
    hanging, asked = counted(lambda: until.wait(30))
    parts = Readiness({"quick": lambda: None, "slow": hanging})
    started = time.monotonic()
    report = parts.report()
    assert time.monotonic() - started < module.DEADLINE_SECONDS + 1
    assert (report.ready, dict(report.parts)) == (False, {"quick": "ok", "slow": "away"})
    parts._at = float("-inf")
    assert parts.report().parts["slow"] == "away"
    assert len(asked) == 1, "what still hangs is not asked once more"


def test_a_crowd_holds_one_thread(until: threading.Event) -> None:
    hanging, asked = counted(lambda: until.wait(30))
    parts = Readiness({"slow": hanging})

    def timed(_number: int) -> tuple[float, str]:
        started = time.monotonic()
        state = parts.report().parts["slow"]
        return time.monotonic() - started, state

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(timed, range(20)))
    assert len(asked) == 1
    assert sum(seconds > 1.0 for seconds, _state in answers) <= 1
    assert {state for _seconds, state in answers} <= {"unknown", "away"}


def test_what_was_found_is_kept_for_seconds() -> None:
    part, asked = counted(lambda: None)
    parts = Readiness({"part": part})
    assert [parts.report().ready for _number in range(5)] == [True] * 5
    assert len(asked) == 1


def test_a_part_that_comes_back_is_seen(until: threading.Event) -> None:
    hanging, _asked = counted(lambda: until.wait(30))
    parts = Readiness({"slow": hanging})
    assert parts.report().parts["slow"] == "away"
    until.set()
    time.sleep(0.1)
    parts._at = float("-inf")
    assert parts.report().ready


def test_why_is_logged_once_and_not_at_every_question(caplog: pytest.LogCaptureFixture) -> None:
    def broken() -> None:
        raise OSError("connection refused by 10.0.0.7")

    parts = Readiness({"part": broken})
    for _number in range(3):
        parts._at = float("-inf")
        assert not parts.report().ready
    assert [record.message for record in caplog.records] == ["not ready"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "table", ["cache", "feed_scale", "feed_text_posts", "accounts_user_groups"]
)
def test_a_missing_table_is_told_with_the_cure(client: Client, table: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} RENAME TO elsewhere")
    try:
        answer = client.get("/readyz")
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE elsewhere RENAME TO {table}")
    assert answer.status_code == 503
    assert answer.json()["parts"]["database"] == "behind"
    assert f"The table {table} is missing. Run manage.py migrate" in answer.json()["cures"][0]
    check_schema()


@pytest.mark.django_db(transaction=True)
def test_waiting_migrations_are_told_with_the_cure(client: Client) -> None:
    row = MigrationRecorder.Migration.objects.get(app="feed", name="0002_scale_finished")
    row.delete()
    try:
        answer = client.get("/readyz")
    finally:
        row.save(force_insert=True)
    assert answer.status_code == 503
    cure = answer.json()["cures"][0]
    assert "1 migrations are waiting, first feed.0002_scale_finished. Run manage.py migrate" in cure


@pytest.mark.django_db
def test_an_old_database_of_a_new_version(client: Client) -> None:
    with pytest.raises(NotPreparedError, match="migrations are waiting"):
        MigrationRecorder.Migration.objects.filter(app="leaving").delete()
        check_schema()


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/readyz", "/readyz?x=1"])
def test_it_is_nothing_for_those_who_come_through_a_proxy(client: Client, path: str) -> None:
    away = client.get("/nothing-here", headers={"X-Forwarded-For": "203.0.113.7"})
    answer = client.get(path, headers={"X-Forwarded-For": "203.0.113.7"})
    assert (answer.status_code, answer.content) == (404, away.content)
    assert client.get(path).status_code == 200
