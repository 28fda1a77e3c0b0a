"""The one place where a part that is away becomes an answer: which part, what to say, when to try.

Views let such errors pass: `OutageMiddleware`, and `handler500` for middlewares, ask `outage_of`
what they are, and notes_site/views/errors.py answers. Only a form that keeps what was typed catches
them itself, and takes its sentence from here.
"""

import errno
import os
import sqlite3
from dataclasses import dataclass, replace
from smtplib import SMTPException

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import DatabaseError, InterfaceError, InternalError, OperationalError
from django.http import UnreadablePostError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from kombu.exceptions import OperationalError as BrokerError
from redis import RedisError

from notes_site.storage import StorageUnavailableError


@dataclass(frozen=True)
class Outage:
    """A part that is away: a code for programs, a sentence for people, seconds to wait."""

    code: str
    sentence: Promise
    status: int = 503
    retry_after: int = 30


DATABASE = Outage(
    "database_away",
    _(
        "The site’s database isn’t responding right now. Everything saved before is safe, and"
        " what you typed is still in your browser: go back and send it again in a minute."
    ),
)
# Somebody else's write took too long: a moment later it has passed.
DATABASE_BUSY = replace(DATABASE, retry_after=5)
DISK = Outage(
    "disk_full",
    _(
        "The site’s disk is full, so this couldn’t be saved. The site’s owner needs to free up"
        " space; try again later."
    ),
    status=507,
    retry_after=300,
)
STORAGE = Outage(
    "storage_away",
    _("The photo storage isn’t responding right now. Try again in a minute."),
    retry_after=60,
)
# The broker, the mail server, and whatever else a request may wait for.
PART = Outage("part_away", _("Part of the site isn’t responding right now. Try again in a minute."))
BUSY = Outage("busy", _("The site is very busy right now. Try again in a minute."))

# EFBIG: a limit on what this process may write, which is as good as a full disk.
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS)
OVERLOADED = (errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EAGAIN)
# Both drivers have one class for a database that is away and for a statement that can't be done.
# The latter's codes in SQLite (https://www.sqlite.org/rescode.html) and classes in PostgreSQL (its
# manual, appendix A): no such statement, trigger or cursor, and more than it can work out.
SQLITE_FAULTS = {sqlite3.SQLITE_ERROR, sqlite3.SQLITE_MISUSE, sqlite3.SQLITE_RANGE}
PG_FAULTS = ("26", "27", "34", "54")
# A lock or a statement that took longer than a visitor may wait, or a transaction that lost to
# another.
SQLITE_WAITED = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
PG_WAITED = ("40", "55P03", "57014")
READ_ONLY_TRANSACTION = "25006"
PG_DISK_FULL = "53100"
# Room for one file of the largest size, and something over.
LEAST_FREE_BYTES = 64_000_000


class LostUpload(UploadedFile):  # type: ignore[type-arg]
    """A file that the disk did not take, under its name; `error` says why."""

    def __init__(self, name: str, size: int, error: OSError) -> None:
        super().__init__(None, name, size=size)
        self.error = error


def outage_of(error: BaseException) -> Outage | None:
    """The part whose absence an error tells of, also through what it was raised from; or None."""
    if isinstance(error, (OperationalError, InterfaceError, InternalError)) or (
        # What psycopg raises when the server goes in the midst of an answer.
        type(error) is DatabaseError
    ):
        return _of_database(error)
    cause = _of_system(error.__cause__) if error.__cause__ else None
    if isinstance(error, StorageUnavailableError):
        return cause if cause is DISK else STORAGE
    if isinstance(error, (BrokerError, RedisError)):
        return PART
    return _of_system(error)


def part_away(error: Exception) -> Outage:
    """The same for a form that goes on without the part. Raises `error` when it is none."""
    outage = outage_of(error)
    if outage is None:
        raise error
    return outage


def temporary_disk_is_full() -> bool:
    """Whether the disk for files under way has no room for another one."""
    about = os.statvfs(settings.FILE_UPLOAD_TEMP_DIR)
    out_of_names = about.f_files > 0 and about.f_favail == 0
    return out_of_names or about.f_bavail * about.f_frsize < LEAST_FREE_BYTES


def _of_database(error: BaseException) -> Outage | None:
    cause = error.__cause__
    code = getattr(cause, "pgcode", None) or ""
    if isinstance(error, InternalError) and code != READ_ONLY_TRANSACTION:
        return None
    if code == PG_DISK_FULL or "disk is full" in str(error).lower():
        return DISK
    if isinstance(cause, sqlite3.Error):
        # The second byte says more; where there is no code, Python's own part complains.
        sqlite_code = getattr(cause, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
        if sqlite_code in SQLITE_FAULTS:
            return None
        return DATABASE_BUSY if sqlite_code in SQLITE_WAITED else DATABASE
    if code.startswith(PG_FAULTS):
        return None
    return DATABASE_BUSY if code.startswith(PG_WAITED) else DATABASE


def _of_system(error: BaseException) -> Outage | None:
    if isinstance(error, UnreadablePostError):
        # The visitor is gone, not a part of ours.
        return None
    if isinstance(error, SMTPException | ConnectionError | TimeoutError):
        return PART
    if isinstance(error, MemoryError):
        return BUSY
    if not isinstance(error, OSError):
        return None
    if error.errno in FULL:
        return DISK
    return BUSY if error.errno in OVERLOADED else None
