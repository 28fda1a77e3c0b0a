"""Put a folder of pictures through the running site, HTTP and worker, and say what became of each.

    python scripts/corpus.py DIR

DIR holds MANIFEST.tsv, whose columns `path` and `expected` are used: `accept` must end ready,
`reject` refused or failed with a reason, `clean` may be either. Never may the site answer 5xx,
log a traceback, or lose a worker. Ends with 1 when a row went otherwise.
"""

from __future__ import annotations

import csv
import json
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Run as a file, Python looks for modules next to it only.
sys.path.insert(0, str(ROOT))

from tests.pictures import photo  # noqa: E402
from tests.site import Site  # noqa: E402
from tests.visitor import Visitor  # noqa: E402

SETTLED_SECONDS = 120
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
    """How a row ended: ready, refused, failed, or what went wrong; `upload` is '' when refused."""

    row: Row
    got: str
    reason: str
    seconds: float
    upload: str = ""

    @property
    def ok(self) -> bool:
        """Whether that is what the row expects, with a reason when it isn't ready."""
        return self.got in ENDINGS[self.row.expected] and (self.got == "ready" or bool(self.reason))


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
    return Outcome(row, state["state"], state["reason"], time.monotonic() - start, upload)


class PeakMemory:
    """The largest memory, in bytes, that one decoding child held (Linux only, else 0)."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.bytes = 0
        self._ended = threading.Event()

    @contextmanager
    def watched(self) -> Iterator[PeakMemory]:
        """Look at the children's high-water marks four times a second."""
        watcher = threading.Thread(target=self._watch)
        watcher.start()
        try:
            yield self
        finally:
            self._ended.set()
            watcher.join()

    def _watch(self) -> None:
        while not self._ended.wait(0.25):
            for process in self.site.processes("child"):
                with suppress(OSError):
                    for line in Path(f"/proc/{process.pid}/status").read_text().splitlines():
                        if line.startswith("VmHWM:"):
                            self.bytes = max(self.bytes, int(line.split()[1]) * 1024)


def faults(site: Site, workers: set[int]) -> list[str]:
    """What must never be, whatever was sent: tracebacks and workers that died."""
    found = [f"traceback: {line[:300]}" for line in site.tracebacks()]
    if {process.pid for process in site.processes("worker")} != workers:
        found.append("a worker died")
    return found


def main(arguments: list[str]) -> int:
    """Send the whole folder, print the table, and return the exit code."""
    if len(arguments) != 1 or not (Path(arguments[0]) / "MANIFEST.tsv").exists():
        print("Name a folder with a MANIFEST.tsv: make corpus CORPUS=DIR", file=sys.stderr)
        return 2
    folder = Path(arguments[0])
    start, outcomes = time.monotonic(), []
    with Site() as site, PeakMemory(site).watched() as peak:
        workers = {process.pid for process in site.processes("worker")}
        member = site.member()
        print(f"{'path':<64}{'expected':<10}{'got':<16}{'seconds':>8}  ok")
        for row in rows(folder, paths(folder)):
            outcome = send(member, row)
            outcomes.append(outcome)
            mark = "" if outcome.ok else f"  NO: {outcome.reason}"
            print(
                f"{row.path[-63:]:<64}{row.expected:<10}{outcome.got:<16}"
                f"{outcome.seconds:8.2f}{mark}",
                flush=True,
            )
            if outcome.upload:
                member.delete(f"/uploads/{outcome.upload}/")
        wrong = faults(site, workers)
    return summarise(outcomes, wrong, time.monotonic() - start, peak.bytes)


def summarise(outcomes: list[Outcome], wrong: list[str], seconds: float, memory: int) -> int:
    """Print the totals; return 1 when a row ended otherwise than expected, else 0."""
    ends = [outcome.got for outcome in outcomes]
    counts = ", ".join(f"{ends.count(end)} {end}" for end in sorted(set(ends)))
    slowest = max(outcomes, key=lambda outcome: outcome.seconds)
    bad = [outcome.row.path for outcome in outcomes if not outcome.ok]
    print(f"\n{len(outcomes)} files in {seconds:.0f} s: {counts}.")
    print(f"Slowest: {slowest.row.path}, {slowest.seconds:.1f} s.", end=" ")
    print(f"Most memory of a decoding child: {memory / 1e6:.0f} MB.")
    for line in [*(f"not as expected: {path}" for path in bad), *wrong]:
        print(line)
    return 1 if bad or wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
