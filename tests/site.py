"""The real site as processes, for tests that drive it from outside, and a browserless visitor.

`Site` runs `manage.py serve` over a data folder of its own: on SQLite and files, or, when the
environment names the servers of the full stack, on a fresh database and broker database there.
"""

import contextlib
import itertools
import json
import os
import re
import secrets
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

import boto3
import psutil
import psycopg2
import redis
from botocore.config import Config

from tests import migrated, shares
from tests.visitor import PASSWORD, Visitor

ROOT = Path(__file__).resolve().parents[1]
START_SECONDS = 90
STOP_SECONDS = 25
STACK_NAMES = ("DATABASE_URL", "REDIS_URL", "STORAGE_URL", "STORAGE_PUBLIC_URL")
SETTING_NAMES = (*STACK_NAMES, "SITE_URL", "ALLOWED_HOSTS", "SECRET_KEY", "DEBUG", "EMAIL_URL")
_broker_numbers = itertools.cycle(shares.brokers_of_sites())


class Site:
    """One running site. Use it as a context manager: at the end no process and no file is left."""

    def __init__(
        self, stack: Mapping[str, str] | None = None, *, empty: bool = False, **settings: str
    ) -> None:
        """Choose port, folder and databases; `stack` are the full stack's settings, {} for none.

        The database is migrated already, unless it should be `empty`.
        """
        given = os.environ if stack is None else stack
        self.stack = {name: given[name] for name in STACK_NAMES if given.get(name)}
        self.is_full = bool(self.stack)
        self.data = Path(tempfile.mkdtemp(prefix="notes-site-"))
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None
        self._foreign: set[str] = set()
        self._people = itertools.count(1)
        if self.is_full:
            self._take_databases(empty=empty)
        elif not empty:
            migrated.copy_to_file(self.data / "notes.sqlite3")

    def __enter__(self) -> Self:
        try:
            if self.is_full:
                # The bucket is shared: what lies there already is none of this site's.
                self._foreign = self._bucket_keys()
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    @property
    def env(self) -> dict[str, str]:
        """The environment of every process of the site."""
        kept = {name: value for name, value in os.environ.items() if name not in SETTING_NAMES}
        return {
            **kept,
            **self.stack,
            "DATA_DIR": str(self.data),
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            "SITE_URL": self.url,
            "DEMO": "0",
            "RATE_LIMITS": "off",
            **self._settings,
        }

    def start(self) -> None:
        """Start web, worker and schedule; returns once the site is ready."""
        with (self.data / "serve.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "manage.py", "serve"],
                cwd=ROOT,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        wait_for(self._is_up, START_SECONDS, f"the site to start\n{self.log('serve.log')}")

    def stop(self) -> None:
        """Stop as Ctrl-C does; raises AssertionError when a process of the site outlives it."""
        process, self._process = self._process, None
        if process is None:
            return
        family = _descendants(process.pid)
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        _gone, alive = psutil.wait_procs(family, timeout=5)
        names = [" ".join(one.cmdline()) for one in alive if one.is_running()]
        for one in alive:
            with contextlib.suppress(psutil.NoSuchProcess):
                one.kill()
        assert not names, f"left running after the stop: {names}"

    def close(self) -> None:
        """Stop, and remove the data folder and the databases."""
        try:
            self.stop()
        finally:
            shutil.rmtree(self.data, ignore_errors=True)
            if self.is_full:
                self._drop_databases()

    def visitor(self) -> Visitor:
        """Somebody signed out, with an empty cookie jar."""
        return Visitor(self.url)

    def member(self) -> Visitor:
        """Somebody new, signed up and signed in."""
        visitor = self.visitor()
        visitor.sign_up(f"person{next(self._people)}_{secrets.token_hex(3)}")
        return visitor

    def moderator(self) -> Visitor:
        """Somebody who may do everything in the admin, signed in."""
        visitor = self.visitor()
        name = f"moderator_{next(self._people)}"
        self.python(
            "from accounts.models import User\n"
            f"User.objects.create_superuser({name!r}, 'm@example.org', {PASSWORD!r})"
        )
        visitor.sign_in(name)
        return visitor

    def processes(self, kind: str) -> list[psutil.Process]:
        """The running `web`, `worker`, `schedule` or decoding `child` processes."""
        marks = {
            "web": ("gunicorn",),
            "worker": ("celery", "worker"),
            "schedule": ("celery", "beat"),
            "child": ("posts.imaging.child",),
        }[kind]
        assert self._process is not None
        found = []
        for process in _descendants(self._process.pid):
            with contextlib.suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
                if all(mark in process.cmdline() for mark in marks):
                    found.append(process)
        return found

    @contextlib.contextmanager
    def workers_asleep(self) -> Iterator[None]:
        """Nothing in the background goes on; afterwards it does."""
        workers = self.processes("worker")
        assert workers
        wait_for(lambda: self._fall_asleep(workers), 60, "the workers to hold no lock")
        try:
            yield
        finally:
            for worker in workers:
                worker.resume()

    def _fall_asleep(self, workers: list[psutil.Process]) -> bool:
        """Whether they sleep now; one with a transaction would keep its locks from the others."""
        for worker in workers:
            worker.suspend()
        if not self._in_transaction(workers):
            return True
        for worker in workers:
            worker.resume()
        return False

    def _in_transaction(self, workers: list[psutil.Process]) -> bool:
        if self.is_full:
            ports = [each.laddr.port for worker in workers for each in worker.net_connections()]
            query = "SELECT client_port FROM pg_stat_activity WHERE xact_start IS NOT NULL"
            return any(port in ports for (port,) in self.rows(query))
        try:
            with contextlib.closing(sqlite3.connect(self.data / "notes.sqlite3", 1)) as lite:
                lite.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return True
        return False

    def python(self, code: str) -> Any:
        """Run code inside the site (`manage.py shell`); returns what it passes to `answer()`."""
        program = f"import json\ndef answer(value):\n    print('\\n=>' + json.dumps(value))\n{code}"
        done = subprocess.run(
            [sys.executable, "manage.py", "shell", "--no-imports", "-c", program],
            cwd=ROOT,
            env=self.env,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        _before, found, text = done.stdout.rpartition("\n=>")
        return json.loads(text) if found else None

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """What a query finds in the site's database; `%s` stands for each value."""
        if self.is_full:
            connected = contextlib.closing(psycopg2.connect(self.stack["DATABASE_URL"]))
            with connected as connection, connection.cursor() as cursor:
                cursor.execute(query, values)
                return list(cursor.fetchall())
        with contextlib.closing(sqlite3.connect(self.data / "notes.sqlite3", timeout=20)) as lite:
            return lite.execute(query.replace("%s", "?"), values).fetchall()

    def keys(self) -> set[str]:
        """The key of every object that this site put into storage."""
        if self.is_full:
            return self._bucket_keys() - self._foreign
        media = self.data / "media"
        return {path.relative_to(media).as_posix() for path in media.rglob("*") if path.is_file()}

    def named_keys(self) -> list[str]:
        """Every key that a row of the database names, as often as rows name it."""
        found = self.rows("SELECT original_key FROM posts_photo")
        found += self.rows("SELECT key FROM posts_rendition")
        found += self.rows("SELECT avatar_key FROM accounts_user WHERE avatar_key <> ''")
        return [key for (key,) in found]

    def is_tidy(self) -> bool:
        """Whether storage holds each object that a row names, and no other."""
        return sorted(self.named_keys()) == sorted(self.keys())

    def rest(self) -> None:
        """Wait until nothing is left to do: every object is placed, storage and rows agree."""
        left = "SELECT id FROM posts_photo WHERE NOT placed AND state = 'ready' AND post_id > 0"
        wait_for(lambda: not self.rows(left), 60, "every photo of a post to be placed")
        wait_for(self.is_tidy, 60, "storage and rows to agree")

    def stored(self, key: str) -> bytes:
        """An object's bytes."""
        if self.is_full:
            body = self._bucket.get_object(Bucket=self._bucket_name, Key=key)["Body"].read()
            return bytes(body)
        return (self.data / "media" / key).read_bytes()

    def forget_queue(self) -> None:
        """Lose every message of the broker."""
        if self.is_full:
            redis.Redis.from_url(self.stack["REDIS_URL"]).flushall()
            return
        for path in (self.data / "broker").rglob("*.msg"):
            path.unlink(missing_ok=True)

    def log(self, name: str) -> str:
        """A log's text; `name` is relative to the data folder."""
        path = self.data / name
        return path.read_text(errors="replace") if path.exists() else ""

    def tracebacks(self) -> list[str]:
        """The lines of all logs that carry a traceback."""
        texts = [self.log("serve.log")]
        texts += [path.read_text(errors="replace") for path in (self.data / "logs").glob("*.log")]
        return [line for text in texts for line in text.splitlines() if "Traceback (" in line]

    def _is_up(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self.log("serve.log")
        try:
            return self.visitor().get("/readyz").status == 200 and bool(self.processes("worker"))
        except OSError:
            return False

    @property
    def _bucket_name(self) -> str:
        return urlsplit(self.stack["STORAGE_URL"]).path.strip("/")

    @cached_property
    def _bucket(self) -> Any:
        parts = urlsplit(self.stack["STORAGE_URL"])
        return boto3.session.Session().client(
            "s3",
            endpoint_url=f"http://{parts.hostname}:{parts.port}",
            aws_access_key_id=parts.username,
            aws_secret_access_key=parts.password,
            region_name="us-east-1",
            config=Config(signature_version="s3v4", s3={"addressing_style": "path"}),
        )

    def _bucket_keys(self) -> set[str]:
        pages = self._bucket.get_paginator("list_objects_v2").paginate(Bucket=self._bucket_name)
        return {found["Key"] for page in pages for found in page.get("Contents", [])}

    def _take_databases(self, *, empty: bool) -> None:
        name = f"site_{secrets.token_hex(6)}"
        self._maintenance = self.stack["DATABASE_URL"]
        self.stack["DATABASE_URL"] = migrated.create_in(self._maintenance, name, empty=empty)
        number = next(_broker_numbers)
        self.stack["REDIS_URL"] = (
            urlsplit(self.stack["REDIS_URL"])._replace(path=f"/{number}").geturl()
        )
        redis.Redis.from_url(self.stack["REDIS_URL"]).flushdb()

    def _drop_databases(self) -> None:
        name = urlsplit(self.stack["DATABASE_URL"]).path.strip("/")
        migrated.drop_from(self._maintenance, name)
        redis.Redis.from_url(self.stack["REDIS_URL"]).flushdb()


def wait_for(condition: Callable[[], object], seconds: float, what: str) -> None:
    """Return once the condition holds; raises AssertionError after so many seconds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds:.0f} s for {what}"
        time.sleep(0.1)


def image_addresses(html: str) -> list[str]:
    """The `src` of every picture of photos in a page, in order, and of every `srcset`."""
    found = re.findall(r'<img[^>]*? src="([^"]+)"', html)
    for srcset in re.findall(r'<img[^>]*? srcset="([^"]+)"', html):
        found += [part.split()[0] for part in srcset.split(",")]
    return [each for each in dict.fromkeys(found) if not each.startswith("data:")]


@contextlib.contextmanager
def on_own_stack() -> Iterator[Any]:
    """A full stack of servers for one test alone, which may stop them; stopped at the end."""
    from scripts.stack import Stack

    with tempfile.TemporaryDirectory(prefix="notes-stack-") as name:
        # The servers run as another user when we are root, and must get to their data.
        Path(name).chmod(0o711)
        stack = Stack(Path(name) / "data", fast=True)
        try:
            yield stack.start()
        finally:
            stack.stop()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _descendants(pid: int) -> list[psutil.Process]:
    try:
        parent = psutil.Process(pid)
        return [parent, *parent.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []
