"""What keeps a part that hangs from holding all threads."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from notes_site.timeouts.breaker import Breaker, PartAwayError


class LateError(Exception):
    """The part did not answer."""


def failing(breaker: Breaker) -> None:
    with pytest.raises(LateError), breaker.call(LateError):
        raise LateError


def asked(breaker: Breaker) -> bool:
    """Whether a call gets through."""
    try:
        with breaker.call(LateError):
            return True
    except PartAwayError:
        return False


def test_after_a_failure_nobody_asks_for_a_while() -> None:
    breaker = Breaker("the part", at_once=4, rest_seconds=0.2)
    assert asked(breaker)
    failing(breaker)
    assert breaker.is_resting
    assert not asked(breaker)
    time.sleep(0.25)
    assert not breaker.is_resting
    assert asked(breaker)


def test_then_one_call_tries_and_the_others_do_not_wait_for_it() -> None:
    breaker = Breaker("the part", at_once=4, rest_seconds=0.05)
    failing(breaker)
    time.sleep(0.1)
    with breaker.call(LateError):
        started = time.monotonic()
        with pytest.raises(PartAwayError), breaker.call(LateError, wait_seconds=5):
            pass
        assert time.monotonic() - started < 2
    assert asked(breaker), "its success closed the breaker"


def test_an_answer_that_is_an_error_is_an_answer() -> None:
    breaker = Breaker("the part", at_once=4, rest_seconds=60)
    with pytest.raises(FileNotFoundError), breaker.call(LateError):
        raise FileNotFoundError
    assert asked(breaker)


def hanging(breaker: Breaker, until: threading.Event) -> Callable[[int], bool]:
    def call(_number: int) -> bool:
        try:
            with breaker.call(LateError, wait_seconds=0.1):
                until.wait(10)
                return True
        except PartAwayError:
            return False

    return call


def test_a_part_that_hangs_holds_only_so_many_threads() -> None:
    breaker, until = Breaker("the part", at_once=2, rest_seconds=60), threading.Event()
    with ThreadPoolExecutor(6) as pool:
        calls = [pool.submit(hanging(breaker, until), number) for number in range(6)]
        refused = [call for call in calls if _ends(call.result)]
        until.set()
        assert len(refused) == 4
        assert sorted(call.result() for call in calls) == [False] * 4 + [True] * 2


def _ends(result: Callable[[float], bool]) -> bool:
    try:
        return not result(1.0)
    except TimeoutError:
        return False


def test_a_part_that_is_only_busy_is_waited_for() -> None:
    breaker = Breaker("the part", at_once=1, rest_seconds=60)

    def call(_number: int) -> bool:
        with breaker.call(LateError, wait_seconds=1.0):
            time.sleep(0.02)
        return True

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(call, range(16)))
