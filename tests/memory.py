"""How much memory processes of this machine held at most."""

import re
from pathlib import Path
from typing import Self

import psutil


class Memory:
    """The peaks of some processes while one looks; the kernel keeps them, so none is missed."""

    def __init__(self, processes: list[psutil.Process]) -> None:
        assert processes
        self._folders = [Path("/proc") / str(process.pid) for process in processes]

    def __enter__(self) -> Self:
        for folder in self._folders:
            # Sets the peak to what is held now (man 5 proc_pid_clear_refs).
            (folder / "clear_refs").write_text("5")
        self._before = self._peaks()
        return self

    def __exit__(self, *_error: object) -> None:
        self._after = self._peaks()

    @property
    def growth(self) -> int:
        """How many bytes the process that grew most held more, at its peak."""
        return max(after - before for after, before in zip(self._after, self._before, strict=True))

    def _peaks(self) -> list[int]:
        texts = [(folder / "status").read_text() for folder in self._folders]
        found = [re.search(r"VmHWM:\s+(\d+) kB", text) for text in texts]
        return [int(each[1]) * 1024 for each in found if each]
