"""What must go, goes: tried until storage confirms, each time after a longer wait."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from notes_site.ids import random_key
from notes_site.storage import media
from posts.models import Erasure
from posts.pipeline import erase
from tests import making

pytestmark = pytest.mark.django_db


@pytest.fixture
def key(tmp_path: Path) -> str:
    """An object that must go."""
    source = tmp_path / "source"
    source.write_bytes(b"bytes")
    name = f"public/{random_key()}.webp"
    media().put(name, source)
    return name


@pytest.fixture
def storage_away(settings: Any) -> dict[str, Any]:
    """Settings of a storage that does not answer."""
    return making.storage_away(settings.STORAGES)


def test_the_ledger_is_worked_off_and_kept_as_a_receipt(key: str) -> None:
    erase.request([key, "public/never-was.webp"], owner_id=1, post_id=2)
    assert media().exists(key), "not before commit"
    assert erase.erase_due() == 2
    assert not media().exists(key)
    assert erase.erase_due() == 0
    for row in Erasure.objects.all():
        assert row.erased_at
        assert (row.owner_id, row.post_id, row.error) == (1, 2, "")


def test_asked_for_twice_it_is_one_row(key: str) -> None:
    for _ in range(2):
        erase.request([key], owner_id=1, post_id=2)
    assert Erasure.objects.count() == 1


def test_while_storage_is_away_the_waits_grow(
    key: str, settings: Any, storage_away: dict[str, Any]
) -> None:
    here = settings.STORAGES
    erase.request([key], owner_id=1, post_id=2)
    settings.STORAGES = storage_away
    waits = []
    for _ in range(9):
        Erasure.objects.update(due_at=timezone.now())
        assert erase.erase_due() == 0
        row = Erasure.objects.get()
        waits.append(round((row.due_at - timezone.now()).total_seconds()))
        assert row.erased_at is None
        assert row.error
    assert waits == [5, 10, 20, 30, 30, 30, 30, 30, 30]
    assert erase.erase_due() == 0, "not due yet"
    assert Erasure.objects.get().attempts == 9
    settings.STORAGES = here
    Erasure.objects.update(due_at=timezone.now())
    assert erase.erase_due() == 1
    assert not media().exists(key)
    assert Erasure.objects.get().error == ""


def test_what_is_still_there_is_not_confirmed(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    erase.request([key], owner_id=1, post_id=2)
    with monkeypatch.context() as patched:
        patched.setattr(making.storage_class(), "delete", lambda *_arguments: None)
        assert erase.erase_due() == 0
    row = Erasure.objects.get()
    assert row.erased_at is None
    assert "still there" in row.error


def test_one_that_fails_does_not_hold_the_others(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    stubborn = Erasure.objects.create(
        key="public/stubborn.webp", due_at=timezone.now() - timedelta(hours=1)
    )
    erase.request([key], owner_id=1, post_id=2)
    real = making.storage_class().delete

    def refuse(storage: Any, name: str) -> None:
        if name == stubborn.key:
            raise PermissionError(13, "Permission denied")
        real(storage, name)

    monkeypatch.setattr(making.storage_class(), "delete", refuse)
    monkeypatch.setattr(erase, "AT_ONCE", 1)
    assert erase.erase_due() == 1
    assert not media().exists(key)
    stubborn.refresh_from_db()
    assert (stubborn.attempts, stubborn.erased_at) == (1, None)


def test_an_outage_is_not_asked_about_for_every_object(
    settings: Any, storage_away: dict[str, Any]
) -> None:
    here = settings.STORAGES
    erase.request([f"public/{number}.webp" for number in range(10)], owner_id=1, post_id=2)
    settings.STORAGES = storage_away
    assert erase.erase_due() == 0
    assert Erasure.objects.filter(attempts=1).count() == erase.REFUSALS
    settings.STORAGES = here
    assert erase.erase_due() == 10 - erase.REFUSALS, "the others are due at once"


def test_what_was_refused_comes_last(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    now = timezone.now()
    for number in range(9):
        Erasure.objects.create(
            key=f"public/stubborn-{number}.webp", attempts=7, due_at=now - timedelta(hours=1)
        )
    erase.request([key], owner_id=1, post_id=2)

    def refuse(storage: Any, name: str) -> None:
        raise PermissionError(13, "Permission denied")

    real = making.storage_class().delete
    monkeypatch.setattr(
        making.storage_class(),
        "delete",
        lambda storage, name: (refuse if "stubborn" in name else real)(storage, name),
    )
    assert erase.erase_due() == 1


def test_what_was_written_again_goes_again(key: str, tmp_path: Path) -> None:
    erase.request([key], owner_id=None, post_id=None)
    erase.erase_due()
    media().put(key, tmp_path / "source")
    erase.request([key], owner_id=None, post_id=None)
    erase.erase_due()
    assert not media().exists(key)
    assert Erasure.objects.get().erased_at


def test_what_another_worker_erased_and_somebody_wrote_again_stays(
    key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    erase.request([key], owner_id=1, post_id=2)
    read_before = erase._due()
    assert erase.erase_due() == 1
    media().put(key, tmp_path / "source")
    batches = [read_before, []]
    monkeypatch.setattr(erase, "_due", lambda: batches.pop(0))
    assert erase.erase_due() == 0
    assert media().exists(key)
