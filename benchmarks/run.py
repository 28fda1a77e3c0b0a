"""All benchmarks, one after another, their figures into docs/performance.md.

    python -m benchmarks [--quick | --small] [NAME…]

--quick measures less often, and --small once and little, to see that all still run; both print
only. The page keeps the figures of the last whole run, and of named benchmarks those of their own.
"""

import argparse
import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from benchmarks import (
    alone,
    feed_scale,
    quality,
    queue,
    recognition,
    renditions,
    rivals,
    search,
    sign_in,
    stream,
    upload,
)
from benchmarks.measure import Table, load, machine
from tests.site import Site, on_own_stack

PAGE = alone.ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
LIBRARIES = ("Django", "pillow", "celery", "psycopg2-binary")
# The settings of the servers by their name, {} for SQLite and files.
Servers = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Size:
    """How much is measured."""

    uploads: int
    megapixels: Sequence[int]
    renditions: int
    judged: int
    posts: Sequence[int]
    rounds: int
    # Posts of a site as it grows.
    grown: Sequence[int]
    # Photos waiting without and with the full stack's broker.
    queued: tuple[int, int]
    sign_ins: int
    hashes: int


FULL = Size(
    uploads=15,
    megapixels=(12, 24),
    renditions=11,
    judged=3,
    posts=(1_000, 100_000),
    rounds=300,
    grown=(1_000, 10_000, 100_000, 1_000_000),
    queued=(2_000, 10_000),
    sign_ins=500,
    hashes=10_000,
)
QUICK = replace(
    FULL,
    uploads=3,
    renditions=3,
    judged=1,
    posts=(1_000, 5_000),
    rounds=30,
    grown=(1_000, 5_000),
    queued=(200, 200),
    sign_ins=40,
)
SMALL = Size(
    uploads=1,
    megapixels=(3,),
    renditions=1,
    judged=1,
    posts=(100, 200),
    rounds=1,
    grown=(100, 200),
    queued=(10, 10),
    sign_ins=1,
    hashes=20,
)


def main(arguments: list[str]) -> int:
    """Run the named benchmarks, all without names; print them and write them down."""
    parser = argparse.ArgumentParser(description="What the design promises, measured.")
    sizes = parser.add_mutually_exclusive_group()
    for name, size, words in (
        ("--quick", QUICK, "few rounds, 5,000 posts, no file"),
        ("--small", SMALL, "once and little, to see that all still run, no file"),
    ):
        sizes.add_argument(
            name, dest="size", action="store_const", const=size, default=FULL, help=words
        )
    parser.add_argument(
        "--posts",
        type=int,
        action="append",
        metavar="N",
        help="sizes of the site for feed_scale, in place of 1,000 to 1,000,000; no file",
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    options = parser.parse_args(arguments)
    if unknown := set(options.names) - set(BENCHMARKS):
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}")
    names = options.names or [name for name in BENCHMARKS if name not in LONG]
    size = replace(options.size, grown=options.posts) if options.posts else options.size
    before = load()
    with ExitStack() as end:
        servers: dict[str, Mapping[str, str]] = {"SQLite": {}}
        if set(names) - ON_SQLITE:
            servers["full stack"] = end.enter_context(on_own_stack()).env
        found = tables(names, servers, size)
    heading = _heading(" ".join(["python -m benchmarks", *options.names]), before, load())
    text = "\n".join([f"{heading}\n", *(table.markdown() for table in found)])
    print(text)
    if size is FULL:
        _write(_with_tables(PAGE.read_text(), found, heading) if options.names else _whole(text))
    return 0


def tables(names: Sequence[str], servers: Servers, size: Size) -> list[Table]:
    """The figures of the named benchmarks on each of the servers."""
    chosen = [measure for name, measure in BENCHMARKS.items() if name in names]
    return [table for measure in chosen for table in measure(servers, size)]


def _upload(servers: Servers, size: Size) -> list[Table]:
    found = {}
    for name, stack in servers.items():
        with Site(stack) as site:
            found[name] = upload.measure(site, size.uploads, size.megapixels[0])
            assert not site.tracebacks(), site.tracebacks()
    return [upload.table(found)]


def _renditions(_servers: Servers, size: Size) -> list[Table]:
    judges = quality.judges()
    with rivals.running() as (found, missing):
        costs = renditions.table(found, size.megapixels, size.renditions)
        if judges is None:
            missing.append("scipy is not installed here (benchmarks/requirements.txt): no SSIM.")
            judged = []
        else:
            judged = quality.tables(found, judges, size.judged, size.megapixels[0])
    return [replace(costs, notes=[*costs.notes, *missing]), *judged]


def _stream(servers: Servers, size: Size) -> list[Table]:
    return stream.tables(
        {
            (name, posts): alone.ask("stream", stack, f"--posts={posts}", f"--rounds={size.rounds}")
            for posts in size.posts
            for name, stack in _databases(servers).items()
        }
    )


def _search(servers: Servers, size: Size) -> list[Table]:
    return search.tables(
        {
            (name, posts): alone.ask("search", stack, f"--posts={posts}", f"--rounds={size.rounds}")
            for posts in size.posts
            for name, stack in _databases(servers).items()
        }
    )


def _feed_scale(servers: Servers, size: Size) -> list[Table]:
    rounds = f"--rounds={size.rounds}"
    return feed_scale.tables(
        {
            (name, posts): alone.ask("feed_scale", stack, f"--posts={posts}", rounds)
            for posts in size.grown
            for name, stack in _databases(servers).items()
        }
    )


def _queue(servers: Servers, size: Size) -> list[Table]:
    found = {}
    for name, stack in servers.items():
        with Site(stack) as site:
            found[name] = queue.measure(site, size.queued[site.is_full])
    return [queue.table(found)]


def _sign_in(servers: Servers, size: Size) -> list[Table]:
    databases = _databases(servers).items()
    rounds = f"--rounds={size.sign_ins}"
    return [sign_in.table({name: alone.ask("sign_in", stack, rounds) for name, stack in databases})]


def _recognition(_servers: Servers, size: Size) -> list[Table]:
    return [recognition.table(alone.ask("recognition", {}, f"--hashes={size.hashes}"))]


BENCHMARKS: dict[str, Callable[[Servers, Size], list[Table]]] = {
    "upload": _upload,
    "renditions": _renditions,
    "stream": _stream,
    "search": _search,
    "queue": _queue,
    "sign_in": _sign_in,
    "recognition": _recognition,
    "feed_scale": _feed_scale,
}
# Only by its name: a million posts take longer than all the others together.
LONG = {"feed_scale"}
# Those that need no servers.
ON_SQLITE = {"renditions", "recognition"}


def _databases(servers: Servers) -> Servers:
    return {"PostgreSQL" if stack else "SQLite": stack for stack in servers.values()}


def _heading(command: str, before: float, after: float) -> str:
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    return (
        f"Measured on {datetime.now(UTC):%Y-%m-%d} with `{command}`: {machine()}; {libraries}."
        f" Load of the machine before and after: {before:.1f} and {after:.1f}"
        f" (above {os.cpu_count()}, the cores, every time is too long, ratios less so)."
    )


def _whole(text: str) -> str:
    """The page with the figures of a whole run."""
    before, _, rest = PAGE.read_text().partition(BEGIN)
    _old, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{text}\n{END}{after}"


def _with_tables(page: str, found: Sequence[Table], heading: str) -> str:
    """The page with newer figures of some tables; each says below when they were measured.

    Raises ValueError for a table that the page does not have.
    """
    for table in found:
        start = page.index(f"### {table.title}\n")
        after = page.index(END, start)
        following = page.find("\n### ", start, after)
        end = after if following < 0 else following + 1
        newer = replace(table, notes=[*table.notes, heading]).markdown()
        page = f"{page[:start]}{newer}\n{page[end:]}"
    return page


def _write(page: str) -> None:
    with tempfile.NamedTemporaryFile("w", dir=PAGE.parent, delete=False) as file:
        file.write(page)
    # A temporary file is its owner's alone.
    Path(file.name).chmod(0o644)
    Path(file.name).replace(PAGE)
