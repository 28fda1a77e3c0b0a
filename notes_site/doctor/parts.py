"""The parts that run: disk, database, cache, clock, broker, worker."""

import os
import shutil
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.db.utils import NotSupportedError
from django.utils import timezone

from notes_site.doctor.complaints import CautionError, ComplaintError
from notes_site.health import schema
from notes_site.health.readiness import check_broker, check_database
from notes_site.ids import random_key
from notes_site.models import Event, Heartbeat

FREE_BYTES = 1_000_000_000
FREE_FILES = 10_000
# The schedule sends a heartbeat every 20 s, so four in a row are missing.
SILENCE = timedelta(seconds=90)


def disk() -> str:
    """There is room for uploads, and it may be written to."""
    least = None
    for folder in _folders():
        free = shutil.disk_usage(folder).free
        if free < FREE_BYTES:
            raise ComplaintError(
                f"only {free / 1e6:.0f} MB left in {folder}; free some space, or give it a larger"
                " disk: uploads are refused when it is full"
            )
        status = os.statvfs(folder)
        # Some file systems count no files, and say 0 of 0.
        if status.f_files and status.f_favail < FREE_FILES:
            raise ComplaintError(
                f"only {status.f_favail} more files fit into {folder}; remove some, or make a file"
                " system with more inodes"
            )
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"how are you")
        least = min(free, least) if least else free
    return f"{(least or 0) / 1e9:.0f} GB free"


def _folders() -> list[Path]:
    named = {Path(settings.DATA_DIR), Path(settings.FILE_UPLOAD_TEMP_DIR or tempfile.gettempdir())}
    return sorted(folder for folder in named if folder.exists())


def database() -> str:
    """It answers, and is as this version of the code needs it."""
    check_database()
    try:
        connection.check_database_version_supported()
    except NotSupportedError as error:
        raise ComplaintError(f"the server is too old: {error}") from error
    if waiting := schema.waiting_migrations():
        raise ComplaintError(
            f"{len(waiting)} migrations are waiting, first {waiting[0]}; run manage.py migrate"
        )
    if missing := schema.missing_tables():
        raise ComplaintError(
            f"the table {missing[0]} is missing; run manage.py migrate, and if it stays so, put"
            " back a backup"
        )
    if newer := schema.newer_migrations():
        raise CautionError(
            f"a newer version of the site has changed it ({newer[-1]}); update the code, or put"
            " back the backup of before"
        )
    return connection.vendor


def shared_cache() -> str:
    """It keeps what it is given; rate limits live there."""
    key = f"doctor-{random_key()}"
    cache.set(key, "well", 10)
    if cache.get(key) != "well":
        raise ComplaintError(
            "it forgets at once, so rate limits don't work; let CACHES name the database again"
        )
    cache.delete(key)
    return str(settings.CACHES["default"]["BACKEND"].rpartition(".")[2])


def clock() -> str:
    """Our clock and the database's agree within 5 s."""
    if connection.vendor != "postgresql":
        return "one machine, one clock"
    with connection.cursor() as cursor:
        # Not `now()`, which is when the transaction began.
        cursor.execute("SELECT extract(epoch FROM clock_timestamp())")
        apart = abs(float(cursor.fetchone()[0]) - time.time())
    if apart > 5:
        raise ComplaintError(
            f"{apart:.0f} s apart from the database's; ids and leases need one time, so set both"
            " by a time server"
        )
    return f"{apart * 1000:.0f} ms apart"


def broker() -> str:
    """It answers."""
    check_broker()
    return str(settings.CELERY_BROKER_URL.split("://")[0])


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
            f"silent for {silence.total_seconds():.0f} s; are the worker and the schedule up, and"
            " do they use the same REDIS_URL and DATABASE_URL?"
        )
    late = Event.objects.filter(handled_at=None, created_at__lt=timezone.now() - SILENCE).count()
    if late:
        raise ComplaintError(
            f"{late} events wait for more than {SILENCE.total_seconds():.0f} s; the worker's log"
            " says what fails, or start more workers"
        )
    return f"seen {silence.total_seconds():.0f} s ago"
