"""A deadline on reading from PostgreSQL, which its driver has none of.

libpq waits for an answer as long as the connection stands, and a frozen server's kernel keeps it
standing: neither keepalives nor `tcp_user_timeout` see anything wrong, and the server's own
`statement_timeout` is frozen with it. psycopg2 hands the waiting to a callback where one is set
(https://www.psycopg.org/docs/advanced.html#support-for-coroutine-libraries); ours gives up. The
driver then closes the connection.
"""

import contextlib
import select
import time
from collections.abc import Iterator
from typing import Any

import psycopg2
from psycopg2 import extensions

# A live server ends a statement itself, and the connection stays good.
STATEMENT_SECONDS = 3.0
# A server that has not even done that hangs.
SILENCE_SECONDS = 3.5
# While it may still hang, no more of a visitor's time than this: a live one answers within it.
SUSPECT_SECONDS = 0.5
SUSPECT_FOR_SECONDS = 5.0
# SQLite's only wait is for the other writers.
SQLITE_SECONDS = 4.5

# Right after a silence no new connection is even tried.
REFUSED_FOR_SECONDS = 1.0
ESTABLISHED = (
    extensions.STATUS_READY,
    extensions.STATUS_BEGIN,
    extensions.STATUS_PREPARED,
)

# When a statement, and when a new connection, was last met with silence. A server that takes no
# more connections may still answer on those it has.
_silent_at = {"statement": float("-inf"), "connection": float("-inf")}


class DatabaseSilentError(psycopg2.OperationalError):
    """The database did not answer in time."""


def install(database: dict[str, Any]) -> None:
    """Give a database's settings, and all PostgreSQL connections of this process, deadlines."""
    options = database.setdefault("OPTIONS", {})
    if database["ENGINE"].endswith("sqlite3"):
        options["timeout"] = SQLITE_SECONDS
        return
    given = options.get("options", "")
    options["options"] = f"{given} -c statement_timeout={STATEMENT_SECONDS * 1000:.0f}".strip()
    extensions.set_wait_callback(wait)


@contextlib.contextmanager
def installed() -> Iterator[None]:
    """The deadline on silence alone, within the block: for commands that report."""
    before = extensions.get_wait_callback()
    extensions.set_wait_callback(wait)
    try:
        yield
    finally:
        extensions.set_wait_callback(before)


def wait(connection: Any) -> None:
    """Wait until a connection is done with what it does; raises DatabaseSilentError."""
    kind = "statement" if connection.status in ESTABLISHED else "connection"
    now = time.monotonic()
    since = now - (_silent_at[kind] if kind == "statement" else max(_silent_at.values()))
    if kind == "connection" and since < REFUSED_FOR_SECONDS:
        raise DatabaseSilentError("the database did not answer a moment ago")
    suspected = since < SUSPECT_FOR_SECONDS
    deadline = now + (SUSPECT_SECONDS if suspected else SILENCE_SECONDS)
    while (state := connection.poll()) != extensions.POLL_OK:
        # Each time anew: while connecting, the socket may be another one than before.
        waiting = select.poll()
        reading = state == extensions.POLL_READ
        waiting.register(connection.fileno(), select.POLLIN if reading else select.POLLOUT)
        left = deadline - time.monotonic()
        if left <= 0 or not waiting.poll(left * 1000):
            _silent_at[kind] = time.monotonic()
            raise DatabaseSilentError("the database did not answer in time")
    if suspected:
        _silent_at[kind] = float("-inf")
