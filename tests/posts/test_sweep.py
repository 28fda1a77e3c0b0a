"""The sweep finds what was lost, and touches nothing else."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from accounts.models import User
from notes_site.storage import media
from posts import limits
from posts import sweep as sweeping
from posts.models import Erasure, Photo, Post, Upload
from posts.sweep import sweep
from tests import making
from tests.conftest import Commit
from tests.making import MakePost, MakeUpload

AGO = timedelta(seconds=31)


def test_only_lost_work_is_queued_again(owner: User, make_upload: MakeUpload) -> None:
    now = timezone.now()
    rows: dict[str, dict[str, Any]] = {
        "just queued": {"state": "pending", "queued_at": now},
        "never queued": {"state": "pending", "queued_at": None},
        "lost": {"state": "pending", "queued_at": now - 2 * AGO},
        "being worked on": {
            "state": "working", "queued_at": now - 1.5 * AGO, "leased_until": now + limits.LEASE,
        },
        "waiting its turn behind that": {"state": "pending", "queued_at": now - AGO},
        "its worker died": {
            "state": "working", "queued_at": now - 2 * AGO, "leased_until": now,
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


def test_behind_a_worker_that_fell_silent_nothing_waits(
    owner: User, make_upload: MakeUpload
) -> None:
    now = timezone.now()
    silent, behind = make_upload(owner).photo, make_upload(owner, key="b").photo
    Photo.objects.filter(pk=behind.pk).update(queued_at=now - AGO)
    in_hand = Photo.objects.filter(pk=silent.pk)
    in_hand.update(state="working", queued_at=now - 2 * AGO, leased_until=now + limits.LEASE)
    assert sweep() == 0
    in_hand.update(leased_until=now + limits.LEASE - timedelta(seconds=20))
    assert sweep() == 1


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
    assert set(Upload.objects.all()) == {young, post.photos.get().upload}
    assert not Photo.objects.filter(pk=old.photo_id).exists()
    assert post.photos.count() == 1, "a post's photo stays, and what names it in its form"
    assert Erasure.objects.filter(key=old.photo.original_key).exists()


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
