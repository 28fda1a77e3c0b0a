"""What keeps a part that hangs from holding all of a process's threads."""

import contextlib
import threading
import time
from collections.abc import Iterator


class PartAwayError(Exception):
    """Not asked at all: the part failed a moment ago, or holds as many threads as it may."""


class Breaker:
    """Lets a few calls at a time through to a part, and none for a while after one failed.

    Then one call tries; the others wait for nothing until it has succeeded.
    """

    def __init__(self, part: str, *, at_once: int, rest_seconds: float) -> None:
        self._part = part
        self._at_once = at_once
        self._rest_seconds = rest_seconds
        self._failed_at: float | None = None
        self._running = 0
        self._changed = threading.Condition()

    @contextlib.contextmanager
    def call(self, *failures: type[Exception], wait_seconds: float = 0.0) -> Iterator[None]:
        """Run the block as one call to the part; one of `failures` raised by it opens the breaker.

        Raises what the block raises. Raises PartAwayError instead of running it: at once while the
        part is away; after `wait_seconds` when too many are running and none of them is answered.
        """
        self._enter(wait_seconds)
        failed = True
        try:
            yield
            failed = False
        except Exception as error:
            failed = isinstance(error, failures)
            raise
        finally:
            self._leave(failed)

    @property
    def is_resting(self) -> bool:
        """Whether a call would be refused because one failed a moment ago."""
        with self._changed:
            return self._is_resting()

    def reset(self) -> None:
        """Forget the last failure."""
        with self._changed:
            self._failed_at = None
            self._changed.notify_all()

    def _enter(self, wait_seconds: float) -> None:
        with self._changed:
            while self._failed_at is None and not self._has_room():
                if not self._changed.wait(wait_seconds):
                    # In all that time not one of those before us was answered.
                    break
            if self._is_resting() or not self._has_room():
                raise PartAwayError(f"{self._part} is not asked: it does not answer")
            self._running += 1

    def _leave(self, failed: bool) -> None:
        with self._changed:
            self._running -= 1
            self._failed_at = time.monotonic() if failed else None
            self._changed.notify_all()

    def _has_room(self) -> bool:
        return self._running < (self._at_once if self._failed_at is None else 1)

    def _is_resting(self) -> bool:
        return (
            self._failed_at is not None and time.monotonic() < self._failed_at + self._rest_seconds
        )
