"""Rendering under a lease: one worker at a time, and only what is missing."""

import itertools
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import User
from notes_site.queue import leases
from notes_site.storage import media
from posts import limits
from posts.authoring.photo_changes import change_edits
from posts.imaging.edits import Edits
from posts.imaging.sandbox import ChildLostError, DecodingError, sandbox
from posts.models import Erasure, Photo
from posts.pipeline import erase, renditions
from posts.pipeline.renditions import TryAgainError
from tests import making
from tests.making import MakePicture, MakeUpload, own_connection

pytestmark = pytest.mark.pipeline


def again(photo: Photo) -> Photo:
    return Photo.objects.get(pk=photo.pk)


def test_pending_becomes_ready(owner: User, make_upload: MakeUpload) -> None:
    photo = making.make_ready(make_upload(owner))
    assert (photo.state, photo.attempts, photo.lease, photo.leased_until) == ("ready", 1, "", None)
    assert photo.thumbhash
    made = {rendition.spec: rendition for rendition in photo.renditions.all()}
    assert set(made) == {"w320", "jpeg1080", "square320", "wide1200"}
    for rendition in made.values():
        assert rendition.key.startswith("private/renditions/"), "in no public post yet"
        with media().open(rendition.key) as file:
            assert len(file.read()) == rendition.bytes
    assert [(made[spec].width, made[spec].height) for spec in ("w320", "jpeg1080")] == [
        (64, 48)
    ] * 2
    assert (made["square320"].width, made["square320"].height) == (48, 48)


def test_done_is_done(owner: User, make_upload: MakeUpload) -> None:
    photo = making.make_ready(make_upload(owner))
    keys = set(photo.renditions.values_list("key", flat=True))
    renditions.render(photo.pk)
    renditions.render(1)
    assert set(photo.renditions.values_list("key", flat=True)) == keys
    assert again(photo).attempts == 1


def test_of_two_workers_one_has_it(owner: User, make_upload: MakeUpload) -> None:
    photo = make_upload(owner).photo
    first = renditions._claim(photo.pk)
    assert first
    assert first.state == "working"
    assert first.leased_until
    assert first.leased_until - timezone.now() <= timedelta(seconds=60)
    assert renditions._claim(photo.pk) is None
    renditions.render(photo.pk)
    assert again(photo).state == "working", "left to the one who has it"


@pytest.mark.django_db(transaction=True)
def test_of_many_workers_at_once_one_has_it(owner: User, make_upload: MakeUpload) -> None:
    photo = make_upload(owner).photo
    start, won = threading.Barrier(6), []

    def work() -> None:
        with own_connection():
            start.wait()
            if renditions._claim(photo.pk):
                won.append(1)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert won == [1]
    assert again(photo).attempts == 1


def test_a_lease_that_ran_out_is_taken_over_and_the_first_worker_stands_back(
    owner: User, make_upload: MakeUpload, tmp_path: Path
) -> None:
    photo = make_upload(owner).photo
    first = renditions._claim(photo.pk)
    assert first
    Photo.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    second = renditions._claim(photo.pk)
    assert second
    assert second.lease != first.lease
    with pytest.raises(leases.LeaseLostError):
        renditions._make_missing(first, tmp_path)
    assert not photo.renditions.exists()
    assert Erasure.objects.count() == 1, "what the first one stored is to go"
    renditions._make_missing(second, tmp_path)
    assert again(photo).state == "ready"
    assert photo.renditions.count() == 4


def test_only_what_is_missing_is_made_again(
    owner: User, make_upload: MakeUpload, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = making.make_ready(make_upload(owner))
    kept = photo.renditions.get(spec="jpeg1080")
    photo.renditions.filter(spec="w320").delete()
    Photo.objects.filter(pk=photo.pk).update(state="pending")
    asked: list[list[str]] = []
    real = sandbox.render

    def watch(path: Path, folder: Path, wanted: list[str], made: Any, **more: Any) -> Any:
        asked.append(wanted)
        return real(path, folder, wanted, made, **more)

    monkeypatch.setattr(sandbox, "render", watch)
    renditions.render(photo.pk)
    assert asked == [["w320"]]
    assert photo.renditions.get(spec="jpeg1080").key == kept.key
    assert photo.renditions.filter(spec="w320").exists()
    assert again(photo).state == "ready"


def test_after_too_many_attempts_it_is_given_up(owner: User, make_upload: MakeUpload) -> None:
    photo = make_upload(owner).photo
    Photo.objects.update(attempts=limits.MAX_ATTEMPTS)
    renditions.render(photo.pk)
    photo = again(photo)
    assert (photo.state, photo.reason) == ("failed", "gave_up")
    assert "several attempts" in photo.reason_text


def test_a_picture_that_was_cut_off_fails_with_how_much_is_missing(
    owner: User, make_upload: MakeUpload, make_picture: MakePicture
) -> None:
    path = make_picture("GIF", (300, 300))
    path.write_bytes(path.read_bytes()[:1_500])
    photo = making.make_ready(make_upload(owner, path))
    assert (photo.state, photo.reason, photo.lease) == ("failed", "cut_off:bytes:94", "")
    assert "94% of it is missing" in photo.reason_text


def test_without_its_original_it_fails(owner: User, make_upload: MakeUpload) -> None:
    upload = make_upload(owner)
    media().delete(upload.photo.original_key)
    photo = making.make_ready(upload)
    assert (photo.state, photo.reason) == ("failed", "original_missing")


def test_storage_away_is_nobodys_fault(
    owner: User, make_upload: MakeUpload, settings: Any, tmp_path: Path
) -> None:
    photo = make_upload(owner).photo
    here = settings.STORAGES
    settings.STORAGES = making.storage_away(here)
    for _ in range(limits.MAX_ATTEMPTS + 2):
        with pytest.raises(TryAgainError):
            renditions.render(photo.pk)
        Photo.objects.update(retry_at=timezone.now())
    photo = again(photo)
    assert (photo.state, photo.attempts, photo.leased_until) == ("pending", 0, None)
    settings.STORAGES = here
    renditions.render(photo.pk)
    assert (again(photo).state, again(photo).retry_at) == ("ready", None)


def test_after_a_lost_child_it_is_tried_again_later_and_in_the_end_given_up(
    owner: User, make_upload: MakeUpload, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = make_upload(owner).photo

    def lost(*_arguments: Any, **_more: Any) -> None:
        raise ChildLostError

    monkeypatch.setattr(sandbox, "render", lost)
    waits = []
    for attempt in range(1, limits.MAX_ATTEMPTS + 1):
        with pytest.raises(TryAgainError):
            renditions.render(photo.pk)
        photo = again(photo)
        assert (photo.state, photo.attempts, photo.leased_until) == ("pending", attempt, None)
        assert photo.retry_at
        waits.append(photo.retry_at - timezone.now())
        renditions.render(photo.pk)
        assert again(photo).attempts == attempt, "a message that comes too early does nothing"
        Photo.objects.update(retry_at=timezone.now())
    assert all(later > 1.8 * sooner for sooner, later in itertools.pairwise(waits))
    renditions.render(photo.pk)
    assert (again(photo).state, again(photo).reason) == ("failed", "gave_up")


def test_an_edit_during_the_work_is_what_counts(
    owner: User, make_upload: MakeUpload, tmp_path: Path
) -> None:
    photo = make_upload(owner).photo
    first = renditions._claim(photo.pk)
    assert first
    change_edits(photo, Edits.from_json({"rotate": 90}))
    with pytest.raises(leases.LeaseLostError):
        renditions._make_missing(first, tmp_path)
    assert again(photo).state == "pending"
    renditions.render(photo.pk)
    photo = again(photo)
    assert photo.state == "ready"
    assert {each.edits_version for each in photo.renditions.all()} == {1}
    shown = photo.renditions.get(spec="w320")
    assert (shown.width, shown.height) == (48, 64)


def test_the_earlier_renditions_stay_until_the_new_ones_are_complete(
    owner: User, make_upload: MakeUpload
) -> None:
    photo = making.make_ready(make_upload(owner))
    before = set(photo.renditions.values_list("key", flat=True))
    change_edits(photo, Edits.from_json({"flip": True}))
    photo = again(photo)
    assert photo.is_shown
    assert {each.key for each in photo.current_renditions} == before
    renditions.render(photo.pk)
    photo = again(photo)
    assert not before & set(photo.renditions.values_list("key", flat=True))
    assert {each.edits_version for each in photo.current_renditions} == {1}
    ledger = Erasure.objects.filter(key__in=before)
    assert ledger.count() == len(before)
    assert all(entry.due_at > timezone.now() for entry in ledger), "open tabs still show them"
    plain = photo.renditions.get(spec="plain")
    assert plain.key.startswith("private/")
    assert plain not in photo.current_renditions


def test_no_transaction_is_open_while_a_picture_is_decoded(
    owner: User, make_upload: MakeUpload, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = make_upload(owner).photo
    blocks = len(connection.savepoint_ids)
    seen = []

    def look(*_arguments: Any, **_more: Any) -> None:
        seen.append(len(connection.savepoint_ids))
        raise DecodingError("damaged")

    monkeypatch.setattr(sandbox, "render", look)
    renditions.render(photo.pk)
    assert seen == [blocks]


def test_a_photo_deleted_meanwhile_is_let_go(
    owner: User, make_upload: MakeUpload, tmp_path: Path
) -> None:
    photo = make_upload(owner).photo
    claimed = renditions._claim(photo.pk)
    assert claimed
    Photo.objects.filter(pk=photo.pk).delete()
    with pytest.raises(leases.LeaseLostError):
        renditions._make_missing(claimed, tmp_path)
    assert Erasure.objects.count() == 1


@pytest.mark.stack
@pytest.mark.django_db(transaction=True)
def test_what_moves_while_its_replacement_is_finished_is_not_forgotten(
    owner: User, make_upload: MakeUpload, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = making.make_ready(make_upload(owner))
    change_edits(photo, Edits.from_json({"rotate": 90}))
    older = photo.renditions.filter(spec="w320", edits_version=0)
    ask = erase.request

    def move() -> None:
        with own_connection():
            moved.append(older.update(key="public/moved.webp"))

    moved: list[int] = []
    mover = threading.Thread(target=move)

    def request(keys: list[str], **of: Any) -> None:
        if mover.ident is None:
            mover.start()
            mover.join(1)
        ask(keys, **of)

    monkeypatch.setattr(erase, "request", request)
    renditions.render(photo.pk)
    mover.join(10)
    assert moved == [0], "nobody would erase it where it lies now"
    assert not older.exists()
