"""`manage.py doctor`: try every part of the site and say in words what is wrong."""

import shutil
import stat
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.core.mail import get_connection
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from notes_site.ids import random_key
from notes_site.models import Event, Heartbeat
from notes_site.storage import media, public_url
from notes_site.views.health import check_broker, check_database

FREE_BYTES = 1_000_000_000
SILENCE = timedelta(seconds=90)


class ComplaintError(Exception):
    """What is wrong and what to do about it."""


def database() -> str:
    """It answers, and every migration is applied."""
    check_database()
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise ComplaintError("migrations are waiting; run manage.py migrate")
    return connection.vendor


def broker() -> str:
    """It answers."""
    check_broker()
    return settings.CELERY_BROKER_URL.split("://")[0]


def worker() -> str:
    """Schedule and worker left a sign of life lately, and no event waits for long."""
    beat = Heartbeat.objects.filter(name="worker").first()
    if beat is None:
        raise ComplaintError(
            "no worker was ever seen; start manage.py serve or celery worker and beat"
        )
    silence = timezone.now() - beat.seen_at
    if silence > SILENCE:
        raise ComplaintError(
            f"silent for {silence.total_seconds():.0f} s; are the worker and the schedule up?"
        )
    late = Event.objects.filter(handled_at=None, created_at__lt=timezone.now() - SILENCE).count()
    if late:
        raise ComplaintError(f"{late} events wait for more than {SILENCE.total_seconds():.0f} s")
    return f"seen {silence.total_seconds():.0f} s ago"


def storage() -> str:
    """An object can be put, read, copied and deleted."""
    key, copied = f"private/doctor/{random_key()}", f"private/doctor/{random_key()}"
    with tempfile.NamedTemporaryFile() as file:
        file.write(b"how are you")
        file.flush()
        media().put(key, Path(file.name))
        media().copy(key, copied)
        media().fetch(copied, Path(file.name))
        same = Path(file.name).read_bytes() == b"how are you"
    media().delete(key)
    media().delete(copied)
    if not same:
        raise ComplaintError("what came back differs from what was put")
    if media().exists(key):
        raise ComplaintError("a deleted object is still there")
    return "put, copy, get, delete"


def storage_is_closed() -> str:
    """Visitors can neither list the bucket nor fetch what is private."""
    if settings.STORAGE_PUBLIC_URL.startswith("/"):
        return "served by the application"
    key = f"private/doctor/{random_key()}"
    with tempfile.NamedTemporaryFile() as file:
        file.write(b"secret")
        file.flush()
        media().put(key, Path(file.name))
    try:
        if _is_open(public_url(key)):
            raise ComplaintError("anyone can fetch objects under private/; close the bucket")
        if _is_open(settings.STORAGE_PUBLIC_URL) or _is_open(public_url("public/")):
            raise ComplaintError("anyone can list the bucket; allow GET under public/ only")
    finally:
        media().delete(key)
    return "no listing, nothing private"


def _is_open(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:  # noqa: S310
            # SeaweedFS answers for a folder that holds objects, but with nothing in it.
            return bool(answer.read(1))
    except urllib.error.HTTPError:
        return False


def shared_cache() -> str:
    """It keeps what it is given; rate limits live there."""
    key = f"doctor-{random_key()}"
    cache.set(key, "well", 10)
    if cache.get(key) != "well":
        raise ComplaintError("it forgets at once; rate limits don't work")
    cache.delete(key)
    return str(settings.CACHES["default"]["BACKEND"].rpartition(".")[2])


def mail() -> str:
    """A connection to the mail server opens."""
    mailer = get_connection()
    if settings.EMAIL_BACKEND.endswith("console.EmailBackend"):
        return "printed to the log; set EMAIL_URL to send it"
    mailer.open()
    mailer.close()
    return "connects"


def clock() -> str:
    """Our clock and the database's agree within 5 s."""
    if connection.vendor != "postgresql":
        return "one machine, one clock"
    with connection.cursor() as cursor:
        cursor.execute("SELECT extract(epoch FROM clock_timestamp())")
        apart = abs(float(cursor.fetchone()[0]) - time.time())
    if apart > 5:
        raise ComplaintError(
            f"{apart:.0f} s apart from the database's; ids and leases need one time"
        )
    return f"{apart * 1000:.0f} ms apart"


def secret_key() -> str:
    """The key is long, and its file is nobody else's to read."""
    if len(settings.SECRET_KEY) < 32:
        raise ComplaintError("SECRET_KEY is short; leave it out and one is made")
    path = settings.DATA_DIR / "secret-key"
    if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise ComplaintError(f"others can read {path}; chmod 600 it")
    return "kept"


def disk() -> str:
    """There is room for uploads."""
    free = shutil.disk_usage(settings.DATA_DIR).free
    if free < FREE_BYTES:
        raise ComplaintError(f"only {free / 1e6:.0f} MB left in {settings.DATA_DIR}")
    return f"{free / 1e9:.0f} GB free"


CHECKS: list[Callable[[], str]] = [
    database,
    broker,
    worker,
    storage,
    storage_is_closed,
    shared_cache,
    mail,
    clock,
    secret_key,
    disk,
]


class Command(BaseCommand):
    """Run every check, one line each; exit 1 when something is wrong."""

    help = "Try every part of the site and say what is wrong."

    def handle(self, **_options: Any) -> None:
        wrong = 0
        for check in CHECKS:
            name = check.__name__.replace("_", " ")
            try:
                self.stdout.write(self.style.SUCCESS(f"✓ {name}: {check()}"))
            except Exception as error:  # noqa: BLE001  (any failure is what is to be told)
                wrong += 1
                self.stdout.write(self.style.ERROR(f"✗ {name}: {error or type(error).__name__}"))
        if wrong:
            raise CommandError(f"{wrong} of {len(CHECKS)} checks failed.")
