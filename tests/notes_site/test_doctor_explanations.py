"""What owners get wrong: each fault gets its own sentence, with a cure. The servers are real."""

import io
import os
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg2
import pytest
import redis
from celery import current_app
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection

from accounts.models import User
from notes_site import doctor
from notes_site.doctor import examine, mail, parts, setup, stores
from notes_site.doctor.complaints import CautionError, ComplaintError
from notes_site.doctor.explanations import explain
from notes_site.storage import store
from tests.site import ROOT

PUBLIC_SITE = "https://photos.family.test"


def finding(run: Callable[[], str]) -> str:
    """The line of one check."""
    check = next(check for check in doctor.CHECKS if check.run is run)
    found = doctor.find(check)
    return f"{found.mark} {found.words}"


@pytest.fixture
def public(settings: Any) -> Any:
    """A site that others reach, as its owner set it up."""
    settings.SITE_URL, settings.ON_TLS, settings.ON_THIS_MACHINE_ONLY = PUBLIC_SITE, True, False
    settings.ALLOWED_HOSTS = ["photos.family.test"]
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    return settings


@contextmanager
def listener(say: bytes = b"", *, close: bool = False) -> Iterator[int]:
    """The port of a server that says something, then hangs or closes."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        held: list[socket.socket] = []

        def serve() -> None:
            while True:
                try:
                    visitor, _address = server.accept()
                except OSError:
                    return
                visitor.sendall(say)
                held.append(visitor)
                if close:
                    visitor.close()

        threading.Thread(target=serve, daemon=True).start()
        yield int(server.getsockname()[1])
        server.shutdown(socket.SHUT_RDWR)
        for visitor in held:
            visitor.close()


@contextmanager
def web(status: int = 200, body: bytes = b"hello", **headers: str) -> Iterator[str]:
    """The address of a web server with one answer to everything; `{here}` in it is that address."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value.format(here=here))
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: object) -> None:
            """Nothing is printed."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        here = f"http://127.0.0.1:{server.server_address[1]}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield here
        server.shutdown()


# --- What an owner set up ----------------------------------------------------------------------
def test_debug(settings: Any) -> None:
    assert finding(setup.debug) == "✓ off"
    settings.DEBUG = True
    assert finding(setup.debug).startswith("! DEBUG is on")
    settings.ON_THIS_MACHINE_ONLY = False
    assert finding(setup.debug).startswith("✗ DEBUG is on")
    assert "set DEBUG=off" in finding(setup.debug)


@pytest.mark.parametrize(
    "key", ["a" * 60, "abc" * 20, "django-insecure-0123456789abcdefghijklmnop"]
)
def test_a_secret_that_is_easy_to_guess(key: str, settings: Any) -> None:
    settings.SECRET_KEY = key
    assert "easy to guess" in finding(setup.secret_key)


def test_addresses_that_fit(public: Any) -> None:
    assert finding(setup.address) == f"✓ {PUBLIC_SITE}"


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("ALLOWED_HOSTS", ["localhost"], "✗ ALLOWED_HOSTS lacks photos.family.test"),
        ("ALLOWED_HOSTS", ["photos.family.test:443"], "✗ ALLOWED_HOSTS lacks photos.family.test"),
        ("ALLOWED_HOSTS", ["*"], "! ALLOWED_HOSTS is *"),
        ("ALLAUTH_TRUSTED_PROXY_COUNT", 0, "✗ TRUSTED_PROXIES is 0"),
        ("ON_TLS", False, "! SITE_URL is http://"),
    ],
)
def test_addresses_that_do_not_fit(name: str, value: Any, words: str, public: Any) -> None:
    public.SITE_URL, public.ALLOWED_HOSTS = "https://photos.family.test", ["photos.family.test"]
    setattr(public, name, value)
    assert finding(setup.address).startswith(words)


def test_an_address_left_as_in_the_example(public: Any) -> None:
    public.SITE_URL, public.ALLOWED_HOSTS = "https://notes.example.org", ["notes.example.org"]
    assert "set it to the site's own address" in finding(setup.address)


@pytest.mark.parametrize(
    ("status", "body", "headers", "words"),
    [
        (200, b'<input name="csrfmiddlewaretoken">', {}, "✓ leads here"),
        (
            200,
            b"Welcome to nginx!",
            {},
            "✗ SITE_URL answers 200 and shows something other than this site",
        ),
        (400, b"", {}, "the proxy must pass on the Host header"),
        (301, b"", {"Location": "{here}/accounts/login/"}, "must send X-Forwarded-Proto: https"),
        (301, b"", {"Location": "https://www.example.net/"}, "set SITE_URL to the address"),
        (502, b"", {}, "the proxy does not reach the web process"),
        (404, b"", {}, "correct SITE_URL, or the proxy"),
    ],
)
def test_where_the_public_address_leads(
    status: int, body: bytes, headers: dict[str, str], words: str, public: Any
) -> None:
    with web(status, body, **headers) as here:
        public.SITE_URL = here
        assert words in finding(setup.public_address)


def test_a_public_address_that_is_nowhere(public: Any) -> None:
    public.SITE_URL = "http://127.0.0.1:1"
    assert finding(setup.public_address).startswith("! http://127.0.0.1:1 can't be reached")
    public.SITE_URL = "http://nowhere.invalid"
    assert finding(setup.public_address).startswith("! http://nowhere.invalid can't be reached")
    with listener() as port:
        public.SITE_URL = f"https://127.0.0.1:{port}"
        setup.SECONDS, before = 0.5, setup.SECONDS
        try:
            assert "does not answer in time" in finding(setup.public_address)
        finally:
            setup.SECONDS = before


@pytest.mark.django_db
def test_the_first_people(public: Any) -> None:
    assert finding(setup.people).startswith("! there is no owner yet; run manage.py setup_link")
    User.objects.create_superuser("boss", "boss@example.net", "x" * 20)
    assert finding(setup.people) == "✓ there is an owner"
    User.objects.create_user("demo1", "demo1@demo.invalid", "x" * 20)
    assert "manage.py demo --remove" in finding(setup.people)


# --- The parts ---------------------------------------------------------------------------------
def test_the_disk_comes_first() -> None:
    assert doctor.CHECKS[0].run is parts.disk


@pytest.mark.django_db
def test_mail_that_only_goes_to_the_log(public: Any) -> None:
    public.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    line = finding(mail.mail)
    assert line.startswith("! it is only written to the log")
    assert "set EMAIL_URL" in line
    public.ON_THIS_MACHINE_ONLY = True
    assert finding(mail.mail) == "✓ printed to the log"


@pytest.mark.parametrize(
    ("say", "close", "port", "words"),
    [
        (b"", False, None, "nothing listens there"),
        (b"", False, 0, "does not answer in time"),
        (b"", True, 0, "closed the connection right away"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", True, 0, "EMAIL_URL"),
    ],
)
def test_mail_servers_that_are_none(
    say: bytes, close: bool, port: int | None, words: str, settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(mail, "TIMEOUT_SECONDS", 0.5)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = "127.0.0.1"
    with listener(say, close=close) as listening:
        settings.EMAIL_PORT = 1 if port is None else listening
        line = finding(mail.mail)
    assert line.startswith("✗")
    assert words in line


def test_a_mail_server_that_speaks_no_tls(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail, "TIMEOUT_SECONDS", 1)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_USE_SSL = "127.0.0.1", True
    with listener(b"220 mail.example.org ESMTP\r\n") as settings.EMAIL_PORT:
        assert "one side speaks TLS and the other does not" in finding(mail.mail)


def test_a_broker_that_is_away() -> None:
    before = current_app.conf.broker_url
    try:
        for url, words in (
            ("redis://127.0.0.1:1/0", "nothing listens there"),
            ("redis://nowhere.invalid/0", "there is no host with that name"),
        ):
            current_app.conf.update(broker_url=url)
            line = finding(parts.broker)
            assert line.startswith("✗")
            assert words in line
            assert "REDIS_URL" in line
    finally:
        current_app.conf.update(broker_url=before)


@pytest.mark.django_db
def test_a_database_of_a_newer_version() -> None:
    from django.db.migrations.recorder import MigrationRecorder

    MigrationRecorder.Migration.objects.create(app="posts", name="9999_future")
    assert finding(parts.database).startswith("! a newer version of the site has changed it")


@pytest.mark.django_db
@pytest.mark.parametrize("table", ["cache", "posts_photo", "feed_text_people", "django_session"])
def test_a_missing_table(table: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} RENAME TO elsewhere")
    assert f"the table {table} is missing; run manage.py migrate" in finding(parts.database)
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE elsewhere RENAME TO {table}")


@pytest.mark.parametrize(
    ("hangs", "words"), [(False, "nothing listens there"), (True, "does not answer in time")]
)
def test_without_the_database_the_rest_is_told_in_words(
    hangs: bool, words: str, tmp_path: Path
) -> None:
    env = {
        name: os.environ[name] for name in os.environ if name not in ("REDIS_URL", "STORAGE_URL")
    }
    with listener() as port:
        url = f"postgresql://a:b@127.0.0.1:{port if hangs else 1}/c"
        done = subprocess.run(
            [sys.executable, "manage.py", "doctor"],
            cwd=ROOT,
            env={**env, "DATA_DIR": str(tmp_path), "DATABASE_URL": url},
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    assert len(lines) == len(doctor.CHECKS)
    assert lines[0].startswith("✓ disk")
    told = next(line for line in lines if line.startswith("✗ database"))
    assert words in told
    assert "host and port in DATABASE_URL" in told
    assert "! worker: not checked" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
    assert f"1 of {len(lines)} checks failed." in done.stderr


# --- Errors in words ---------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(28, "No space left on device"), "the disk is full"),
        (OSError(122, "Disk quota exceeded"), "the disk is full"),
        (PermissionError(13, "Permission denied"), "may not write there"),
        (OSError(30, "Read-only file system"), "read but not written"),
        (OSError(113, "No route to host"), "that host can't be reached"),
        (
            psycopg2.OperationalError("FATAL:  sorry, too many clients already"),
            "no connection left",
        ),
        (psycopg2.OperationalError("FATAL:  the database system is starting up"), "wait a moment"),
        (redis.AuthenticationError("NOAUTH Authentication required."), "password in THE_SETTING"),
        (RuntimeError("odd"), "no advice for: RuntimeError, odd"),
    ],
)
def test_errors_that_are_hard_to_make(error: Exception, words: str) -> None:
    assert words in explain(error, "THE_SETTING")


def test_no_password_stands_in_the_report() -> None:
    told = explain(OSError("can't reach redis://user:pass-word@10.0.0.1/0"), "REDIS_URL")
    assert "pass-word" not in told


def refused_by_database(**wrong: Any) -> str:
    given = urlsplit(os.environ["DATABASE_URL"])
    right = {"host": given.hostname, "port": given.port, "user": given.username,
             "password": given.password, "dbname": given.path.strip("/")}  # fmt: skip
    with pytest.raises(psycopg2.OperationalError) as caught:
        psycopg2.connect(**{**right, **wrong})
    return explain(caught.value, "DATABASE_URL")


@pytest.mark.stack
@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"password": "wrong"}, "the user or the password in DATABASE_URL is wrong"),
        ({"user": "nobody"}, "the user or the password in DATABASE_URL is wrong"),
        ({"dbname": "nothing"}, "no database with that name"),
        ({"port": 1}, "nothing listens there"),
        ({"host": "nowhere.invalid"}, "no host with that name"),
        ({"sslmode": "require"}, "one side speaks TLS"),
    ],
)
def test_what_the_database_refuses(wrong: dict[str, Any], words: str) -> None:
    assert words in refused_by_database(**wrong)


@pytest.mark.stack
def test_what_the_broker_refuses() -> None:
    before = current_app.conf.broker_url
    parts_of = urlsplit(os.environ["REDIS_URL"])
    try:
        for netloc in (f":wrong@{parts_of.hostname}:{parts_of.port}",
                       f"{parts_of.hostname}:{parts_of.port}"):  # fmt: skip
            current_app.conf.update(broker_url=parts_of._replace(netloc=netloc).geturl())
            assert "the user or the password in REDIS_URL is wrong" in finding(parts.broker)
    finally:
        current_app.conf.update(broker_url=before)


@pytest.fixture
def bucket(settings: Any) -> Iterator[Callable[..., None]]:
    """Sets the store's options otherwise than they should be."""

    def change(**options: Any) -> None:
        default = settings.STORAGES["default"]
        settings.STORAGES = {
            **settings.STORAGES,
            "default": {**default, "OPTIONS": {**default["OPTIONS"], **options}},
        }

    yield change
    store.reset()


@pytest.mark.stack
@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"secret_key": "wrong"}, "the secret in STORAGE_URL does not belong to its key"),
        ({"access_key": "wrong"}, "does not know the key in STORAGE_URL"),
        ({"bucket_name": "another"}, "STORAGE_URL"),
        ({"endpoint_url": "http://127.0.0.1:1"}, "nothing listens there"),
        ({"endpoint_url": "http://nowhere.invalid"}, "STORAGE_URL"),
    ],
)
def test_what_the_store_refuses(
    wrong: dict[str, Any], words: str, bucket: Callable[..., None]
) -> None:
    bucket(**wrong)
    line = finding(stores.storage)
    assert line.startswith("✗")
    assert words in line
    assert "no advice for" not in line


@pytest.mark.stack
def test_pictures_reach_visitors(settings: Any) -> None:
    assert finding(stores.pictures_reach_visitors).startswith("✓ fetched from")
    settings.ON_TLS = True
    assert "is not https:// and the site is" in finding(stores.pictures_reach_visitors)


@pytest.mark.stack
@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda url: re.sub("/notes[^/]*/", "/", url), "✗ STORAGE_PUBLIC_URL answers"),
        (lambda url: re.sub("/notes[^/]*/", "/other/", url), "✗ STORAGE_PUBLIC_URL answers"),
        (lambda url: f"{url}public/", "✗ STORAGE_PUBLIC_URL answers"),
        (lambda _url: "http://127.0.0.1:1/", "nothing listens there"),
        (lambda _url: "http://nowhere.invalid/", "no host with that name"),
    ],
)
def test_a_wrong_public_address_of_the_store(
    change: Callable[[str], str], words: str, settings: Any
) -> None:
    settings.STORAGE_PUBLIC_URL = change(settings.STORAGE_PUBLIC_URL)
    line = finding(stores.pictures_reach_visitors)
    assert words in line
    assert "STORAGE_PUBLIC_URL" in line


@pytest.mark.stack
@pytest.mark.parametrize(
    ("status", "body", "headers", "words"),
    [
        (200, b"<html>a page</html>", {}, "leads to something other than the bucket"),
        (403, b"", {}, "let anyone GET what lies under public/"),
        (302, b"", {"Location": "https://elsewhere.example/"}, "give the address that it leads to"),
        (502, b"", {}, "the proxy there does not reach the store"),
        (404, b"", {}, "it must lead to the bucket itself"),
    ],
)
def test_a_public_address_with_something_else_behind_it(
    status: int, body: bytes, headers: dict[str, str], words: str, settings: Any
) -> None:
    with web(status, body, **headers) as here:
        settings.STORAGE_PUBLIC_URL = f"{here}/"
        assert words in finding(stores.pictures_reach_visitors)


def test_cautions_are_no_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    def careful() -> str:
        raise CautionError("mind the step")

    def well() -> str:
        return "well"

    def ill() -> str:
        raise ComplaintError("see a doctor")

    for checks, error in (([well, careful], ""), ([well, careful, ill], "1 of 3 checks failed.")):
        monkeypatch.setattr(doctor, "CHECKS", [doctor.Check(check) for check in checks])
        monkeypatch.setattr("notes_site.management.commands.doctor.CHECKS", doctor.CHECKS)
        out = io.StringIO()
        try:
            call_command("doctor", stdout=out, no_color=True)
            assert error == ""
        except CommandError as raised:
            assert str(raised) == error
        assert out.getvalue().splitlines()[:2] == ["✓ well: well", "! careful: mind the step"]
    assert [found.mark for found in examine()] == ["✓", "!", "✗"]
