"""Where media lie: files on disk or an S3 bucket, with the same few doors on both.

Keys begin with `public/` (fetched by anyone who knows the address, cached for a year) or with
`private/` (never served but by the application).
"""

import contextlib
import os
import stat
import threading
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol, cast

from boto3.exceptions import Boto3Error
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.core.files import File
from django.core.files.storage import FileSystemStorage, default_storage
from django.utils import timezone
from storages.backends.s3 import S3Storage

from notes_site.ids import random_key
from notes_site.timeouts import patience
from notes_site.timeouts.breaker import Breaker, PartAwayError

PUBLIC = "public/"
PRIVATE = "private/"
# People's downloads of everything, for a week each.
EXPORTS = f"{PRIVATE}exports/"
A_YEAR = "public, max-age=31536000, immutable"
CONTENT_TYPES = {
    "webp": "image/webp",
    "jpg": "image/jpeg",
    "png": "image/png",
    "gif": "image/gif",
    "heic": "image/heic",
    "avif": "image/avif",
    "zip": "application/zip",
}

# Downloads of everything alone are larger.
MAX_IN_ONE_PUT = 1 << 30

# How long a worker waits for the store, and how long a visitor's request does; seconds. A put may
# have 50 MB behind it; sending is bounded by the first figure, for each block, as connecting is.
PATIENT = {
    "connect_timeout": 2,
    "read_timeout": 20,
    "retries": {"max_attempts": 2, "mode": "standard"},
}
BRIEF = {
    "connect_timeout": 1,
    "read_timeout": 2,
    "retries": {"total_max_attempts": 1, "mode": "standard"},
}
BRIEF_PUT = {**BRIEF, "read_timeout": 5}
# How long a request waits for those before it, when as many as may already ask the store.
ROOM_SECONDS = 0.3
ROOM_SECONDS_PUT = 0.8

store = Breaker("the store", at_once=4, rest_seconds=5)
_CLIENT_LOCK = threading.Lock()


class StorageUnavailableError(Exception):
    """The media storage did not answer; what was asked of it can be asked again later."""


class Media(Protocol):
    """What both storages offer. Every method raises StorageUnavailableError when it is away."""

    def put(self, key: str, path: Path) -> None:
        """Store a file's bytes under a key; readers see all of it or nothing."""

    def fetch(self, key: str, path: Path) -> None:
        """Write an object's bytes into a file; raises FileNotFoundError for no such key."""

    def open(self, name: str, mode: str = "rb") -> File:  # type: ignore[type-arg]
        """An object for reading; raises FileNotFoundError for no such key."""

    def copy(self, source: str, target: str) -> None:
        """Copy an object; raises FileNotFoundError when there is no source."""

    def delete(self, name: str) -> None:
        """Delete an object; an absent one is no error."""

    def exists(self, name: str) -> bool:
        """Whether there is an object of that key."""

    def walk(self, prefix: str) -> Iterator[tuple[str, datetime]]:
        """Every key below a prefix with the time it was last written."""


def media() -> Media:
    """The storage the settings name."""
    return cast(Media, default_storage)


def content_type(key: str) -> str:
    """The media type that belongs to a key's ending."""
    return CONTENT_TYPES.get(key.rpartition(".")[2], "application/octet-stream")


def refuse_if_away() -> None:
    """Raises StorageUnavailableError when it did not answer a moment ago: before much work."""
    if store.is_resting:
        raise StorageUnavailableError("the store did not answer a moment ago")


def public_url(key: str) -> str:
    """The address at which anyone fetches a public object."""
    if settings.STORAGE_PUBLIC_URL == "/renditions/":
        return settings.STORAGE_PUBLIC_URL + key.removeprefix(PUBLIC)
    return settings.STORAGE_PUBLIC_URL + key


class FileMedia(FileSystemStorage):
    """Media as files below one folder."""

    def path(self, name: str) -> str:
        """Where a key's file lies; every other method asks here first.

        Raises StorageUnavailableError when the folder itself is gone: a disk that is not mounted
        must neither be filled anew beside its place nor pass for one on which nothing lies.
        """
        if not os.path.isdir(self.location):
            raise StorageUnavailableError(f"the media folder {self.location} is not there")
        return super().path(name)

    def put(self, key: str, path: Path) -> None:
        target = Path(self.path(key))
        waiting = target.with_name(f".{target.name}.part")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with path.open("rb") as source, waiting.open("wb") as file:
                while chunk := source.read(1 << 20):
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            waiting.replace(target)
        except OSError as error:
            with contextlib.suppress(OSError):
                waiting.unlink()
            raise StorageUnavailableError(str(error)) from error

    def fetch(self, key: str, path: Path) -> None:
        with self.open(key) as source, path.open("wb") as target:
            for chunk in source.chunks():
                target.write(chunk)

    def copy(self, source: str, target: str) -> None:
        path = Path(self.path(target))
        path.parent.mkdir(parents=True, exist_ok=True)
        # Objects never change, so a second name for the same bytes is a copy; made young first,
        # lest the sweep for orphans take it for one before a row names it.
        os.utime(self.path(source))
        beside = path.with_name(f".{path.name}.{random_key()}.part")
        os.link(self.path(source), beside)
        beside.replace(path)
        # Two names of one file are left as they are by a rename.
        beside.unlink(missing_ok=True)

    def walk(self, prefix: str) -> Iterator[tuple[str, datetime]]:
        root = Path(self.path(prefix))
        for path in root.rglob("*"):
            try:
                status = path.stat()
            except FileNotFoundError:
                # Erased since the folder was read.
                continue
            if stat.S_ISREG(status.st_mode):
                written = datetime.fromtimestamp(
                    status.st_mtime, tz=timezone.get_default_timezone()
                )
                yield f"{prefix}{path.relative_to(root).as_posix()}", written


class S3Media(S3Storage):  # type: ignore[misc]
    """Media as objects of an S3-compatible bucket."""

    def get_default_settings(self) -> dict[str, Any]:
        """django-storages' defaults with ours: signature v4, addresses by path."""
        ours = {
            "default_acl": None,
            "querystring_auth": False,
            "client_config": Config(
                signature_version="s3v4",
                # A host name for each bucket would need a wildcard in the store's DNS.
                s3={"addressing_style": "path"},
                max_pool_connections=32,
                # Checksums in trailers are an AWS addition that other servers may not know.
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
        }
        return {**super().get_default_settings(), **ours}

    @property
    def client(self) -> Any:
        """The low-level client that waits for the store as long as work may."""
        return self._client("patient", PATIENT)

    def _client(self, name: str, waits: dict[str, Any]) -> Any:
        # One for all threads: each of its own would cost 17 MB a thread.
        with _CLIENT_LOCK:
            clients: dict[str, Any] = self.__dict__.setdefault("_clients", {})
            if name not in clients:
                clients[name] = self._create_session().client(
                    "s3",
                    region_name=self.region_name,
                    use_ssl=self.use_ssl,
                    endpoint_url=self.endpoint_url,
                    config=self.client_config.merge(Config(**waits)),
                    verify=self.verify,
                )
            return clients[name]

    @contextlib.contextmanager
    def _asked(self, *, put: bool = False) -> Iterator[Any]:
        """The client to ask within the block; in a web process a brief one, behind the breaker."""
        if not patience.is_brief():
            yield self.client
            return
        client = self._client("put", BRIEF_PUT) if put else self._client("brief", BRIEF)
        room = ROOM_SECONDS_PUT if put else ROOM_SECONDS
        try:
            with store.call(BotoCoreError, wait_seconds=room):
                yield client
        except PartAwayError as error:
            raise StorageUnavailableError(str(error)) from error

    def put(self, key: str, path: Path) -> None:
        headers = {"ContentType": content_type(key)}
        if key.startswith(PUBLIC):
            headers["CacheControl"] = A_YEAR
        try:
            if path.stat().st_size > MAX_IN_ONE_PUT:
                # In parts, as the protocol wants it from 5 GB on; it is there with the last one.
                self.client.upload_file(str(path), self.bucket_name, key, ExtraArgs=headers)
                return
            with path.open("rb") as file, self._asked(put=True) as client:
                client.put_object(Bucket=self.bucket_name, Key=key, Body=file, **headers)
        except (BotoCoreError, Boto3Error, ClientError) as error:
            raise StorageUnavailableError(str(error)) from error

    def fetch(self, key: str, path: Path) -> None:
        try:
            with self._asked() as client:
                body = client.get_object(Bucket=self.bucket_name, Key=key)["Body"]
            # Outside the breaker, where a long download takes no place from other calls.
            with path.open("wb") as file:
                for chunk in body.iter_chunks(1 << 20):
                    file.write(chunk)
        except (BotoCoreError, ClientError) as error:
            raise _translated(error, key) from error

    def open(self, name: str, mode: str = "rb") -> Any:
        # Asked for at once and passed on as it comes: django-storages' own file asks only when it
        # is first read, which is too late to answer "not found".
        try:
            with self._asked() as client:
                found = client.get_object(Bucket=self.bucket_name, Key=name)
        except (BotoCoreError, ClientError) as error:
            raise _translated(error, name) from error
        file: File[bytes] = File(found["Body"], name)
        file.size = found["ContentLength"]
        return file

    def copy(self, source: str, target: str) -> None:
        # REPLACE, or the copy keeps its source's headers: what was private has no Cache-Control.
        headers = {"ContentType": content_type(target), "MetadataDirective": "REPLACE"}
        if target.startswith(PUBLIC):
            headers["CacheControl"] = A_YEAR
        try:
            with self._asked() as client:
                client.copy_object(
                    Bucket=self.bucket_name,
                    Key=target,
                    CopySource={"Bucket": self.bucket_name, "Key": source},
                    **headers,
                )
        except (BotoCoreError, ClientError) as error:
            raise _translated(error, source) from error

    def delete(self, name: str) -> None:
        try:
            with self._asked() as client:
                client.delete_object(Bucket=self.bucket_name, Key=name)
        except (BotoCoreError, ClientError) as error:
            raise StorageUnavailableError(str(error)) from error

    def exists(self, name: str) -> bool:
        try:
            with self._asked() as client:
                client.head_object(Bucket=self.bucket_name, Key=name)
        except (BotoCoreError, ClientError) as error:
            if isinstance(_translated(error, name), FileNotFoundError):
                return False
            raise StorageUnavailableError(str(error)) from error
        return True

    def walk(self, prefix: str) -> Iterator[tuple[str, datetime]]:
        pages = self.client.get_paginator("list_objects_v2")
        try:
            for page in pages.paginate(Bucket=self.bucket_name, Prefix=prefix):
                for found in page.get("Contents", []):
                    yield found["Key"], found["LastModified"]
        except (BotoCoreError, ClientError) as error:
            raise StorageUnavailableError(str(error)) from error


def _translated(error: BotoCoreError | ClientError, key: str) -> Exception:
    """FileNotFoundError for an absent object, StorageUnavailableError for everything else."""
    if isinstance(error, ClientError) and error.response.get("Error", {}).get("Code") in (
        # The answer to a HEAD has no body that could say NoSuchKey.
        "404",
        "NoSuchKey",
    ):
        return FileNotFoundError(key)
    return StorageUnavailableError(str(error))
