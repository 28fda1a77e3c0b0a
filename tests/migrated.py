"""A migrated, empty database, made once for each state of the migrations and then copied.

Migrating takes seconds; copying a SQLite file or a PostgreSQL `TEMPLATE` takes a fraction of one.
"""

import contextlib
import fcntl
import hashlib
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import cache
from importlib.metadata import version
from pathlib import Path
from urllib.parse import urlsplit

import psycopg2

ROOT = Path(__file__).resolve().parents[1]
# Whose apps have migrations too.
LIBRARIES = ("Django", "django-allauth")
# Survives the run, so that the next one of the same migrations starts at once.
FOLDER = ROOT / ".pytest_cache" / "migrated"


def copy_to_file(path: Path) -> None:
    """Put a migrated SQLite database at `path`."""
    template = FOLDER / f"{_state_of_migrations()}.sqlite3"
    with _alone():
        if not template.exists():
            shutil.rmtree(FOLDER / "unfinished", ignore_errors=True)
            unfinished = FOLDER / "unfinished" / "notes.sqlite3"
            unfinished.parent.mkdir()
            _migrate(f"sqlite:///{unfinished}")
            for earlier in FOLDER.glob("*.sqlite3"):
                earlier.unlink()
            unfinished.replace(template)
        shutil.copyfile(template, path)


@contextlib.contextmanager
def database(path: Path) -> Iterator[str]:
    """The name of a migrated database for tests: a file at `path`, or on the server of the stack.

    Dropped at the end.
    """
    url = os.environ.get("DATABASE_URL")
    if not url:
        copy_to_file(path)
        yield str(path)
        return
    name = f"test_{secrets.token_hex(6)}"
    create_in(url, name)
    try:
        yield name
    finally:
        drop_from(url, name)


def create_in(url: str, name: str, *, empty: bool = False) -> str:
    """Create the database `name` on the PostgreSQL server of `url`; return its own URL."""
    if empty:
        execute(url, f'CREATE DATABASE "{name}"')
        return _named(url, name)
    template = f"migrated_{_state_of_migrations()}"
    with _alone():
        if not _rows(url, "SELECT 1 FROM pg_database WHERE datname = %s", template):
            execute(url, f'DROP DATABASE IF EXISTS "{template}_unfinished"')
            execute(url, f'CREATE DATABASE "{template}_unfinished"')
            _migrate(_named(url, f"{template}_unfinished"))
            execute(url, f'ALTER DATABASE "{template}_unfinished" RENAME TO "{template}"')
        execute(url, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    return _named(url, name)


def drop_from(url: str, name: str) -> None:
    """Drop the database `name`, whoever is still connected to it."""
    execute(url, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def execute(url: str, statement: str) -> None:
    """Run a statement that must be outside of transactions, as CREATE DATABASE must."""
    with contextlib.closing(psycopg2.connect(url)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)


@cache
def _state_of_migrations() -> str:
    # Without Django's list of apps: benchmarks and scripts ask too, and have no settings.
    found = hashlib.sha256(repr([version(name) for name in LIBRARIES]).encode())
    for path in sorted(ROOT.glob("*/migrations/*.py")):
        found.update(path.read_bytes())
    return found.hexdigest()[:16]


def _migrate(url: str) -> None:
    with tempfile.TemporaryDirectory(prefix="notes-migrating-") as data:
        env = {**os.environ, "DATABASE_URL": url, "DATA_DIR": data}
        command = [sys.executable, "manage.py", "migrate", "--verbosity=0"]
        subprocess.run(command, cwd=ROOT, env=env, check=True)


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """One process at a time: the others find what the first has made."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (FOLDER / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _named(url: str, name: str) -> str:
    return urlsplit(url)._replace(path=f"/{name}").geturl()


def _rows(url: str, query: str, *values: object) -> list[tuple[object, ...]]:
    with contextlib.closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute(query, values)
        return list(cursor.fetchall())
