"""The sweep finds what was lost, and touches nothing else."""

import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from accounts.models import User
from notes_site.ids import random_key
from notes_site.storage import FileMedia, media
from posts import limits
from posts.models import Erasure, Photo, Post, Upload
from posts.pipeline import sweep as sweeping
from posts.pipeline.sweep import collect_orphans, sweep
from tests import making
from tests.conftest import Commit
from tests.making import MakePost, MakeUpload

AGO = timedelta(seconds=31)


def test_only_lost_work_is_queued_again(owner: User, make_upload: MakeUpload) -> None:
    now = timezone.now()
    rows: dict[str, dict[str, Any]] = {
        "just queued": {"state": "pending", "queued_at": now},
        "never queued": {"state": "pending", "queued_at": None},
        "lost": {"state": "pending", "queued_at": now - AGO},
        "being worked on": {
            "state": "working", "queued_at": now - AGO, "leased_until": now + timedelta(seconds=9),
        },
        "its worker died": {
            "state": "working", "queued_at": now - AGO, "leased_until": now - timedelta(seconds=1),
        },
        "ready": {"state": "ready", "queued_at": now - AGO, "placed": True},
        "failed": {"state": "failed", "queued_at": now - AGO},
    }  # fmt: skip
    photos = {}
    for name, fields in rows.items():
        photos[make_upload(owner).photo_id] = name
        Photo.objects.filter(pk=list(photos)[-1]).update(**fields)
    before = dict(Photo.objects.values_list("pk", "queued_at"))
    assert sweep() == 3
    queued = {
        photos[photo.pk] for photo in Photo.objects.all() if photo.queued_at != before[photo.pk]
    }
    assert queued == {"never queued", "lost", "its worker died"}
    assert sweep() == 0, "not twice"


def test_a_message_is_sent_for_each(owner: User, make_upload: MakeUpload, commit: Commit) -> None:
    make_upload(owner)
    Photo.objects.update(queued_at=None)
    with commit() as callbacks:
        sweep()
    assert len(callbacks) == 1


def test_a_ready_post_nobody_published_is_published(owner: User, make_post: MakePost) -> None:
    post = make_post(owner, ready=False)
    Photo.objects.update(state="ready", placed=True)
    sweep()
    post.refresh_from_db()
    assert post.state == "published"


def test_uploads_that_nobody_used_go_after_a_week(
    owner: User, make_upload: MakeUpload, make_post: MakePost
) -> None:
    old, young = make_upload(owner), make_upload(owner)
    post = make_post(owner)
    long_ago = timezone.now() - limits.UPLOAD_KEPT - timedelta(minutes=1)
    Upload.objects.exclude(pk=young.pk).update(created_at=long_ago)
    assert sweeping.erase_unused_uploads() == 1
    assert list(Upload.objects.all()) == [young]
    assert not Photo.objects.filter(pk=old.photo_id).exists()
    assert post.photos.count() == 1, "a post's photo stays; only its receipt is forgotten"
    assert Erasure.objects.filter(key=old.photo.original_key).exists()


def test_objects_that_no_row_names_go_after_a_day(
    owner: User, make_post: MakePost, make_upload: MakeUpload, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    post = make_post(owner)
    upload = make_upload(owner)
    avatar, orphan, orphaned_original = (
        f"public/{random_key()}.webp",
        f"public/{random_key()}.webp",
        f"private/originals/{random_key()}",
    )
    source = tmp_path / "source"
    source.write_bytes(b"bytes")
    for key in (avatar, orphan, orphaned_original):
        media().put(key, source)
    User.objects.filter(pk=owner.pk).update(avatar_key=avatar)
    collect_orphans()
    assert not Erasure.objects.filter(key__in=[orphan, orphaned_original]).exists(), "too young"
    monkeypatch.setattr(sweeping, "A_DAY", timedelta(seconds=-60))
    assert collect_orphans() >= 2
    found = set(Erasure.objects.values_list("key", flat=True))
    assert {orphan, orphaned_original} <= found
    named = {avatar, upload.photo.original_key, post.photos.get().original_key}
    named |= {r.key for r in post.photos.get().renditions.all()}
    assert not named & found
    assert collect_orphans() == 0


def test_age_is_a_whole_day(tmp_path: Path, settings: Any, db: None) -> None:
    settings.STORAGES = making.storage_on_disk(settings.STORAGES, tmp_path / "files")
    files = FileMedia(location=tmp_path / "files")
    source = tmp_path / "source"
    source.write_bytes(b"bytes")
    for hours in (23, 25):
        key = f"public/{hours}.webp"
        files.put(key, source)
        written = time.time() - hours * 3600
        os.utime(files.path(key), (written, written))
    assert collect_orphans() == 1
    assert Erasure.objects.get().key == "public/25.webp"
    assert datetime.now(UTC)


def test_more_than_one_batch(
    on_files: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, db: None
) -> None:
    monkeypatch.setattr(sweeping, "AT_ONCE", 2)
    monkeypatch.setattr(sweeping, "A_DAY", timedelta(seconds=-60))
    source = tmp_path / "source"
    source.write_bytes(b"bytes")
    keys = {f"public/{random_key()}.webp" for _ in range(5)}
    for key in keys:
        media().put(key, source)
    assert collect_orphans() == 5
    assert keys == set(Erasure.objects.values_list("key", flat=True))


def test_one_bad_row_does_not_stop_the_sweep(
    owner: User, make_upload: MakeUpload, make_post: MakePost
) -> None:
    avatar = make_upload(owner)
    photo = making.make_ready(avatar)
    Upload.objects.filter(pk=avatar.pk).update(purpose=Upload.Purpose.AVATAR)
    for rendition in photo.renditions.all():
        media().delete(rendition.key)
    due = Erasure.objects.create(key="public/gone.webp", due_at=timezone.now())
    sweep()
    due.refresh_from_db()
    assert due.erased_at


def test_by_hand(owner: User, make_post: MakePost, capsys: pytest.CaptureFixture[str]) -> None:
    make_post(owner, ready=False)
    Photo.objects.update(queued_at=None)
    call_command("sweep")
    assert "1 photos" in capsys.readouterr().out
    assert Post.objects.count() == 1
