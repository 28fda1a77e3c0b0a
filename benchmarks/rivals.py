"""libvips and sharp making the same renditions, each in a warm process of its own.

libvips comes with benchmarks/requirements.txt. sharp is installed by npm into var/bench-node when
node and npm are here, at the version below; without them it is left out, and the page says so.
"""

import importlib
import importlib.util
import json
import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from posts.imaging.pixels import WEBP_METHOD
from posts.imaging.specs import SPECS, Spec

ROOT = Path(__file__).resolve().parent.parent
NODE_FOLDER = ROOT / "var" / "bench-node"
SHARP = "sharp@0.35.5"


@dataclass
class Cost:
    """What one rendition set took: CPU seconds, seconds, seconds to the first file, and bytes."""

    cpu: float
    wall: float
    bytes: int
    first: float = 0.0


class Rival:
    """A process that makes renditions: one request a line on stdin, an answer when it is done."""

    def __init__(self, name: str, command: Sequence[str | Path], **environment: str) -> None:
        self.name = name
        self.process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def make(self, path: Path, folder: Path, specs: Sequence[Spec] = SPECS) -> Cost:
        """Write the renditions into `folder` as NAME.FORMAT; returns what that took."""
        wanted = [asdict(spec) for spec in specs]
        request = {"path": str(path), "folder": str(folder), "specs": wanted}
        assert self.process.stdin and self.process.stdout
        wall = time.perf_counter()
        self.process.stdin.write(json.dumps({**request, "effort": WEBP_METHOD}) + "\n")
        self.process.stdin.flush()
        cpu = float(json.loads(self.process.stdout.readline()))
        wall = time.perf_counter() - wall
        size = sum((folder / f"{spec.name}.{spec.format}").stat().st_size for spec in specs)
        return Cost(cpu, wall, size)

    def end(self) -> None:
        """End the process."""
        self.process.kill()
        self.process.wait()


@contextmanager
def running() -> Iterator[tuple[list[Rival], list[str]]]:
    """The rivals that can be had here, ended afterwards; a sentence about each that can't."""
    rivals, missing = _start_all()
    try:
        yield rivals, missing
    finally:
        for rival in rivals:
            rival.end()


def _start_all() -> tuple[list[Rival], list[str]]:
    rivals, missing = [], []
    if importlib.util.find_spec("pyvips"):
        command = [sys.executable, "-m", "benchmarks.rivals"]
        rivals.append(Rival("libvips", command, VIPS_CONCURRENCY="1"))
    else:
        missing.append("pyvips is not installed here (benchmarks/requirements.txt): not compared.")
    if problem := _install_sharp():
        missing.append(problem)
    else:
        command = ["node", str(ROOT / "benchmarks" / "sharp_set.mjs")]
        rivals.append(Rival("sharp", command, NODE_PATH=str(NODE_FOLDER), UV_THREADPOOL_SIZE="1"))
    return rivals, missing


def _install_sharp() -> str:
    """Why sharp can't be had here, in a sentence; '' when it is installed."""
    if (NODE_FOLDER / "node_modules" / "sharp").is_dir():
        return ""
    if not (shutil.which("node") and shutil.which("npm")):
        return "node and npm are not installed here: not compared with sharp."
    NODE_FOLDER.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        ["npm", "install", "--no-audit", "--no-fund", "--prefix", str(NODE_FOLDER), SHARP],
        capture_output=True,
        text=True,
        check=False,
    )
    return f"npm could not install {SHARP}: not compared with it." if done.returncode else ""


def peak_memory(pid: int) -> int:
    """The most memory a process ever held, in bytes."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0


def _libvips_set(vips: Any, path: str, folder: str, specs: list[Spec], effort: int) -> None:
    """The rendition set by libvips, from one decode that shrinks on load, as we chain it."""
    # libvips is lazy: `copy_memory` decodes the photo once, for all of the files.
    image = vips.Image.thumbnail(path, 2048, height=2048, size="down").copy_memory()
    largest = image
    for spec in sorted(specs, key=lambda spec: -(spec.width or spec.edge)):
        if spec.height:
            source = image if spec.width <= image.width else largest
            made = source.thumbnail_image(spec.width, height=spec.height, crop="centre")
        else:
            if spec.width:
                # A height that is never reached, so that only the width counts.
                image = image.thumbnail_image(spec.width, height=10_000, size="down").copy_memory()
            made = image
        name = f"{folder}/{spec.name}.{spec.format}"
        if spec.format == "webp":
            made.webpsave(name, Q=spec.quality, effort=effort, keep=0)
        elif spec.format == "png":
            made.pngsave(name, compression=1, keep=0)
        else:
            made.jpegsave(name, Q=spec.quality, optimize_coding=True, interlace=True, keep=0)


def _serve_libvips() -> None:
    """One request a line on stdin, the CPU seconds it took on stdout."""
    vips = importlib.import_module("pyvips")
    # Otherwise it would reuse what it decoded in an earlier turn.
    vips.cache_set_max(0)
    for line in sys.stdin:
        request = json.loads(line)
        specs = [Spec(**fields) for fields in request["specs"]]
        before = resource.getrusage(resource.RUSAGE_SELF)
        _libvips_set(vips, request["path"], request["folder"], specs, request["effort"])
        after = resource.getrusage(resource.RUSAGE_SELF)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        sys.stdout.write(f"{cpu}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    _serve_libvips()
