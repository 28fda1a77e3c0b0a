"""All benchmarks, one after another, their figures into docs/performance.md.

    python -m benchmarks [--quick] [upload] [renditions] [stream] [queue] [sign_in]

--quick measures less often and prints only; the page keeps the figures of the last whole run.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks import queue, renditions, sign_in, upload
from benchmarks.measure import Table, load, machine, median, milliseconds, percentile
from tests.site import Site, on_own_stack

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
NAMES = ("upload", "renditions", "stream", "queue", "sign_in")
SMALL, LARGE = 1_000, 100_000
# Photos waiting on each stack's broker.
QUEUED = {"SQLite": 2_000, "full stack": 10_000}
LIBRARIES = ("Django", "pillow", "celery", "psycopg2-binary")
Measured = dict[tuple[str, int], dict[str, Any]]


def main(arguments: list[str]) -> int:
    """Run the named benchmarks, all without names; print them and write them down."""
    parser = argparse.ArgumentParser(description="What the design promises, measured.")
    parser.add_argument("--quick", action="store_true", help="few rounds, 5,000 posts, no file")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(NAMES))
    options = parser.parse_args(arguments)
    if unknown := set(options.names) - set(NAMES):
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}")
    names = options.names or NAMES
    before = load()
    with ExitStack() as end:
        on_servers = set(names) != {"renditions"}
        stack = end.enter_context(on_own_stack()).env if on_servers else {}
        tables = _tables(names, stack, quick=options.quick)
    text = "\n".join([_heading(before, load()), *(table.markdown() for table in tables)])
    print(text)
    if not options.quick and not options.names:
        _write(text)
    return 0


def _tables(names: Sequence[str], stack: Mapping[str, str], *, quick: bool) -> list[Table]:
    tables: list[Table] = []
    servers: dict[str, Mapping[str, str]] = {"SQLite": {}, "full stack": stack}
    if "upload" in names:
        runs = 3 if quick else 15
        found = {name: upload.measure(env, runs) for name, env in servers.items()}
        tables.append(upload.table(found))
    if "renditions" in names:
        tables += renditions.measure(3 if quick else 11)
    if "stream" in names:
        sizes = (SMALL, 5_000) if quick else (SMALL, LARGE)
        rounds = 30 if quick else 300
        measured = {
            (name, posts): _stream(env, posts, rounds)
            for posts in sizes
            for name, env in zip(("SQLite", "PostgreSQL"), servers.values(), strict=True)
        }
        _assert_constant_queries(measured)
        tables += [_stream_table(name, measured) for name in ("SQLite", "PostgreSQL")]
    if "queue" in names:
        queued = dict.fromkeys(QUEUED, 200) if quick else QUEUED
        drained = {name: queue.measure(env, queued[name]) for name, env in servers.items()}
        tables.append(queue.table(drained))
    if "sign_in" in names:
        rounds = 40 if quick else 500
        signed = {
            name: _alone("sign_in", env, f"--rounds={rounds}")
            for name, env in zip(("SQLite", "PostgreSQL"), servers.values(), strict=True)
        }
        tables.append(sign_in.table(signed))
    return tables


def _stream(stack: Mapping[str, str], posts: int, rounds: int) -> dict[str, Any]:
    return _alone("stream", stack, f"--posts={posts}", f"--rounds={rounds}")


def _alone(name: str, stack: Mapping[str, str], *arguments: str) -> dict[str, Any]:
    """What one benchmark prints as a process of its own, on a new and empty database."""
    site = Site(stack)
    try:
        done = subprocess.run(
            [sys.executable, "-m", f"benchmarks.{name}", *arguments],
            cwd=ROOT,
            env={**site.env, "SITE_URL": "http://localhost:8000"},
            stdout=subprocess.PIPE,
            check=True,
        )
        found: dict[str, Any] = json.loads(done.stdout)
        return found
    finally:
        site.close()


def _assert_constant_queries(measured: Measured) -> None:
    for name, found in measured.items():
        for probe, queries in found["queries"].items():
            others = {other: each["queries"][probe] for other, each in measured.items()}
            assert set(others.values()) == {queries}, (name, probe, others)


def _stream_table(database: str, measured: Measured) -> Table:
    sizes = sorted(posts for name, posts in measured if name == database)
    head = ["page", "queries", "bytes"]
    for posts in sizes:
        head += [f"{posts:,} posts: p50", "p95", "a second and core", "of empty", "times obvious"]
    rows = []
    for probe, queries in measured[database, sizes[0]]["queries"].items():
        row = [probe, str(queries), str(measured[database, sizes[-1]]["bytes"][probe])]
        for posts in sizes:
            row += _cells(probe, measured[database, posts]["seconds"])
        rows.append(row)
    filling = measured[database, sizes[-1]]["filling"]
    return Table(
        f"Pages of 24 cards, {database}",
        head,
        rows,
        [
            "“of empty”: against an empty view behind the same middleware; “times obvious”: against"
            " the same page from plain ORM objects and Django templates for the same viewer.",
            f"{sizes[-1]:,} posts with people, likes and topics were made in {filling:.0f} s.",
        ],
    )


def _cells(probe: str, seconds: Mapping[str, list[float]]) -> list[str]:
    mine = median(seconds[probe])
    who = probe.partition(",")[0]
    obvious = seconds.get(f"{who}, obvious way")
    times = f"{median(obvious) / mine:.1f}" if obvious else ""
    return [
        milliseconds(mine),
        milliseconds(percentile(seconds[probe], 0.95)),
        f"{1 / mine:,.0f}",
        f"{median(seconds['empty']) / mine:.0%}",
        times,
    ]


def _heading(before: float, after: float) -> str:
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    return (
        f"Measured on {datetime.now(UTC):%Y-%m-%d} with `make bench`: {machine()}; {libraries}."
        f" Load of the machine before and after: {before:.1f} and {after:.1f}"
        f" (above {os.cpu_count()}, the cores, every time is too long, ratios less so).\n"
    )


def _write(text: str) -> None:
    page = PAGE.read_text()
    before, _, rest = page.partition(BEGIN)
    _old, _, after = rest.partition(END)
    with tempfile.NamedTemporaryFile("w", dir=PAGE.parent, delete=False) as file:
        file.write(f"{before}{BEGIN}\n{text}\n{END}{after}")
    Path(file.name).chmod(0o644)
    Path(file.name).replace(PAGE)
