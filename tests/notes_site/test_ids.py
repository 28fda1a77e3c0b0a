"""Ids: ordered by time, monotone, and the same after a way through base 58."""

import random
import threading
import time

import pytest
from django.db import IntegrityError

from accounts.models import User
from notes_site import ids
from notes_site.ids import ALPHABET, MAX_ID, decode, encode, new_id, random_key
from notes_site.models import Event


def test_an_id_carries_the_time_it_was_made() -> None:
    before = time.time_ns() // 1_000_000
    made = new_id()
    milliseconds = (made >> ids.RANDOM_BITS) + ids.EPOCH_MS
    assert before - 1 <= milliseconds <= time.time_ns() // 1_000_000 + 1
    assert 0 < made <= MAX_ID


def test_ids_rise_even_when_the_clock_goes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    first = new_id()
    monkeypatch.setattr(time, "time_ns", lambda: (ids.EPOCH_MS + 5) * 1_000_000)
    made = [first, *(new_id() for _ in range(100))]
    assert made == sorted(set(made))


def test_threads_never_share_an_id() -> None:
    made: list[list[int]] = [[] for _ in range(8)]

    def work(own: list[int]) -> None:
        own.extend(new_id() for _ in range(2_000))

    threads = [threading.Thread(target=work, args=(own,)) for own in made]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({one for own in made for one in own}) == 16_000
    assert all(own == sorted(own) for own in made)


def test_base_58_there_and_back() -> None:
    chance = random.Random(58)
    edges = [0, 1, 57, 58, 58**2 - 1, 58**2, 2**32, MAX_ID - 1, MAX_ID]
    for number in [*edges, *(chance.randrange(2 ** chance.randint(1, 63)) for _ in range(2_000))]:
        text = encode(number)
        assert decode(text) == number
        assert set(text) <= set(ALPHABET)
        assert len(text) <= 11
    assert encode(1) == "2"
    assert encode(58) == "21"


@pytest.mark.parametrize(
    "text",
    ["", "0", "O", "I", "l", "12", "11", "abc-", " 2", "2 ", "²", "é", "NQm6nKp8qFD", "z" * 11],
)
def test_what_encode_never_makes_is_no_id(text: str) -> None:
    with pytest.raises(ValueError):
        decode(text)


def test_random_keys_carry_128_bits() -> None:
    keys = {random_key() for _ in range(1_000)}
    assert len(keys) == 1_000
    assert 58**22 > 2**128
    assert all(len(key) == 22 and set(key) <= set(ALPHABET) for key in keys)


@pytest.mark.django_db
def test_a_collision_takes_another_id(monkeypatch: pytest.MonkeyPatch) -> None:
    there = Event.objects.create(kind="test", subject_id=1)
    monkeypatch.setattr(ids, "new_id", lambda: there.pk + 1)
    second = Event(pk=there.pk, kind="second", subject_id=2)
    second.save()
    assert second.pk == there.pk + 1
    there.refresh_from_db()
    assert there.kind == "test"


@pytest.mark.django_db
def test_three_collisions_in_a_row_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    there = Event.objects.create(kind="test", subject_id=1)
    monkeypatch.setattr(ids, "new_id", lambda: there.pk)
    with pytest.raises(IntegrityError):
        Event(pk=there.pk, kind="second", subject_id=2).save()
    assert Event.objects.get(pk=there.pk).kind == "test"


def test_another_broken_rule_is_not_taken_for_a_collision(
    owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ids, "new_id", lambda: pytest.fail("it took another id"))
    with pytest.raises(IntegrityError):
        User(pk=owner.pk + 1, username=owner.username, email="other@example.org").save()
