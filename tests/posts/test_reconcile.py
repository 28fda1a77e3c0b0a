"""Storage and rows are compared both ways; nothing is erased that somebody could still want."""

import hashlib
import os
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import User
from notes_site.ids import random_key
from notes_site.storage import FileMedia, media
from posts.models import Erasure, Quarantine, Rendition
from posts.pipeline import erase, quarantine, reconcile, renditions
from posts.pipeline.reconcile import Findings
from posts.sweep import collect_orphans
from tests import making
from tests.making import MakePost, MakeUpload, own_connection

pytestmark = pytest.mark.django_db
Put = Callable[[str], str]
BYTES = b"bytes"


@pytest.fixture(autouse=True)
def own_objects(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bucket is shared: what others put there is not looked at, and ours counts as old."""
    walk = making.storage_class().walk
    foreign = set(keys())

    def ours(storage: Any, prefix: str) -> Iterator[Any]:
        return (pair for pair in walk(storage, prefix) if pair[0] not in foreign)

    monkeypatch.setattr(making.storage_class(), "walk", ours)
    monkeypatch.setattr(reconcile, "A_DAY", timedelta(seconds=-60))


@pytest.fixture
def put(tmp_path: Path) -> Put:
    """Puts an object into storage and returns its key."""
    source = tmp_path / "source"
    source.write_bytes(BYTES)

    def make(key: str) -> str:
        media().put(key, source)
        return key

    return make


def orphan(ending: str = ".webp") -> str:
    return f"public/{random_key()}{ending}"


def keys() -> list[str]:
    """Every object."""
    return [key for prefix in ("public/", "private/") for key, _written in media().walk(prefix)]


def stored() -> dict[str, str]:
    """Every object with the hash of its bytes."""
    return {key: hashlib.sha256(media().open(key).read()).hexdigest() for key in keys()}


def rows() -> dict[str, list[Any]]:
    """Every row of posts and people."""
    models: list[Any] = [*apps.get_app_config("posts").get_models(), User]
    return {each.__name__: list(each._default_manager.order_by("pk").values()) for each in models}


def run(dry_run: bool = False) -> Findings:
    return reconcile.reconcile(dry_run=dry_run, tell=lambda _line: None)


def test_what_no_row_names_is_put_aside_and_nothing_else(
    owner: User, make_post: MakePost, make_upload: MakeUpload, put: Put
) -> None:
    make_post(owner)
    make_upload(owner)
    avatar, going = put(orphan()), put(orphan())
    User.objects.filter(pk=owner.pk).update(avatar_key=avatar)
    erase.erase_due()
    erase.request([going], owner_id=None, post_id=None)
    before = stored()
    lost = [put(orphan()), put(f"private/originals/{random_key()}")]
    told: list[str] = []
    assert reconcile.reconcile(dry_run=False, tell=told.append) == Findings(orphans=2)
    assert sorted(told) == sorted(f"No row names {key}" for key in lost)
    entries = Quarantine.objects.all()
    assert {entry.key for entry in entries} == set(lost)
    aside = {entry.kept_key for entry in entries}
    assert all(key.startswith("private/quarantine/") for key in aside)
    after = stored()
    assert after.keys() == before.keys() | aside
    assert {after[key] for key in aside} == {hashlib.sha256(BYTES).hexdigest()}
    assert not Erasure.objects.exclude(key=going).filter(erased_at=None).exists()
    assert run() == Findings(), "once is enough"


def test_a_dry_run_changes_nothing_at_all(
    owner: User, make_post: MakePost, put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, third = (make_post(owner).photos.get() for _ in range(3))
    back, old = put(orphan()), put(orphan())
    run()
    put(orphan())
    media().delete(first.renditions.all()[0].key)
    media().delete(second.original_key)
    Quarantine.objects.filter(key=old).update(found_at=timezone.now() - timedelta(days=8))
    Rendition.objects.filter(pk=third.renditions.all()[1].pk).update(key=back)
    gone = third.renditions.get(key=back)
    monkeypatch.setattr(quarantine, "KEPT", timedelta(seconds=-60))
    before = stored(), rows()
    output = StringIO()
    call_command("reconcile_media", dry_run=True, stdout=output)
    assert (stored(), rows()) == before
    text = output.getvalue()
    for words in (
        "2 objects that no row names",  # one put there, one whose row names another key now
        "1 objects of the quarantine that a row names again",
        "1 objects after 7 days of quarantine",
        "2 renditions without an object",
        "1 originals and 0 profile pictures missing",
        f"Photo {second.code} of @owner lacks {second.original_key}",
        f"Photo {third.code} lacks its {gone.spec}, {back}",
        "nothing was changed",
    ):
        assert words in text, words


def test_the_young_is_left_alone(
    tmp_path: Path, on_files: None, put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconcile, "A_DAY", timedelta(days=1))
    files = FileMedia(location=tmp_path / "media")
    for hours in (23, 25):
        written = time.time() - hours * 3600
        os.utime(files.path(put(f"public/{hours}.webp")), (written, written))
    assert run() == Findings(orphans=1)
    assert Quarantine.objects.get().key == "public/25.webp"


def test_after_a_week_it_goes_through_the_ledger(put: Put, monkeypatch: pytest.MonkeyPatch) -> None:
    key = put(orphan())
    run()
    entry = Quarantine.objects.get()
    Quarantine.objects.update(found_at=timezone.now() - timedelta(days=6, hours=23))
    assert run() == Findings()
    Quarantine.objects.update(found_at=timezone.now() - timedelta(days=7, hours=1))
    assert run() == Findings(), "the object itself is not that old"
    monkeypatch.setattr(quarantine, "KEPT", timedelta(seconds=-60))
    assert run() == Findings(erased=1)
    assert run() == Findings(), "asked for once"
    erase.erase_due()
    assert not media().exists(entry.kept_key)
    assert Erasure.objects.get(key=entry.kept_key).erased_at
    assert Quarantine.objects.get().erased_at
    # Long after, something lies there again: it is kept for a week of its own.
    put(key)
    monkeypatch.setattr(quarantine, "KEPT", timedelta(days=7))
    assert run() == Findings(orphans=1)
    again = Quarantine.objects.get()
    assert (again.key, again.erased_at) == (key, None)
    assert again.kept_key != entry.kept_key
    assert media().exists(again.kept_key)


def test_the_week_is_counted_from_when_it_was_found(
    on_files: None, put: Put, tmp_path: Path
) -> None:
    put(orphan())
    run()
    long_ago = time.time() - 30 * 24 * 3600
    os.utime(tmp_path / "media" / Quarantine.objects.get().kept_key, (long_ago, long_ago))
    assert run() == Findings()
    Quarantine.objects.update(found_at=timezone.now() - timedelta(days=8))
    assert run() == Findings(erased=1)


def test_what_a_backup_names_again_comes_back(
    owner: User, make_post: MakePost, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = make_post(owner).photos.get()
    rendition = photo.renditions.all()[0]
    key, content = rendition.key, stored()[rendition.key]
    # As if the row had been lost, and came back with a backup of the database.
    Rendition.objects.filter(pk=rendition.pk).update(key="public/elsewhere.webp")
    assert run().orphans == 1
    assert not media().exists(key)
    kept = Quarantine.objects.get().kept_key
    Rendition.objects.filter(pk=rendition.pk).delete()
    Rendition.objects.bulk_create([rendition])
    monkeypatch.setattr(quarantine, "KEPT", timedelta(seconds=-60))
    assert run() == Findings(back=1), "and it is neither erased nor missing"
    assert stored()[key] == content
    assert not Quarantine.objects.exists()
    erase.erase_due()
    assert not media().exists(kept)
    assert run() == Findings()


def test_a_death_on_the_way_leaves_nothing_in_two_places(
    put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = put(orphan())
    for step in ("copy", "delete"):
        with monkeypatch.context() as dying:

            def die(*_arguments: object) -> None:
                raise KeyboardInterrupt

            dying.setattr(making.storage_class(), step, die)
            with pytest.raises(KeyboardInterrupt):
                run()
        assert media().exists(key)
    kept = Quarantine.objects.get().kept_key
    run()
    assert not media().exists(key)
    assert media().exists(kept)
    assert Quarantine.objects.count() == 1


def test_a_row_that_comes_meanwhile_wins(
    owner: User, put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = put(orphan())
    copy = making.storage_class().copy

    def name_it_first(storage: Any, source: str, target: str) -> None:
        User.objects.filter(pk=owner.pk).update(avatar_key=key)
        copy(storage, source, target)

    monkeypatch.setattr(making.storage_class(), "copy", name_it_first)
    assert run() == Findings()
    assert media().exists(key)
    assert not Quarantine.objects.exists()
    erase.erase_due()
    assert [found for found in stored() if "quarantine" in found] == []


def test_quarantine_without_rows_is_kept_for_a_week_more(
    put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    stray = put("private/quarantine/stray")
    assert run() == Findings()
    monkeypatch.setattr(quarantine, "KEPT", timedelta(seconds=-60))
    run()
    assert media().exists(stray)
    assert run() == Findings(erased=1)
    erase.erase_due()
    assert not media().exists(stray)


@pytest.mark.pipeline
def test_a_lost_rendition_is_made_anew_and_the_others_stay(
    owner: User, make_post: MakePost
) -> None:
    post = make_post(owner)
    photo = post.photos.get()
    shown = photo.renditions.filter(key=post.cover["sources"][0][0])
    lost, others = shown.get(), photo.renditions.exclude(pk=shown.get().pk)
    kept = {each.key for each in others}
    media().delete(lost.key)
    assert run() == Findings(renditions=1)
    photo = post.photos.get()
    post.refresh_from_db()
    assert photo.state == "pending"
    assert lost.key not in str(post.cover), "no page shows what is not there"
    assert kept <= set(photo.renditions.values_list("key", flat=True))
    renditions.render(photo.pk)
    made = photo.renditions.get(spec=lost.spec)
    assert media().exists(made.key)
    assert run() == Findings()


def test_a_lost_original_is_told_of_and_costs_nothing(owner: User, make_post: MakePost) -> None:
    photo = make_post(owner).photos.get()
    media().delete(photo.original_key)
    for rendition in photo.renditions.all():
        media().delete(rendition.key)
    before = rows()
    output = StringIO()
    call_command("reconcile_media", stdout=output)
    assert rows() == before, "an empty disk in the storage's place must not cost a row"
    assert f"Photo {photo.code} of @owner lacks {photo.original_key}" in output.getvalue()
    assert "1 originals" in output.getvalue()


def test_a_lost_picture_of_a_person_is_told_of(owner: User) -> None:
    User.objects.filter(pk=owner.pk).update(avatar_key="public/nothing.webp")
    assert run() == Findings(avatars=1)
    owner.refresh_from_db()
    assert owner.avatar_key == "public/nothing.webp"


def test_batches_hold_everything_once(
    owner: User, make_post: MakePost, put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconcile, "AT_ONCE", 2)
    monkeypatch.setattr(quarantine, "AT_ONCE", 2)
    keys = {put(orphan()) for _ in range(5)}
    post = make_post(owner, photos=3)
    for photo in post.photos.all():
        media().delete(photo.renditions.all()[0].key)
    assert run() == Findings(orphans=5, renditions=3)
    assert {entry.key for entry in Quarantine.objects.all()} == keys
    monkeypatch.setattr(quarantine, "KEPT", timedelta(seconds=-60))
    assert run() == Findings(erased=5)


@pytest.mark.django_db(transaction=True)
def test_two_runs_at_once_do_the_work_of_one(put: Put) -> None:
    keys = {put(orphan()) for _ in range(30)}
    start, found, errors = threading.Barrier(2), [], []

    def work() -> None:
        with own_connection():
            start.wait()
            try:
                found.append(run().orphans)
            except Exception as error:  # noqa: BLE001  (any is a failure of the test)
                errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert sum(found) == 30
    assert {entry.key for entry in Quarantine.objects.all()} == keys
    erase.erase_due()
    aside = [key for key in stored() if key.startswith("private/quarantine/")]
    assert sorted(aside) == sorted(Quarantine.objects.values_list("kept_key", flat=True))


def test_while_storage_is_away_nothing_is_found(
    owner: User, make_post: MakePost, settings: Any
) -> None:
    make_post(owner)
    before = rows()
    settings.STORAGES = making.storage_away(settings.STORAGES)
    with pytest.raises(CommandError, match="does not answer"):
        call_command("reconcile_media")
    assert rows() == before


def test_the_daily_task_is_the_same(put: Put) -> None:
    put(orphan())
    assert collect_orphans() == Findings(orphans=1)
    assert not Erasure.objects.exists(), "not erased, put aside"


def test_a_file_with_a_name_that_is_no_text_is_nobodys_and_stops_nothing(
    on_files: None, put: Put, tmp_path: Path
) -> None:
    key = put(orphan())
    strange = os.fsencode(tmp_path / "media" / "public") + b"/\xff.webp"
    Path(os.fsdecode(strange)).write_bytes(BYTES)
    assert run() == Findings(orphans=1)
    assert Quarantine.objects.get().key == key
    assert os.path.exists(strange), "left to whoever put it there"
