"""Receiving a file: from bytes on disk to an upload that renders."""

from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from notes_site.http.outages import LostUpload
from notes_site.queue.on_commit import queue_on_commit
from notes_site.storage import refuse_if_away
from notes_site.text import one_line
from posts import limits
from posts.models import Photo, Upload
from posts.pipeline import erase
from posts.pipeline.inspect import Inspected, inspect
from posts.pipeline.originals import store_original
from posts.reasons import RefusedError
from posts.uploading import quota


class KeyReusedError(Exception):
    """The idempotency key came before with other bytes."""


def receive(
    *,
    owner: User,
    file: "UploadedFile[Any]",
    idempotency_key: str | None = None,
    purpose: str = Upload.Purpose.POST,
) -> tuple[Upload, bool]:
    """Take a file: inspect it, keep its original, write its rows, queue its renditions.

    Returns the upload and whether it is new; the same key and bytes give the same upload again.
    Raises RefusedError, KeyReusedError, StorageUnavailableError, or OSError for a full disk: the
    error that the upload handler met where the file didn't arrive.
    """
    if isinstance(file, LostUpload):
        raise file.error
    if (file.size or 0) > limits.MAX_FILE_BYTES:
        raise RefusedError("too_large")
    refuse_if_away()
    inspected = inspect(Path(file.temporary_file_path()))  # type: ignore[attr-defined]
    # Before the quota: a request sent again gets its upload even if that one filled the quota.
    earlier = _earlier(owner, idempotency_key, inspected)
    if earlier:
        return earlier, False
    # Saves storing what won't fit; _record() counts again behind the owner's lock.
    quota.refuse_beyond(owner, inspected.bytes)
    original_key = store_original(inspected)
    try:
        return _record(
            owner, file.name or "", inspected, original_key, idempotency_key, purpose
        ), True
    except (RefusedError, IntegrityError):
        # The same key in two requests at once, and the other one won; or another file took
        # meanwhile what was left of the quota.
        erase.request([original_key], owner_id=owner.pk, post_id=None)
        earlier = _earlier(owner, idempotency_key, inspected)
        if earlier is None:
            raise
        return earlier, False


@transaction.atomic
def discard(upload_id: int) -> bool:
    """Erase an upload that no post took; False when it is gone or taken."""
    upload = (
        Upload.objects.select_for_update(of=("self",))
        .select_related("photo")
        .filter(pk=upload_id, used_at=None)
        .first()
    )
    if upload is None:
        return False
    erase.erase_photo(upload.photo)
    return True


def retry(photo: Photo) -> bool:
    """Try a failed photo again; False when it is not failed."""
    with transaction.atomic():
        # One that a moderator refused stays so; releasing it is theirs.
        failed = Photo.objects.filter(pk=photo.pk, state=Photo.State.FAILED, held_at=None)
        changed = failed.update(
            state=Photo.State.PENDING,
            reason="",
            attempts=0,
            retry_at=None,
            queued_at=timezone.now(),
        )
        if changed:
            queue_on_commit("posts.tasks.render", photo.pk)
    return bool(changed)


def _earlier(owner: User, key: str | None, inspected: Inspected) -> Upload | None:
    if not key:
        return None
    upload = Upload.objects.select_related("photo").filter(owner=owner, idempotency_key=key).first()
    if upload and upload.photo.sha256 != inspected.sha256:
        raise KeyReusedError
    return upload


@transaction.atomic
def _record(
    owner: User,
    name: str,
    inspected: Inspected,
    original_key: str,
    idempotency_key: str | None,
    purpose: str,
) -> Upload:
    quota.reserve(owner, inspected.bytes)
    photo = Photo.objects.create(
        owner=owner,
        original_key=original_key,
        bytes=inspected.bytes,
        sha256=inspected.sha256,
        format=inspected.format,
        width=inspected.width,
        height=inspected.height,
        metadata=inspected.metadata,
        queued_at=timezone.now(),
    )
    upload = Upload.objects.create(
        owner=owner,
        photo=photo,
        idempotency_key=idempotency_key or None,
        name=one_line(name)[:255],
        purpose=purpose,
    )
    queue_on_commit("posts.tasks.render", photo.pk)
    return upload
