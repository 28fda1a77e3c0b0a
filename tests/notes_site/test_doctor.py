"""`manage.py doctor`: a line a part, and in words what is wrong."""

import shutil
import urllib.request
from collections import namedtuple
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from celery import current_app
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from notes_site.management.commands import doctor
from notes_site.models import Event, Heartbeat
from notes_site.storage import media
from tests import making

pytestmark = pytest.mark.django_db
Usage = namedtuple("Usage", "total used free")


@pytest.fixture(autouse=True)
def alive(settings: Any) -> None:
    """A worker that was seen a moment ago; mail that goes nowhere."""
    Heartbeat.objects.create(name="worker", seen_at=timezone.now())
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.EMAIL_FROM = "notes@example.org"


def report() -> tuple[list[str], str]:
    """The lines, and the error at the end or ''."""
    out = StringIO()
    try:
        call_command("doctor", stdout=out, no_color=True)
    except CommandError as error:
        return out.getvalue().splitlines(), str(error)
    return out.getvalue().splitlines(), ""


def complaint(name: str) -> str:
    """The line of the one part that is wrong."""
    lines, error = report()
    wrong = [line for line in lines if line.startswith("✗")]
    assert error == f"1 of {len(lines)} checks failed.", lines
    assert wrong[0].startswith(f"✗ {name}: ")
    return wrong[0]


def test_all_is_well() -> None:
    lines, error = report()
    assert error == "", lines
    assert len(lines) == len(doctor.CHECKS)
    assert all(line.startswith("✓") for line in lines)


def test_waiting_migrations() -> None:
    MigrationRecorder.Migration.objects.filter(app="feed").delete()
    assert "run manage.py migrate" in complaint("database")


def test_no_broker() -> None:
    old = current_app.conf.broker_url
    current_app.conf.update(broker_url="redis://127.0.0.1:1/0")
    try:
        assert complaint("broker")
    finally:
        current_app.conf.update(broker_url=old)


def test_no_worker_ever() -> None:
    Heartbeat.objects.all().delete()
    assert "no worker was ever seen" in complaint("worker")


def test_a_silent_worker() -> None:
    Heartbeat.objects.update(seen_at=timezone.now() - timedelta(seconds=200))
    assert "silent for 200 s" in complaint("worker")


def test_events_that_wait_for_long() -> None:
    event = Event.objects.create(kind="like.created", subject_id=1)
    Event.objects.filter(pk=event.pk).update(created_at=timezone.now() - timedelta(minutes=5))
    assert "1 events wait" in complaint("worker")


def test_storage_that_does_not_keep(settings: Any, tmp_path: Path) -> None:
    (tmp_path / "no-folder").write_text("")
    settings.STORAGE_PUBLIC_URL = "/renditions/"
    settings.STORAGES = making.storage_on_disk(settings.STORAGES, tmp_path / "no-folder")
    assert complaint("storage")


def test_a_cache_that_forgets(settings: Any) -> None:
    settings.CACHES = {
        **settings.CACHES,
        "default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"},
    }
    assert "rate limits don't work" in complaint("shared cache")


def test_mail_that_does_not_go_out(settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", 1, 1
    assert complaint("mail")


def test_a_short_secret(settings: Any) -> None:
    settings.SECRET_KEY = "short"
    assert "SECRET_KEY is short" in complaint("secret key")


def test_a_secret_that_others_can_read(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path
    (tmp_path / "secret-key").write_text("x" * 50)
    (tmp_path / "secret-key").chmod(0o644)
    assert "chmod 600" in complaint("secret key")


def test_a_full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: Usage(10**10, 10**10, 5 * 10**8))
    assert "only 500 MB left" in complaint("disk")


@pytest.mark.stack
@pytest.mark.parametrize("opened", ["private/", "public/?list-type=2"])
def test_a_bucket_that_is_open(
    opened: str, monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path
) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"bytes")
    media().put("public/something.webp", source)
    real = urllib.request.urlopen

    def too_open(address: str, timeout: float) -> Any:
        path = address.removeprefix(settings.STORAGE_PUBLIC_URL)
        if opened.startswith("private/") == path.startswith("private/") and path != "":
            return real(f"{settings.STORAGE_PUBLIC_URL}public/something.webp", timeout=timeout)
        return real(address, timeout=timeout)

    assert report()[1] == "", "a folder that exists is no listing"
    monkeypatch.setattr(urllib.request, "urlopen", too_open)
    words = "objects under private/" if opened.startswith("private/") else "list the bucket"
    assert words in complaint("storage is closed")
