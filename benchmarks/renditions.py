"""CPU time and peak memory of the rendition set: our limited child against libvips.

Both make the same files (WebP 320, 640, 1080 wide and 2048 along, JPEG 1080; the same qualities
and WebP effort) from the same photos, in turns, each in a process of its own that is warm.
"""

import importlib.util
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.measure import Table, median, milliseconds
from benchmarks.photos import SIZES, jpeg
from posts.pipeline.pixels import WEBP_METHOD
from posts.pipeline.sandbox import Child
from posts.pipeline.specs import SPECS, targets

ROOT = Path(__file__).resolve().parent.parent
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Cost:
    """What one rendition set took: CPU seconds, seconds, and seconds to the first file."""

    cpu: float
    wall: float
    first: float = 0.0


def measure(runs: int) -> list[Table]:
    """The table of 12 and 24 megapixels; without pyvips only our own rows."""
    rows, notes = [], []
    for megapixels in SIZES:
        with tempfile.TemporaryDirectory() as name:
            path = Path(name) / "photo.jpg"
            path.write_bytes(jpeg(megapixels))
            rows += _rows(megapixels, path, Path(name), runs)
    if not importlib.util.find_spec("pyvips"):
        notes.append("pyvips is not installed here (benchmarks/requirements.txt): not compared.")
    notes.append(
        "CPU time of the whole decoding process, medians; memory is its peak since its start."
        " libvips shrinks while it decodes, with one thread, and makes the smaller sizes from"
        " the 2048 one, as we do."
    )
    head = ["photo", "made by", "CPU", "time", "first rendition", "peak memory", "CPU ratio"]
    return [Table("The rendition set of one JPEG", head, rows, notes)]


def _rows(megapixels: int, path: Path, folder: Path, runs: int) -> list[list[str]]:
    ours, child = _our_process()
    theirs, other = _libvips_process()
    try:
        costs: list[Cost] = []
        other_costs: list[Cost] = []
        ours(path, folder)
        if theirs:
            theirs(path, folder)
        for _ in range(runs):
            costs.append(ours(path, folder))
            if theirs:
                other_costs.append(theirs(path, folder))
        rows = [_row(megapixels, "the sandbox (Pillow)", costs, _peak(child.process.pid), "")]
        if other and other_costs:
            pairs = zip(costs, other_costs, strict=True)
            ratio = median([mine.cpu / its.cpu for mine, its in pairs])
            rows[0][-1] = f"{ratio:.2f}"
            rows.append(_row(megapixels, "libvips", other_costs, _peak(other.pid), "1"))
        return rows
    finally:
        child.end()
        if other:
            other.kill()
            other.wait()


def _row(megapixels: int, name: str, costs: list[Cost], peak: int, ratio: str) -> list[str]:
    first = median([cost.first for cost in costs])
    return [
        f"{megapixels} MP",
        name,
        milliseconds(median([cost.cpu for cost in costs])),
        milliseconds(median([cost.wall for cost in costs])),
        milliseconds(first) if first else "",
        f"{peak / 1e6:.0f} MB",
        ratio,
    ]


def _our_process() -> tuple[Callable[[Path, Path], Cost], Child]:
    child = Child()

    def make(path: Path, folder: Path) -> Cost:
        first: list[float] = []
        wanted = [target.spec.name for target in targets(*_size_of(path))]
        request = {"do": "render", "path": str(path), "folder": str(folder), "wanted": wanted}
        cpu, wall = _cpu(child.process.pid), time.perf_counter()
        child.ask(request, lambda _made: first.append(time.perf_counter() - wall))
        return Cost(_cpu(child.process.pid) - cpu, time.perf_counter() - wall, first[0])

    return make, child


def _libvips_process() -> tuple[
    Callable[[Path, Path], Cost] | None, "subprocess.Popen[str] | None"
]:
    if not importlib.util.find_spec("pyvips"):
        return None, None
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.renditions"],
        cwd=ROOT,
        env={**os.environ, "VIPS_CONCURRENCY": "1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )

    def make(path: Path, folder: Path) -> Cost:
        assert process.stdin and process.stdout
        process.stdin.write(json.dumps([str(path), str(folder)]) + "\n")
        process.stdin.flush()
        return Cost(**json.loads(process.stdout.readline()))

    return make, process


def _size_of(path: Path) -> tuple[int, int]:
    from PIL import Image

    with Image.open(path) as image:
        return image.size


def _cpu(pid: int) -> float:
    """CPU seconds of a process with one thread so far, to the nanosecond where Linux tells."""
    stat = Path(f"/proc/{pid}/schedstat")
    if stat.exists():
        return int(stat.read_text().split()[0]) / 1e9
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def _peak(pid: int) -> int:
    """The most memory a process ever held, in bytes."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0


def _libvips_set(vips: Any, path: str, folder: str) -> None:
    """The rendition set by libvips, from one decode that shrinks on load."""
    widest, *smaller = sorted(SPECS, key=lambda spec: -(spec.width or spec.edge))
    image = vips.Image.thumbnail(path, widest.edge, height=widest.edge, size="down")
    image = image.copy_memory()
    image.webpsave(f"{folder}/vips-{widest.name}.webp", Q=80, effort=WEBP_METHOD, keep=0)
    sizes: dict[int, Any] = {}
    for spec in smaller:
        if spec.width not in sizes:
            image = image.thumbnail_image(spec.width, height=10_000, size="down").copy_memory()
            sizes[spec.width] = image
        name = f"{folder}/vips-{spec.name}.{spec.format}"
        if spec.format == "webp":
            sizes[spec.width].webpsave(name, Q=spec.quality, effort=WEBP_METHOD, keep=0)
        else:
            sizes[spec.width].jpegsave(name, Q=spec.quality, keep=0)


def _serve_libvips() -> None:
    """One request a line on stdin, its cost on stdout."""
    vips = importlib.import_module("pyvips")
    vips.cache_set_max(0)
    for line in sys.stdin:
        path, folder = json.loads(line)
        before, wall = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
        _libvips_set(vips, path, folder)
        after = resource.getrusage(resource.RUSAGE_SELF)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        sys.stdout.write(json.dumps({"cpu": cpu, "wall": time.perf_counter() - wall}) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    _serve_libvips()
