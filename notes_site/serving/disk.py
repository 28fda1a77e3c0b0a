"""A disk that is full, or may not be written, told in a sentence."""

import errno
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

# EFBIG is a limit on the size of files, which to the person is the same.
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
CLOSED = {errno.EROFS, errno.EACCES, errno.EPERM}
SQLITE_FULL = {
    "SQLITE_FULL",
    "SQLITE_IOERR_FSYNC",
    "SQLITE_IOERR_SHMSIZE",
    "SQLITE_IOERR_TRUNCATE",
    "SQLITE_IOERR_WRITE",
}
SQLITE_CLOSED = ("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM")


def sentence(error: BaseException, folder: Path) -> str:
    """What to tell the person when an error comes from a disk that takes nothing; '' if not.

    `folder` is where the site keeps its data; a file elsewhere that is closed to us is a bug.
    """
    for each in _chain(error):
        name = getattr(each, "sqlite_errorname", "") if isinstance(each, sqlite3.Error) else ""
        number = each.errno if isinstance(each, OSError) else None
        where = Path(getattr(each, "filename", None) or folder)
        if number in FULL or name in SQLITE_FULL:
            return _full(where, folder)
        if (number in CLOSED and folder in where.parents) or name.startswith(SQLITE_CLOSED):
            return f"{where} can't be written. Make it writable, and start again."
    return ""


def _full(where: Path, folder: Path) -> str:
    free = shutil.disk_usage(folder).free if folder.exists() else 0
    return (
        f"The disk is full: {where} can't be written ({free / 1e6:.0f} MB left). What was saved"
        " before is kept. Make room, and start again."
    )


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
