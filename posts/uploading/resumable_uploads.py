"""Resumable uploads: what came before a connection broke is kept and counts.

A file under way is one file on disk whose name tells its owner, its key and how long it will be,
and whose size tells how much has arrived. There is no row of it until it is an upload.
"""

import fcntl
import hashlib
import os
import re
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from accounts.models import User
from notes_site.storage import StorageUnavailableError
from posts import limits
from posts.models import Upload
from posts.reasons import RefusedError
from posts.uploading import quota, uploads

MAX_A_PERSON = 64
# A file that nobody added to for so long holds no more of its owner's quota.
IDLE_SECONDS = 3600
RANGE = re.compile(r"bytes (?:\*|([0-9]{1,12})-([0-9]{1,12}))/([0-9]{1,12})")


class BadRangeError(Exception):
    """The piece can't be told from its headers; `status` is the HTTP status of that."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class OffsetError(Exception):
    """The piece begins beyond what has arrived: `received` bytes."""

    def __init__(self, received: int) -> None:
        super().__init__(received)
        self.received = received


class TotalChangedError(Exception):
    """An earlier piece of this key belonged to a file of another length."""


@dataclass(frozen=True)
class Piece:
    """`length` bytes from `first` on, of a file of `total` bytes; `first` None brings none."""

    first: int | None
    length: int
    total: int


def read_piece(content_range: str, content_length: str) -> Piece:
    """What two headers say of a body (RFC 9110 14.4; `bytes */TOTAL` comes without a body).

    Raises BadRangeError, or RefusedError for a file of no or too many bytes.
    """
    found = RANGE.fullmatch(content_range)
    if not found:
        raise BadRangeError(422)
    if not re.fullmatch("[0-9]{1,12}", content_length):
        raise BadRangeError(411)
    first, last, total = (int(number) if number else None for number in found.groups())
    length = int(content_length)
    if not total:
        raise RefusedError("empty")
    if total > limits.MAX_FILE_BYTES:
        raise RefusedError("too_large")
    if first is None or last is None:
        first, last = None, length - 1
    elif not first <= last < total:
        raise BadRangeError(416)
    if length != last - (first or 0) + 1 or (first is None and length):
        raise BadRangeError(422)
    return Piece(first, length, total)


class Part:
    """What has arrived of one file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.total = int(path.stem.rpartition("-")[2])

    @property
    def received(self) -> int:
        """How many bytes have arrived."""
        try:
            return self.path.stat().st_size
        except FileNotFoundError:
            return 0

    def append(self, first: int, pieces: Iterable[bytes]) -> int:
        """Add bytes from `first` on as they come; returns how many have arrived then.

        What lies there already is passed over, so that a piece may safely come twice.
        Raises OffsetError when it begins beyond that, StorageUnavailableError when the disk
        takes no more; what was added before stays.
        """
        position = first
        with self._open() as handle:
            for piece in pieces:
                # Locked for one write, never while waiting for a network: a predecessor whose
                # connection is dead but not yet known to be holds nobody up.
                with _locked(handle):
                    there = _size(handle)
                    if position > there:
                        raise OffsetError(there)
                    _write(handle, piece[there - position :])
                position += len(piece)
            return _size(handle)

    def finish(self, *, owner: User, key: str, name: str) -> tuple[Upload, bool]:
        """Make the whole file an upload, as uploads.receive does, and erase the part.

        A refused file is erased as well; when the storage is away it is kept for another try.
        Raises OffsetError when bytes are missing, and what uploads.receive raises.
        """
        # Locked to the end, unlike in append(): the last piece sent twice must make one upload.
        with self._open() as handle, _locked(handle):
            if _size(handle) != self.total:
                raise OffsetError(_size(handle))
            try:
                received = uploads.receive(
                    owner=owner, file=_Arrived(self.path, name, self.total), idempotency_key=key
                )
            except (RefusedError, uploads.KeyReusedError):
                self.erase()
                raise
            self.erase()
            return received

    def erase(self) -> None:
        """Forget what has arrived."""
        self.path.unlink(missing_ok=True)

    @contextmanager
    def _open(self) -> Iterator[int]:
        try:
            # Without O_CREAT: only begin() creates a part, after checking the quota.
            handle = os.open(self.path, os.O_WRONLY | os.O_APPEND)
        except FileNotFoundError as error:
            raise OffsetError(0) from error
        try:
            yield handle
        finally:
            os.close(handle)


def folder() -> Path:
    """Where the files under way lie; made when it isn't there."""
    here = Path(settings.FILE_UPLOAD_TEMP_DIR) / "incoming"
    here.mkdir(parents=True, exist_ok=True)
    return here


def finished(owner: User, key: str) -> Upload | None:
    """The upload that a file under this key has become."""
    return (
        Upload.objects.filter(owner=owner, idempotency_key=key)
        .select_related("photo")
        .prefetch_related("photo__renditions")
        .first()
    )


def find(owner: User, key: str) -> Part | None:
    """What has arrived of a person's file; None when nothing has."""
    return next((Part(path) for path in folder().glob(f"{_name(owner, key)}-*.part")), None)


def begin(owner: User, key: str, total: int) -> Part:
    """An empty part for a file of `total` bytes, or the one that another request began just now.

    At most 64 files of a person are under way: the one longest without news makes room.
    Raises RefusedError when the file doesn't fit into what is left of the quota, and
    StorageUnavailableError when the disk has no room for it.
    """
    here = folder()
    # One at a time: of two files begun at once, the second must count the first.
    with _open_folder(here) as handle, _locked(handle):
        if part := find(owner, key):
            return part
        others = [Part(path) for path in _by_age(here.glob(f"{owner.pk}-*.part"))]
        while len(others) >= MAX_A_PERSON:
            others.pop(0).erase()
        since = time.time() - IDLE_SECONDS
        alive = sum(part.total for part in others if _written(part.path) > since)
        quota.refuse_beyond(owner, alive + total)
        path = here / f"{_name(owner, key)}-{total}.part"
        try:
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))
        except OSError as error:
            raise StorageUnavailableError(str(error)) from error
        return Part(path)


class _Arrived(UploadedFile):  # type: ignore[type-arg]
    """A part as an upload handler would hand it over."""

    def __init__(self, path: Path, name: str, size: int) -> None:
        super().__init__(None, name, size=size)
        self._path = path

    def temporary_file_path(self) -> str:
        return str(self._path)


def _name(owner: User, key: str) -> str:
    return f"{owner.pk}-{hashlib.sha256(key.encode()).hexdigest()}"


def _by_age(paths: Iterable[Path]) -> list[Path]:
    return sorted(paths, key=_written)


def _written(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        # Erased meanwhile: it makes room before any other, and its length no longer counts.
        return 0.0


@contextmanager
def _open_folder(path: Path) -> Iterator[int]:
    handle = os.open(path, os.O_RDONLY)
    try:
        yield handle
    finally:
        os.close(handle)


@contextmanager
def _locked(handle: int) -> Iterator[Any]:
    fcntl.flock(handle, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(handle, fcntl.LOCK_UN)


def _size(handle: int) -> int:
    """The size of an open file; 0 once it is erased, for then nothing of it counts any more."""
    about = os.fstat(handle)
    return about.st_size if about.st_nlink else 0


def _write(handle: int, content: bytes) -> None:
    try:
        while content:
            content = content[os.write(handle, content) :]
    except OSError as error:
        raise StorageUnavailableError(str(error)) from error
