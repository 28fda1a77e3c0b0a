"""A part that is away: one sentence, the asked form, and when to try again."""

import contextlib
import errno
import os
import resource
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import caches
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, OperationalError, connection
from django.http import UnreadablePostError
from django.test import Client

from accounts.models import User
from notes_site.health import readiness
from notes_site.http import outages
from notes_site.ids import encode
from notes_site.storage import StorageUnavailableError
from posts.models import Photo, Post
from tests.conftest import PASSWORD

SignIn = Callable[[User | None], Client]
IS_SQLITE = connection.vendor == "sqlite"


@contextlib.contextmanager
def unreachable() -> Iterator[None]:
    """Nobody answers where the database should be."""
    nowhere = {"HOST": "127.0.0.1", "PORT": 1}
    wrong = {"NAME": "/nonexistent/notes.sqlite3"} if IS_SQLITE else nowhere
    right = {name: connection.settings_dict[name] for name in wrong}
    connection.close()
    connection.settings_dict.update(wrong)
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(right)


@contextlib.contextmanager
def read_only() -> Iterator[None]:
    """It takes no more writes, as a copy that was promoted to nothing yet."""
    how = "PRAGMA query_only = {}" if IS_SQLITE else "SET default_transaction_read_only = {}"
    with connection.cursor() as cursor:
        cursor.execute(how.format("on"))
    try:
        yield
    finally:
        connection.close()


@contextlib.contextmanager
def locked() -> Iterator[None]:
    """Somebody else has locked everything and does not let go."""
    with connection.cursor() as cursor:
        if IS_SQLITE:
            cursor.execute("PRAGMA busy_timeout = 50")
            name = connection.settings_dict["NAME"]
            with contextlib.closing(sqlite3.connect(name, isolation_level=None)) as other:
                other.execute("BEGIN IMMEDIATE")
                yield
        else:
            cursor.execute("SET lock_timeout = '50ms'")
            theirs = connection.copy()
            with contextlib.closing(theirs), theirs.cursor() as locking:
                theirs.set_autocommit(False)
                locking.execute("LOCK TABLE django_session IN ACCESS EXCLUSIVE MODE")
                yield
                theirs.rollback()
    connection.close()


@contextlib.contextmanager
def dropped() -> Iterator[None]:
    """The server closes the connection that is in use."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    other = connection.copy()
    with contextlib.closing(other), other.cursor() as theirs:
        theirs.execute("SELECT pg_terminate_backend(%s)", [pid])
    try:
        yield
    finally:
        connection.close()


# A file has no connection that its server could drop.
BREAKS = [unreachable] if IS_SQLITE else [unreachable, dropped]


@pytest.fixture
def browser(transactional_db: None, owner: User) -> Client:
    """The owner's, signed in, which shows an answer where tests usually see the exception."""
    caches["pages"].clear()
    client = Client(raise_request_exception=False)
    client.force_login(owner)
    return client


def as_what(answer: Any) -> str:
    return str(answer["Content-Type"].partition(";")[0])


# Address, headers, and the form in which the answer comes.
ASKED: list[tuple[str, dict[str, str], str]] = [
    ("/", {}, "text/html"),
    ("/@owner/", {}, "text/html"),
    ("/settings/profile/", {}, "text/html"),
    ("/admin/", {}, "text/html"),
    ("/accounts/email/", {}, "text/html"),
    ("/nowhere", {}, "text/html"),
    ("/", {"Accept": "application/json"}, "application/json"),
    (f"/uploads/{encode(1 << 60)}/", {}, "application/json"),
    ("/uploads/incoming/key/", {}, "application/json"),
    ("/media/" + "a" * 22 + ".webp", {"Accept": "image/webp,*/*"}, "text/plain"),
    (f"/media/originals/{encode(1 << 60)}", {}, "text/plain"),
    ("/notifications/", {"HX-Request": "true"}, "text/plain"),
]


@pytest.mark.parametrize("broken", BREAKS)
def test_a_database_that_is_away_is_told_as_asked(browser: Client, broken: Any) -> None:
    for address, headers, kind in ASKED:
        with broken():
            answer = browser.get(address, headers=headers)
        assert (answer.status_code, as_what(answer)) == (503, kind), address
        assert answer["Retry-After"] == "30"
        assert answer["Cache-Control"] == "no-store"
        assert "responding right now. Everything saved before is safe" in " ".join(
            answer.content.decode().split()
        )
        assert b"Traceback" not in answer.content
        if kind == "application/json":
            assert answer.json()["code"] == "database_away"
        assert "session" not in answer.cookies, "nobody is signed out by it"
    assert browser.get("/settings/profile/").status_code == 200, "it is back by itself"


@pytest.mark.parametrize("broken", [unreachable, read_only, locked])
def test_what_can_not_be_written_is_told_as_asked(browser: Client, broken: Any) -> None:
    for accept in ("text/html", "application/json"):
        visitor = Client(raise_request_exception=False)
        with broken():
            answer = visitor.post(
                "/accounts/login/",
                {"login": "owner", "password": PASSWORD},
                headers={"Accept": accept},
            )
        assert (answer.status_code, as_what(answer)) == (503, accept)
        # A lock passes sooner than a server that is away comes back.
        assert answer["Retry-After"] == ("5" if broken is locked else "30")
        assert "session" not in visitor.cookies


def test_a_database_whose_disk_is_full_is_a_full_disk(tmp_path: Path) -> None:
    with contextlib.closing(sqlite3.connect(tmp_path / "full.sqlite3")) as full:
        full.execute("PRAGMA max_page_count = 2")
        with pytest.raises(sqlite3.OperationalError) as theirs:
            full.execute("CREATE TABLE heavy AS SELECT zeroblob(1000000) AS bytes")
    ours = OperationalError(str(theirs.value))
    ours.__cause__ = theirs.value
    assert outages.outage_of(ours) is outages.DISK
    # PostgreSQL says it by a code (its manual, appendix A).
    ours.__cause__ = type("DiskFull", (Exception,), {"pgcode": "53100"})()
    assert outages.outage_of(ours) is outages.DISK


@pytest.mark.django_db
def test_a_fault_of_ours_stays_one() -> None:
    with connection.cursor() as cursor, pytest.raises(DatabaseError) as wrong:
        cursor.execute("SELECT nothing FROM nowhere")
    assert outages.outage_of(wrong.value) is None


# Each of them is an OperationalError to the driver.
FAULTS = (
    ["SELECT " + "+".join("1" * 2_000), f"SELECT 'a' LIKE '{'%_' * 40_000}'", "SELECT json('{')"]
    if IS_SQLITE
    else [
        "SELECT to_tsvector('simple', string_agg(i::text, ' ')) FROM generate_series(1, 200000) i",
        "EXECUTE nothing",
        "CLOSE nothing",
    ]
)


@pytest.mark.django_db
@pytest.mark.parametrize("statement", FAULTS)
def test_a_statement_that_can_not_be_done_is_a_fault_of_ours(statement: str) -> None:
    with connection.cursor() as cursor, pytest.raises(OperationalError) as wrong:
        cursor.execute(statement)
    assert outages.outage_of(wrong.value) is None


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "disk_full"),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), "disk_full"),
        (OSError(errno.EROFS, "Read-only file system"), "disk_full"),
        (OSError(errno.EMFILE, "Too many open files"), "busy"),
        (StorageUnavailableError("403"), "storage_away"),
        (TimeoutError("timed out"), "part_away"),
        (ConnectionRefusedError("refused"), "part_away"),
        (FileNotFoundError("gone"), None),
        (UnreadablePostError("the visitor left"), None),
        (ValueError("a fault of ours"), None),
    ],
)
def test_each_error_is_of_one_part(error: Exception, code: str | None) -> None:
    found = outages.outage_of(error)
    assert (found.code if found else None) == code


def test_a_store_on_a_full_disk_is_a_full_disk() -> None:
    error = StorageUnavailableError("no space")
    error.__cause__ = OSError(errno.ENOSPC, "no space")
    assert outages.outage_of(error) is outages.DISK


@contextlib.contextmanager
def file_limit(_folder: Path) -> Iterator[None]:
    """The kernel lets this process write no large file, which anybody may ask of it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextlib.contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    """A disk of 16 kB, where we may mount one; else the limit above."""
    mount = ["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", str(folder)]
    mounted = subprocess.run(mount, capture_output=True, check=False).returncode == 0
    try:
        with contextlib.nullcontext() if mounted else file_limit(folder):
            yield
    finally:
        if mounted:
            subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.fixture(params=[file_limit, small_disk])
def full(request: Any, settings: Any, tmp_path: Path) -> Any:
    """Makes the disk for files under way a full one."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    settings.FILE_UPLOAD_TEMP_DIR = folder
    return lambda: request.param(folder)


def large(picture: bytes, name: str = "beach.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, picture + bytes(200_000), "image/jpeg")


def assert_names_the_disk(text: str) -> None:
    assert "disk is full" in " ".join(text.split())
    assert str(outages.STORAGE.sentence) not in text


@pytest.mark.django_db
def test_an_upload_onto_a_full_disk(
    full: Any, owner: User, as_person: SignIn, small_picture: bytes, settings: Any
) -> None:
    browser = as_person(owner)
    browser.raise_request_exception = False
    with full():
        answer = browser.post("/uploads/", {"file": large(small_picture)})
        left = list(Path(settings.FILE_UPLOAD_TEMP_DIR).iterdir())
    assert (answer.status_code, answer.json()["code"]) == (507, "disk_full")
    assert_names_the_disk(answer.json()["error"])
    assert answer["Retry-After"]
    assert left == []
    assert not Photo.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_a_form_onto_a_full_disk_keeps_what_was_typed(
    full: Any, owner: User, as_person: SignIn, small_picture: bytes, accept: str
) -> None:
    words = {"title": "At sea", "caption": "Wind and #waves", "audience": "public"}
    files = [large(small_picture, f"{number}.jpg") for number in range(3)]
    browser = as_person(owner)
    with full():
        answer = browser.post("/new/", {"photos": files, **words}, headers={"Accept": accept})
    assert (answer.status_code, as_what(answer)) == (507, accept)
    assert_names_the_disk(answer.content.decode())
    if accept == "text/html":
        for text in ("At sea", "Wind and #waves", "0.jpg", "2.jpg"):
            assert text in answer.content.decode()
    assert not Post.objects.exists()


@pytest.mark.django_db
def test_a_profile_picture_onto_a_full_disk(
    full: Any, owner: User, as_person: SignIn, small_picture: bytes
) -> None:
    browser = as_person(owner)
    with full():
        answer = browser.post("/settings/avatar/", {"avatar": large(small_picture)})
    assert answer.status_code == 303
    assert_names_the_disk(browser.get("/settings/profile/").content.decode())


@pytest.mark.django_db
def test_readiness_tells_of_a_full_disk(client: Client, settings: Any, tmp_path: Path) -> None:
    assert client.get("/readyz").status_code == 200
    with small_disk(tmp_path):
        settings.FILE_UPLOAD_TEMP_DIR = tmp_path
        is_small = os.statvfs(tmp_path).f_blocks * os.statvfs(tmp_path).f_frsize < 100_000
        assert outages.temporary_disk_is_full() is is_small
        # What was found is kept for 3 s.
        readiness.readiness.forget()
        answer = client.get("/readyz")
    assert answer.status_code == (503 if is_small else 200)
