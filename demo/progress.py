"""How far the photos are: a bar where somebody looks on, plain lines in a log."""

from collections.abc import Callable
from typing import Protocol

WIDTH = 30
LINE_EVERY = 10

Style = Callable[[str], str]


class Output(Protocol):
    """What a management command writes to."""

    def write(
        self, msg: str = "", style_func: Style | None = None, ending: str | None = None
    ) -> None: ...

    def flush(self) -> None: ...

    def isatty(self) -> bool: ...


class Progress:
    """Shows `done / total` photos."""

    def __init__(self, output: Output, total: int) -> None:
        # Written with `str` for a style: on standard error words are red, and this is no error.
        self._output = output
        self._total = total
        self._shown = -1

    def show(self, done: int) -> None:
        """Tell how many are done; says nothing twice."""
        if done == self._shown:
            return
        if self._output.isatty():
            self._draw(done)
        elif done == self._total or done // LINE_EVERY > self._shown // LINE_EVERY:
            self._output.write(f"Photos: {done} / {self._total}", style_func=str)
        self._shown = done

    def _draw(self, done: int) -> None:
        filled = WIDTH * done // self._total if self._total else WIDTH
        bar = "█" * filled + "░" * (WIDTH - filled)
        end = "\n" if done == self._total else ""
        self._output.write(f"\rPhotos {bar} {done} / {self._total}", style_func=str, ending=end)
        self._output.flush()
