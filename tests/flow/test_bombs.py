"""Bombs end as refused, failed or ready, and never cost more than a child may cost."""

import math
import os
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from accounts.models import User
from posts.imaging import child as limits
from posts.imaging.sandbox import Sandbox
from posts.models import Photo
from posts.pipeline import inspect, renditions
from posts.reasons import REASONS, RefusedError
from tests import bombs, making, speed
from tests.making import MakeUpload

pytestmark = [pytest.mark.once, pytest.mark.pipeline]

MAX_BYTES = 768_000_000
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Cost:
    """What a decoding child has used so far: seconds of CPU, and bytes of memory at its peak."""

    seconds: float = 0.0
    bytes: int = 0

    def look(self, process: int) -> bool:
        """Read it anew; False once the process is gone."""
        try:
            fields = Path(f"/proc/{process}/stat").read_text().rpartition(") ")[2].split()
            status = Path(f"/proc/{process}/status").read_text()
        except (FileNotFoundError, ProcessLookupError):
            return False
        self.seconds = (int(fields[11]) + int(fields[12])) / TICKS
        # A process that ended and was not waited for has no memory any more.
        peaks = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")]
        self.bytes = max([self.bytes, *(int(peak) * 1024 for peak in peaks)])
        return True


@pytest.fixture
def box(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """The sandbox of the test's pictures: on a slow machine, its children have as much longer."""
    with speed.child_bounds_of(speed.slowness()) as ours:
        for module in (inspect, renditions):
            monkeypatch.setattr(module, "sandbox", ours)
        yield ours


@pytest.fixture
def cost(box: Sandbox) -> Iterator[Cost]:
    """Watches a fresh child, which the test's pictures go through."""
    box.warm()
    process = box._idle[0].process.pid
    seen, over = Cost(), threading.Event()

    def watch() -> None:
        while seen.look(process) and not over.wait(0.01):
            pass

    watcher = threading.Thread(target=watch)
    watcher.start()
    yield seen
    over.set()
    watcher.join()


@pytest.mark.parametrize("name", bombs.BOMBS)
def test_a_bomb_costs_no_more_than_a_child_may(
    name: str, owner: User, make_upload: MakeUpload, cost: Cost, tmp_path: Path
) -> None:
    make, endings = bombs.BOMBS[name]
    path = tmp_path / "bomb"
    path.write_bytes(make())
    try:
        upload = make_upload(owner, path)
    except RefusedError as error:
        ending, inspected = error.code, cost.seconds
    else:
        inspected = cost.seconds
        photo = making.make_ready(upload)
        ending = photo.reason or photo.state
        assert photo.state in (Photo.State.READY, Photo.State.FAILED)
    assert ending in endings, ending
    assert ending == "ready" or REASONS[ending].sentence
    # The kernel looks at a process's clock now and then only.
    longest = max(inspected, cost.seconds - inspected)
    assert longest <= math.ceil(limits.CPU_SECONDS * speed.slowness()) + 0.5
    assert 0 < cost.bytes <= MAX_BYTES
    # Shown with `-s`: what each bomb costs.
    sys.stdout.write(
        f"\n{name:36} {path.stat().st_size:>9} B {cost.seconds:6.2f} s"
        f" {cost.bytes / 1e6:6.0f} MB  {ending}"
    )
