"""Receiving a file: recorded once, whole, or not at all."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from notes_site.storage import StorageUnavailableError, media
from posts import limits
from posts.models import Erasure, Photo, Upload
from posts.reasons import RefusedError
from posts.uploading import uploads
from tests import making
from tests.conftest import Commit
from tests.making import MakePicture, MakeUpload

pytestmark = pytest.mark.pipeline


def nothing_kept() -> bool:
    return not (Upload.objects.exists() or Photo.objects.exists())


def test_bytes_row_and_message(owner: User, small_picture: bytes, commit: Commit) -> None:
    with commit() as callbacks:
        upload, new = uploads.receive(owner=owner, file=making.received(small_picture, "sea.jpg"))
    assert new
    assert len(callbacks) == 1, "one message"
    photo = upload.photo
    assert (photo.state, photo.format, photo.width, photo.height) == ("pending", "JPEG", 64, 48)
    assert (photo.bytes, photo.sha256) == (len(small_picture), making.sha256(small_picture))
    assert (upload.name, upload.used_at, photo.post, photo.owner) == ("sea.jpg", None, None, owner)
    assert photo.queued_at
    assert media().exists(photo.original_key)


def test_the_same_key_and_bytes_are_the_same_upload(
    owner: User, friend: User, make_picture: MakePicture, make_upload: MakeUpload
) -> None:
    one, other = make_picture(), make_picture(size=(50, 50))
    first = make_upload(owner, one, key="k")
    assert make_upload(owner, one, key="k") == first
    assert Photo.objects.count() == 1
    with pytest.raises(uploads.KeyReusedError):
        make_upload(owner, other, key="k")
    assert Photo.objects.count() == 1
    assert make_upload(friend, one, key="k") != first, "keys are each person's own"
    assert make_upload(owner, one) != make_upload(owner, one), "without a key each is new"


def test_a_refused_file_leaves_nothing(owner: User, commit: Commit) -> None:
    with commit() as callbacks:
        for content, code in ((b"", "empty"), (b"hello", "not_a_picture"), (b"<svg/>", "svg")):
            with pytest.raises(RefusedError) as caught:
                uploads.receive(owner=owner, file=making.received(content))
            assert caught.value.code == code
    assert nothing_kept()
    assert callbacks == []
    assert not Erasure.objects.exists()


def test_a_file_too_large_is_not_even_looked_at(owner: User, small_picture: bytes) -> None:
    file = making.received(small_picture)
    file.size = limits.MAX_FILE_BYTES + 1
    with pytest.raises(RefusedError, match="too_large"):
        uploads.receive(owner=owner, file=file)
    assert nothing_kept()


def test_the_quota_counts_what_one_keeps(
    owner: User, friend: User, make_upload: MakeUpload, settings: Any
) -> None:
    settings.QUOTA_MB = 1
    kept = make_upload(owner)
    Photo.objects.filter(pk=kept.photo_id).update(bytes=1_000_000)
    with pytest.raises(RefusedError, match="quota"):
        make_upload(owner)
    make_upload(friend)
    uploads.discard(kept.pk)
    make_upload(owner)


def test_storage_away_leaves_nothing(
    owner: User, small_picture: bytes, settings: Any, tmp_path: Path
) -> None:
    (tmp_path / "gone").write_text("")
    settings.STORAGES = making.storage_on_disk(settings.STORAGES, tmp_path / "gone")
    with pytest.raises(StorageUnavailableError):
        uploads.receive(owner=owner, file=making.received(small_picture))
    assert nothing_kept()


def test_what_no_post_took_can_be_thrown_away(
    owner: User, make_upload: MakeUpload, commit: Commit
) -> None:
    upload = make_upload(owner)
    photo = making.make_ready(upload)
    keys = {photo.original_key, *photo.renditions.values_list("key", flat=True)}
    assert len(keys) == 5
    assert uploads.discard(upload.pk)
    assert not uploads.discard(upload.pk)
    assert nothing_kept()
    assert set(Erasure.objects.values_list("key", flat=True)) == keys


def test_what_a_post_took_can_not(owner: User, make_upload: MakeUpload) -> None:
    upload = make_upload(owner)
    Upload.objects.filter(pk=upload.pk).update(used_at=timezone.now())
    assert not uploads.discard(upload.pk)
    assert Photo.objects.filter(pk=upload.photo_id).exists()


def test_only_failed_photos_are_tried_again(
    owner: User, make_upload: MakeUpload, commit: Commit
) -> None:
    photo = make_upload(owner).photo
    assert not uploads.retry(photo)
    Photo.objects.update(
        state="failed",
        reason="too_slow",
        attempts=6,
        queued_at=timezone.now() - timedelta(hours=1),
    )
    with commit() as callbacks:
        assert uploads.retry(photo)
    assert len(callbacks) == 1
    photo.refresh_from_db()
    assert (photo.state, photo.reason, photo.attempts) == ("pending", "", 0)


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "a" * 300 + ".jpg", "\u202egpj.exe", "<script>.jpg", "", "CON"]
)
def test_a_name_is_only_a_name(name: str, owner: User, make_upload: MakeUpload) -> None:
    upload = make_upload(owner, name=name or "x")
    assert len(upload.name) <= 255
    assert "/" not in upload.name
    assert upload.photo.original_key.startswith("private/originals/")
    assert len(upload.photo.original_key) == len("private/originals/") + 22
