"""CPU time, memory and bytes of the rendition set: our limited child, libvips and sharp.

All make the same files (every spec of posts.imaging.specs; the same qualities and WebP effort)
from the same photos, in turns, each in a process of its own that is warm and has one thread.
"""

import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from benchmarks.measure import Table, median, milliseconds
from benchmarks.photos import jpeg
from benchmarks.rivals import Cost, Rival, peak_memory
from posts.imaging.sandbox import Child
from posts.imaging.specs import SPECS, targets

HEAD = ["photo", "made by", "CPU", "photos a second and core", "first rendition"]
HEAD += ["peak memory", "bytes of all", "CPU against ours"]


class Ours:
    """The limited child, asked as the worker asks it."""

    name = "the sandbox (Pillow)"

    def __init__(self) -> None:
        self.child = Child()
        self.process = self.child.process

    def make(self, path: Path, folder: Path) -> Cost:
        """Write the renditions into `folder`; returns what that took."""
        first: list[float] = []
        sizes: list[int] = []

        def made(rendition: dict[str, object]) -> None:
            first.append(time.perf_counter() - wall)
            sizes.append(int(str(rendition["bytes"])))

        with Image.open(path) as image:
            wanted = [target.spec.name for target in targets(*image.size)]
        request = {"do": "render", "path": str(path), "folder": str(folder), "edits": {}}
        before, wall = self._cpu(), time.perf_counter()
        self.child.ask({**request, "wanted": wanted}, made)
        wall_after = time.perf_counter() - wall
        return Cost(self._cpu() - before, wall_after, sum(sizes), first[0])

    def _cpu(self) -> float:
        """CPU seconds of the child so far, to the nanosecond; it has one thread."""
        return int(Path(f"/proc/{self.process.pid}/schedstat").read_text().split()[0]) / 1e9

    def end(self) -> None:
        """End the child."""
        self.child.end()


def table(rivals: Sequence[Rival], megapixels: Sequence[int], runs: int) -> Table:
    """The costs of photos of these sizes, ours and each rival's."""
    notes = [
        f"{len(SPECS)} files a photo: {', '.join(spec.name for spec in SPECS)}. CPU time of the"
        " whole process, medians of turns; memory is its peak since its start with this photo."
        " libvips and sharp shrink while they decode, with one thread, and make the smaller sizes"
        " from the larger ones, as we do.",
    ]
    rows = [row for size in megapixels for row in _rows(size, rivals, runs)]
    return Table("The rendition set of one JPEG", HEAD, rows, notes)


def _rows(megapixels: int, rivals: Sequence[Rival], runs: int) -> list[list[str]]:
    ours = Ours()
    makers: list[Ours | Rival] = [ours, *rivals]
    costs: dict[str, list[Cost]] = {maker.name: [] for maker in makers}
    try:
        with tempfile.TemporaryDirectory() as name:
            path = Path(name) / "photo.jpg"
            path.write_bytes(jpeg(megapixels))
            for run in range(runs + 1):
                for maker in makers:
                    cost = maker.make(path, Path(name))
                    # The first turn warms up every process and is not counted.
                    if run:
                        costs[maker.name].append(cost)
        peaks = {maker.name: peak_memory(maker.process.pid) for maker in makers}
    finally:
        ours.end()
    mine = [cost.cpu for cost in costs[ours.name]]
    rows = []
    for name, found in costs.items():
        cpu = median([cost.cpu for cost in found])
        ratio = median([cost.cpu / own for cost, own in zip(found, mine, strict=True)])
        first = median([cost.first for cost in found])
        rows.append(
            [
                f"{megapixels} MP",
                name,
                milliseconds(cpu),
                f"{1 / cpu:.2f}",
                milliseconds(first) if first else "",
                f"{peaks[name] / 1e6:.0f} MB",
                f"{median([cost.bytes for cost in found]) / 1e3:,.0f} kB",
                f"{ratio:.2f}",
            ]
        )
    return rows
