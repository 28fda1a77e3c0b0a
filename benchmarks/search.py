"""What a search costs, as pages of the WSGI application in this process, one after another.

The words of the posts are as seldom and as common as in a language (Zipf's law: the n-th word
stands 1/n as often as the first). Each turn asks other words of the same kind, as people do, and
takes turns with an empty view behind the same middleware.

`python -m benchmarks.search --posts N` fills the database that the environment names, migrated
and empty, and prints the figures as JSON; `run` starts it once a database and size.
"""

import argparse
import gc
import itertools
import random
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any
from urllib.parse import urlencode

from benchmarks import alone
from benchmarks.measure import Table, median, milliseconds, percentile
from benchmarks.stream import Probe, answer_of

VOCABULARY = 30_000
SYLLABLES = "ba be bo da de do fa fe ga go ha he ka ke la le ma me na ne pa ra re sa se ta te va ve"
WARM_UP = 5
BATCH = 5_000
# What `measure` found, by database and number of posts.
Measured = Mapping[tuple[str, int], Mapping[str, Any]]


def main(arguments: list[str]) -> None:
    """Fill, measure, print."""
    parser = argparse.ArgumentParser(description="What a search costs.")
    parser.add_argument("--posts", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=100)
    options = parser.parse_args(arguments)
    alone.prepare()
    alone.answer(measure(options.posts, options.rounds))


def measure(posts: int, rounds: int) -> dict[str, Any]:
    """Seconds of so many rounds by kind of search, on an empty database filled first."""
    from benchmarks.data import analyze, fill

    started = time.perf_counter()
    filled = fill(posts, writer=_written)
    _index()
    if _is_postgresql():
        # As autovacuum does on a site; on SQLite nobody does.
        analyze()
    filling = time.perf_counter() - started
    return {"filling": filling, "seconds": _seconds(filled, rounds)}


def tables(measured: Measured) -> list[Table]:
    """The figures of each database."""
    return [_table(name, measured) for name in dict.fromkeys(name for name, _posts in measured)]


def word(number: int) -> str:
    """The n-th most common word, from 0: two syllables and more, each word another."""
    syllables = SYLLABLES.split()
    letters = [syllables[number % len(syllables)]]
    rest = number // len(syllables)
    while True:
        letters.append(syllables[rest % len(syllables)])
        rest //= len(syllables)
        if not rest:
            return "".join(letters)


def _written(dice: random.Random, count: int) -> str:
    numbers = dice.choices(range(VOCABULARY), cum_weights=_weights(), k=count)
    return " ".join(map(word, numbers)).capitalize()


@cache
def _weights() -> list[float]:
    return list(itertools.accumulate(1 / (number + 1) for number in range(VOCABULARY)))


def _is_postgresql() -> bool:
    from django.db import connection

    return connection.vendor == "postgresql"


def _index() -> None:
    """Every post and person into the index of search, in one transaction as a migration does it."""
    from django.apps import apps
    from django.db import connection, transaction

    from feed.search.rebuilding import rebuild

    with transaction.atomic():
        # Not entered: on SQLite that is not for within a transaction, and nothing of it is needed.
        rebuild(apps, connection.schema_editor())


def _searches(author: str, topic: str) -> dict[str, Callable[[random.Random], dict[str, str]]]:
    """Kinds of searches, each of which makes up another question every time."""

    def near(dice: random.Random, first: int, last: int) -> str:
        return word(dice.randrange(first, last))

    return {
        "common word": lambda dice: {"q": near(dice, 0, 10)},
        "usual word": lambda dice: {"q": near(dice, 50, 500)},
        "rare word": lambda dice: {"q": near(dice, 20_000, VOCABULARY)},
        "beginning of a word": lambda dice: {"q": near(dice, 50, 500)[:3]},
        "two words": lambda dice: {"q": f"{near(dice, 0, 50)} {near(dice, 50, 500)}"},
        "a phrase in quotes": lambda dice: {"q": f'"{near(dice, 0, 20)} {near(dice, 0, 50)}"'},
        "a word from:": lambda dice: {"q": f"{near(dice, 0, 50)} from:{author}"},
        "a word topic:": lambda dice: {"q": f"{near(dice, 0, 50)} topic:{topic}"},
        "a word before:": lambda dice: {"q": f"{near(dice, 0, 50)} before:2026-09"},
        "newest first": lambda dice: {"q": near(dice, 0, 500), "sort": "newest"},
        "Top": lambda dice: {"q": near(dice, 0, 500), "in": "top"},
    }


def _seconds(filled: Any, rounds: int) -> dict[str, list[float]]:
    from django.core.handlers.wsgi import WSGIHandler
    from django.test import override_settings

    # A search is counted for the rate limit, which is no part of finding.
    with override_settings(ROOT_URLCONF="benchmarks.views", DEBUG=False, ACCOUNT_RATE_LIMITS=False):
        site = WSGIHandler()
        seconds: dict[str, list[float]] = {}
        # Collections skip all that is here already and don't slow down one page or another.
        gc.collect()
        gc.freeze()
        warm_up = min(WARM_UP, rounds)
        for name, path in _paths(filled):
            if len(seconds.get(name, ())) >= warm_up + rounds:
                break
            probe = Probe(name, path)
            started = time.perf_counter()
            answer_of(site, probe)
            seconds.setdefault(name, []).append(time.perf_counter() - started)
        gc.unfreeze()
        return {name: times[warm_up:] for name, times in seconds.items()}


def _paths(filled: Any) -> Iterator[tuple[str, str]]:
    """Kinds of requests and their addresses, in turns without end."""
    dice = random.Random(11)
    kinds = _searches(filled.author.username, filled.topic.name)
    while True:
        yield "empty view", "/empty"
        for name, question in kinds.items():
            yield name, "/search/?" + urlencode({"in": "posts", **question(dice)})
        for length in (2, 3, 5):
            typed = word(dice.randrange(50, 500))[:length]
            yield f"typing, {length} letters", "/search/suggest?" + urlencode({"q": typed})
        yield "nothing asked", "/search/"


def _table(database: str, measured: Measured) -> Table:
    sizes = sorted(posts for name, posts in measured if name == database)
    head = ["search"]
    for posts in sizes:
        head += [f"{posts:,} posts: p50", "p95", "without an empty view, p95"]
    rows = []
    for kind in measured[database, sizes[0]]["seconds"]:
        row = [kind]
        for posts in sizes:
            seconds = measured[database, posts]["seconds"]
            row += [milliseconds(median(seconds[kind])), milliseconds(_p95(seconds[kind]))]
            row.append(milliseconds(max(0.0, _p95(seconds[kind]) - median(seconds["empty view"]))))
        rows.append(row)
    filling = measured[database, sizes[-1]]["filling"]
    return Table(
        f"Searches, {database}",
        head,
        rows,
        [
            "Whole pages of 24 cards, but for typing; each turn asks other words.",
            f"{sizes[-1]:,} posts were made and indexed in {filling:.0f} s.",
        ],
    )


def _p95(seconds: list[float]) -> float:
    return percentile(seconds, 0.95)


if __name__ == "__main__":
    main(sys.argv[1:])
