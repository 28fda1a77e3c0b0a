"""Put a folder of pictures through the running site, HTTP and worker, and say what became of each.

    python scripts/corpus.py [--full] DIR

DIR holds MANIFEST.tsv, whose columns `path` and `expected` are used: `accept` must end ready and
upright, `reject` refused or failed with a reason, `clean` may be either. Never may the site answer
5xx, log a traceback, or lose a worker, nor a decoding child take more than 10 s of CPU or 768 MB.
Ends with 1 when a row went otherwise. --full runs it on PostgreSQL, Valkey and an S3 store.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psutil
from PIL import Image, ImageChops, ImageStat

ROOT = Path(__file__).resolve().parent.parent
# Run as a file, Python looks for modules next to it only.
sys.path.insert(0, str(ROOT))

from tests.pictures import photo  # noqa: E402
from tests.site import Site, on_own_stack  # noqa: E402
from tests.visitor import Visitor  # noqa: E402

SETTLED_SECONDS = 120
# What one decoding child may take; the tenth of a second is what stopping it takes.
MAX_CPU_SECONDS = 10.1
MAX_BYTES = 768_000_000
# The mean difference of one channel, 0 to 255, between pictures that differ by a digit alone.
MAX_APART = 12
ENDINGS = {
    "accept": {"ready"},
    "reject": {"refused", "failed"},
    "clean": {"ready", "refused", "failed"},
}


@dataclass(frozen=True)
class Row:
    """A file to send, under which name, and how it should end."""

    path: str
    name: str
    data: bytes
    expected: str


@dataclass(frozen=True)
class Outcome:
    """How a row ended: ready, refused, failed, or what went wrong; `upload` is '' when refused.

    `cpu` and `memory` are the seconds and the most bytes that a decoding child took, 0 if unknown.
    """

    row: Row
    got: str
    reason: str
    seconds: float
    upload: str = ""
    cpu: float = 0.0
    memory: int = 0

    @property
    def problem(self) -> str:
        """What is wrong with that, in a few words; '' when it is as the row expects."""
        if self.got not in ENDINGS[self.row.expected]:
            return self.reason or "no reason"
        if self.got != "ready" and not self.reason:
            return "no reason"
        if self.cpu > MAX_CPU_SECONDS or self.memory > MAX_BYTES:
            return f"a child took {self.cpu:.1f} s and {self.memory / 1e6:.0f} MB"
        return ""


def paths(folder: Path) -> dict[str, str]:
    """Every path of the manifest, in its order, with what is expected of it."""
    with (folder / "MANIFEST.tsv").open(newline="") as file:
        return {row["path"]: row["expected"] for row in csv.DictReader(file, delimiter="\t")}


def rows(folder: Path, chosen: Iterable[str]) -> Iterator[Row]:
    """The rows of those paths; a .json is a list of file names, each sent with a good photo."""
    expected = paths(folder)
    for path in chosen:
        data = (folder / path).read_bytes()
        if not path.endswith(".json"):
            yield Row(path, Path(path).name, data, expected[path])
            continue
        for number, name in enumerate(json.loads(data)):
            # Of some names nothing is left when it is cleaned; then no file has come.
            yield Row(f"{path} {number}", name, photo(width=240, height=180), "clean")


def send(member: Visitor, row: Row) -> Outcome:
    """Upload one file and wait for its end."""
    start = time.monotonic()
    answer = member.upload(row.data, row.name)
    if answer.status != 201:
        refused = 400 <= answer.status < 500
        got = "refused" if refused else f"status {answer.status}"
        reason = str(answer.json()["error"]) if refused else ""
        return Outcome(row, got, reason, time.monotonic() - start)
    upload = answer.json()["id"]
    try:
        state = member.settled(upload, SETTLED_SECONDS)
    except AssertionError as error:
        return Outcome(row, "never settled", str(error), time.monotonic() - start, upload)
    seconds = time.monotonic() - start
    if state["state"] == "ready" and (problem := leaning(member, row, state)):
        return Outcome(row, "not upright", problem, seconds, upload)
    return Outcome(row, state["state"], state["reason"], seconds, upload)


def leaning(member: Visitor, row: Row, state: dict[str, Any]) -> str:
    """Why a ready picture is not upright; '' when it is.

    Its preview must have the shape told, and the file's name may tell which way that is.
    """
    width, height = state["width"], state["height"]
    with Image.open(io.BytesIO(member.get(state["preview"]).body)) as preview:
        across, down = preview.size
    if abs(across * height / width - down) > 1 and abs(down * width / height - across) > 1:
        return f"told {width} by {height}, shown {across} by {down}"
    for shape, right in (("Landscape", width > height), ("Portrait", width < height)):
        if row.path.startswith(f"orientation/{shape}") and not right:
            return f"{shape} stands {width} by {height}"
    return ""


def unlike_upright(previews: dict[str, bytes]) -> dict[str, float]:
    """How far, 0 to 255, each `orientation/SHAPE_N` looks apart from SHAPE_1, where it is too far.

    `previews` are the rendition files by path; the digit drawn on each picture is all that differs.
    """

    def small(path: str) -> Image.Image:
        with Image.open(io.BytesIO(previews[path])) as image:
            return image.convert("RGB").resize((48, 48))

    found = {}
    for path in previews:
        first = f"{path.rpartition('_')[0]}_1.jpg"
        if first in previews:
            apart = max(ImageStat.Stat(ImageChops.difference(small(first), small(path))).mean)
            if apart >= MAX_APART:
                found[path] = apart
    return found


class Costs:
    """CPU and memory that the site's decoding children take, file after file (Linux only)."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self._peak = 0
        self._ended = threading.Event()
        self._before = self._cpu()

    @contextmanager
    def watched(self) -> Iterator[Costs]:
        """Look at the children's high-water marks ten times a second: some die between files."""
        watcher = threading.Thread(target=self._watch)
        watcher.start()
        try:
            yield self
        finally:
            self._ended.set()
            watcher.join()

    def since_last(self) -> tuple[float, int]:
        """CPU seconds and the most bytes since the last call, of the process that took most."""
        self._look()
        peak, self._peak = self._peak, 0
        for child in self.site.processes("child"):
            with suppress(OSError):
                # Starts the high-water mark again at what is held now (proc(5)).
                Path(f"/proc/{child.pid}/clear_refs").write_text("5")
        before, self._before = self._before, self._cpu()
        spent = [seconds - before.get(pid, 0.0) for pid, seconds in self._before.items()]
        return max(spent, default=0.0), peak

    def _cpu(self) -> dict[int, float]:
        """CPU seconds of all children of each process that has some, the dead ones included."""
        found: dict[int, float] = {}
        for parent in [*self.site.processes("web"), *self.site.processes("worker")]:
            with suppress(psutil.NoSuchProcess):
                times = parent.cpu_times()
                found[parent.pid] = times.children_user + times.children_system
        for child in self.site.processes("child"):
            with suppress(psutil.NoSuchProcess):
                times = child.cpu_times()
                found[child.ppid()] = found.get(child.ppid(), 0.0) + times.user + times.system
        return found

    def _watch(self) -> None:
        while not self._ended.wait(0.1):
            self._look()

    def _look(self) -> None:
        for process in self.site.processes("child"):
            with suppress(OSError):
                for line in Path(f"/proc/{process.pid}/status").read_text().splitlines():
                    if line.startswith("VmHWM:"):
                        self._peak = max(self._peak, int(line.split()[1]) * 1024)


def faults(site: Site, workers: set[int]) -> list[str]:
    """What must never be, whatever was sent: tracebacks and workers that died."""
    found = [f"traceback: {line[:300]}" for line in site.tracebacks()]
    if {process.pid for process in site.processes("worker")} != workers:
        found.append("a worker died")
    return found


def main(arguments: list[str]) -> int:
    """Send the whole folder, print the table, and return the exit code."""
    parser = argparse.ArgumentParser(description="A folder of pictures through the running site.")
    parser.add_argument("--full", action="store_true", help="on the full stack's servers")
    parser.add_argument("folder", type=Path, help="holds MANIFEST.tsv")
    options = parser.parse_args(arguments)
    if not (options.folder / "MANIFEST.tsv").exists():
        print("Name a folder with a MANIFEST.tsv: make corpus CORPUS=DIR", file=sys.stderr)
        return 2
    start = time.monotonic()
    with ExitStack() as end:
        servers = end.enter_context(on_own_stack()) if options.full else None
        site = end.enter_context(Site(servers.env if servers else {}))
        workers = {process.pid for process in site.processes("worker")}
        outcomes, turned = send_all(site, rows(options.folder, paths(options.folder)))
        wrong = faults(site, workers)
    wrong += [
        f"not as the upright one: {path}, {apart:.0f} apart" for path, apart in turned.items()
    ]
    return summarise(outcomes, wrong, time.monotonic() - start)


def send_all(site: Site, every: Iterable[Row]) -> tuple[list[Outcome], dict[str, float]]:
    """Send the rows one after the other, a line of the table each; also `unlike_upright`."""
    member, outcomes, oriented = site.member(), [], {}
    print(
        f"{'path':<58}{'expected':<10}{'got':<14}{'seconds':>8}{'CPU':>7}{'MB':>6}  ok", flush=True
    )
    with Costs(site).watched() as costs:
        for row in every:
            outcome = send(member, row)
            cpu, memory = costs.since_last()
            outcome = replace(outcome, cpu=cpu, memory=memory)
            outcomes.append(outcome)
            mark = f"  NO: {outcome.problem}" if outcome.problem else ""
            print(
                f"{row.path[-57:]:<58}{row.expected:<10}{outcome.got:<14}{outcome.seconds:8.2f}"
                f"{cpu:7.2f}{memory / 1e6:6.0f}{mark}",
                flush=True,
            )
            if outcome.upload:
                address = f"/uploads/{outcome.upload}/"
                if outcome.got == "ready" and row.path.startswith("orientation/"):
                    oriented[row.path] = member.get(member.get(address).json()["preview"]).body
                member.delete(address)
    return outcomes, unlike_upright(oriented)


def summarise(outcomes: list[Outcome], wrong: list[str], seconds: float) -> int:
    """Print the totals; return 1 when a row ended otherwise than expected, else 0."""
    ends = [outcome.got for outcome in outcomes]
    counts = ", ".join(f"{ends.count(end)} {end}" for end in sorted(set(ends)))
    slowest = max(outcomes, key=lambda outcome: outcome.seconds)
    dearest = max(outcomes, key=lambda outcome: outcome.cpu)
    largest = max(outcomes, key=lambda outcome: outcome.memory)
    bad = [outcome for outcome in outcomes if outcome.problem]
    print(f"\n{len(outcomes)} files in {seconds:.0f} s: {counts}.")
    print(f"Slowest: {slowest.row.path}, {slowest.seconds:.1f} s.")
    print(f"Most CPU of a decoding child: {dearest.row.path}, {dearest.cpu:.1f} s.")
    print(f"Most memory of one: {largest.row.path}, {largest.memory / 1e6:.0f} MB.")
    for line in [*(f"not as expected: {one.row.path}: {one.problem}" for one in bad), *wrong]:
        print(line)
    return 1 if bad or wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
