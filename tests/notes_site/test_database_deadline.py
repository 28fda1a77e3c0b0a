"""A deadline on reading from PostgreSQL: real sockets that say nothing, and a real server."""

import os
import socket
import time
from collections.abc import Iterator
from typing import Any

import psycopg2
import pytest

from notes_site.timeouts import database_deadline

KINDS = ("statement", "connection")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Short deadlines, nothing suspected, and the driver as it was afterwards."""
    monkeypatch.setattr(database_deadline, "SILENCE_SECONDS", 1.0)
    monkeypatch.setattr(database_deadline, "SUSPECT_SECONDS", 0.3)
    monkeypatch.setattr(database_deadline, "_silent_at", dict.fromkeys(KINDS, float("-inf")))
    with database_deadline.installed():
        yield


def connect_to_silence() -> float:
    """Seconds until a connection to a server that says nothing is given up."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        started = time.monotonic()
        with pytest.raises(database_deadline.DatabaseSilentError):
            psycopg2.connect(f"postgresql://a:b@127.0.0.1:{server.getsockname()[1]}/c")
        return time.monotonic() - started


def test_a_connection_is_given_up_and_then_not_tried_for_a_moment() -> None:
    assert connect_to_silence() >= 1.0
    assert connect_to_silence() < 0.25, "refused at once"


def test_then_it_is_tried_for_a_shorter_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database_deadline, "REFUSED_FOR_SECONDS", 0.0)
    connect_to_silence()
    assert 0.25 <= connect_to_silence() < 0.9


def connected() -> Any:
    connection = psycopg2.connect(os.environ["DATABASE_URL"])
    connection.autocommit = True
    return connection


@pytest.mark.stack
def test_a_silent_statement_costs_its_connection_and_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one, other = connected(), connected()
    with pytest.raises(database_deadline.DatabaseSilentError):
        one.cursor().execute("SELECT pg_sleep(5)")
    assert one.closed
    cursor = other.cursor()
    cursor.execute("SELECT 1")
    assert cursor.fetchone() == (1,)
    connected().close()
    other.close()


@pytest.mark.stack
def test_a_server_that_answers_again_is_trusted_again() -> None:
    one, other = connected(), connected()
    with pytest.raises(database_deadline.DatabaseSilentError):
        one.cursor().execute("SELECT pg_sleep(5)")
    with pytest.raises(database_deadline.DatabaseSilentError):
        other.cursor().execute("SELECT pg_sleep(0.6)")
    time.sleep(database_deadline.REFUSED_FOR_SECONDS)
    new = connected()
    new.cursor().execute("SELECT 1")
    new.cursor().execute("SELECT pg_sleep(0.6)")
    new.close()


def test_settings_of_both_databases() -> None:
    postgres: dict[str, Any] = {
        "ENGINE": "django.db.backends.postgresql",
        "OPTIONS": {"options": "-c search_path=notes"},
    }
    database_deadline.install(postgres)
    assert postgres["OPTIONS"]["options"] == "-c search_path=notes -c statement_timeout=3000"
    lite: dict[str, Any] = {"ENGINE": "django.db.backends.sqlite3", "OPTIONS": {"timeout": 20}}
    database_deadline.install(lite)
    assert lite["OPTIONS"]["timeout"] == database_deadline.SQLITE_SECONDS
