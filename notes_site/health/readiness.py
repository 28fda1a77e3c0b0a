"""Do the parts answer? Asked by one thread at a time, within a deadline, and kept for seconds.

Whoever asks `/readyz`, and however often, holds one thread for at most DEADLINE_SECONDS: the parts
are asked in threads of their own, and one that hangs is asked again only once it has let go.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

from celery import current_app
from django.db import connection, connections

from notes_site.health import schema
from notes_site.http.outages import temporary_disk_is_full
from notes_site.storage import media

logger = logging.getLogger(__name__)

DEADLINE_SECONDS = 1.5
KEPT_SECONDS = 3.0
# While one thread asks, the others answer with what it found the last time, if that is not older.
STALE_SECONDS = 15.0
MIGRATE = "Run manage.py migrate with the version of the code that is running."


class NotPreparedError(Exception):
    """The part answers and can't be used yet; the message says what to do."""


class DiskFullError(Exception):
    """The disk for files on their way has no room."""


def check_database() -> None:
    """Raises an exception when the database does not answer."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def check_schema() -> None:
    """Raises NotPreparedError when migrations wait or a table is missing."""
    if waiting := schema.waiting_migrations():
        raise NotPreparedError(
            f"{len(waiting)} migrations are waiting, first {waiting[0]}. {MIGRATE}"
        )
    if missing := schema.missing_tables():
        raise NotPreparedError(f"The table {missing[0]} is missing. {MIGRATE}")


def check_broker() -> None:
    """Raises an exception when the broker does not answer."""
    with current_app.connection_for_write() as broker:
        broker.ensure_connection(max_retries=0, timeout=2)


def check_storage() -> None:
    """Raises an exception when the storage does not answer."""
    media().exists("private/readyz")


def check_disk() -> None:
    """Raises DiskFullError when no file could be received."""
    if temporary_disk_is_full():
        raise DiskFullError


def _database_and_schema() -> None:
    check_database()
    check_schema()


PARTS: dict[str, Callable[[], None]] = {
    "database": _database_and_schema,
    "broker": check_broker,
    "storage": check_storage,
    "disk": check_disk,
}


@dataclass(frozen=True)
class Report:
    """Each part's state (`ok`, `behind`, `full`, `away`, `unknown`), and cures where behind."""

    parts: Mapping[str, str]
    cures: tuple[str, ...] = ()

    @property
    def ready(self) -> bool:
        """Whether every part is ok."""
        return all(state == "ok" for state in self.parts.values())


class Readiness:
    """Keeps the last report and asks for a new one when it is old."""

    def __init__(self, parts: Mapping[str, Callable[[], None]]) -> None:
        self._parts = parts
        self._lock = threading.Lock()
        # One thread for each part, so that a part that hangs doesn't keep the others waiting.
        self._pool = ThreadPoolExecutor(len(parts), thread_name_prefix="readiness")
        self._asked: dict[str, Future[None]] = {}
        self.forget()

    def forget(self) -> None:
        """Ask anew the next time."""
        self._report = Report(dict.fromkeys(self._parts, "unknown"))
        self._at = float("-inf")

    def report(self) -> Report:
        """How the parts are, not older than KEPT_SECONDS unless another thread is asking them."""
        age = time.monotonic() - self._at
        if age < KEPT_SECONDS:
            return self._report
        if not self._lock.acquire(blocking=False):
            old = age > STALE_SECONDS
            return Report(dict.fromkeys(self._parts, "unknown")) if old else self._report
        try:
            self._keep(self._ask())
        finally:
            self._lock.release()
        return self._report

    def _keep(self, found: dict[str, Exception | None]) -> None:
        parts = {name: _state(error) for name, error in found.items()}
        for name, error in found.items():
            # Only when it changes: monitors ask every few seconds.
            if error is not None and parts[name] != self._report.parts[name]:
                logger.error("not ready", exc_info=error, extra={"part": name})
        cures = tuple(str(error) for error in found.values() if isinstance(error, NotPreparedError))
        self._report, self._at = Report(parts, cures), time.monotonic()

    def _ask(self) -> dict[str, Exception | None]:
        self._asked = {name: each for name, each in self._asked.items() if not each.done()}
        for name, check in self._parts.items():
            if name not in self._asked:
                self._asked[name] = self._pool.submit(_with_own_connection, check)
        done, _hanging = wait(self._asked.values(), DEADLINE_SECONDS)
        return {name: _outcome(future, done) for name, future in self._asked.items()}


def _with_own_connection(check: Callable[[], None]) -> None:
    try:
        check()
    finally:
        # No request ends in these threads, so Django never closes what the check opened.
        connections.close_all()


def _outcome(future: "Future[None]", done: "set[Future[None]]") -> Exception | None:
    if future not in done:
        return TimeoutError(f"no answer within {DEADLINE_SECONDS} s")
    error = future.exception()
    return error if error is None or isinstance(error, Exception) else RuntimeError(repr(error))


def _state(error: Exception | None) -> str:
    if error is None:
        return "ok"
    if isinstance(error, DiskFullError):
        return "full"
    return "behind" if isinstance(error, NotPreparedError) else "away"


readiness = Readiness(PARTS)
