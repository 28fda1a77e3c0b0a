"""What a page of cards costs: calls of the WSGI application in this process, one after another.

No server and no client take part, so 1 / seconds is what one core answers with one sync worker.
The pages and what they are compared with take turns in the same run:

bare     an empty view with no middleware at all
empty    the same view behind the site's whole middleware
obvious  the stream's own markup from plain ORM objects and Django templates, nothing kept

`python -m benchmarks.stream --posts N` fills the database that the environment names, migrated
and empty, and prints the figures as JSON; `run` starts it once a database and size.
"""

import argparse
import gc
import gzip
import re
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from benchmarks import alone
from benchmarks.measure import Table, median, milliseconds, percentile

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

    from accounts.models import User
    from benchmarks.data import Filled

WARM_UP = 20
# What `measure` found, by database and number of posts.
Measured = Mapping[tuple[str, int], Mapping[str, Any]]


@dataclass
class Probe:
    """A request that is measured again and again."""

    name: str
    path: str
    cookie: str = ""
    etag: str = ""
    bare: bool = False
    method: str = "GET"
    # As WSGI names them.
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Answer:
    """Status, headers and body of one call."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def page(self) -> str:
        """The text, with what is new on every call made alike."""
        body = self.body
        if self.headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        return re.sub(r'value="\w{64}"', 'value="token"', body.decode())


def main(arguments: list[str]) -> None:
    """Fill, measure, print."""
    parser = argparse.ArgumentParser(description="What a page of cards costs.")
    parser.add_argument("--posts", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=200)
    options = parser.parse_args(arguments)
    alone.prepare()
    alone.answer(measure(options.posts, options.rounds))


def measure(posts: int, rounds: int) -> dict[str, Any]:
    """Seconds of so many rounds, queries and bytes by page, on an empty database filled first."""
    from benchmarks.data import fill

    started = time.perf_counter()
    filled = fill(posts)
    filling = time.perf_counter() - started
    return {"filling": filling, **_measured(filled, rounds)}


def tables(measured: Measured) -> list[Table]:
    """The figures of each database; raises AssertionError where the queries of a page differ."""
    _assert_constant_queries(measured)
    return [_table(name, measured) for name in dict.fromkeys(name for name, _posts in measured)]


def _measured(filled: "Filled", rounds: int) -> dict[str, Any]:
    from django.core.handlers.wsgi import WSGIHandler
    from django.test import override_settings

    with override_settings(ROOT_URLCONF="benchmarks.views", DEBUG=False):
        site = WSGIHandler()
        # A handler loads its middleware when it is made, so this one never has any.
        with override_settings(MIDDLEWARE=[]):
            bare = WSGIHandler()
        probes = _probes(site, filled)
        calls = {probe.name: _caller(bare if probe.bare else site, probe) for probe in probes}
        _assert_same_page(calls)
        seconds: dict[str, list[float]] = {name: [] for name in calls}
        for call in calls.values():
            for _ in range(min(WARM_UP, rounds)):
                call()
        gc.collect()
        # Collections skip all that is here already and don't slow down one page or another.
        gc.freeze()
        for _ in range(rounds):
            for name, call in calls.items():
                started = time.perf_counter()
                call()
                seconds[name].append(time.perf_counter() - started)
        gc.unfreeze()
        return {
            "seconds": seconds,
            "queries": {name: queries_of(call) for name, call in calls.items()},
            "bytes": {name: len(call().body) for name, call in calls.items()},
        }


def _probes(site: "WSGIApplication", filled: "Filled") -> list[Probe]:
    member = session_of(filled.member)
    first = answer_of(site, Probe("", "/"))
    later = re.search(r'href="(/\?[^"]*cursor=[^"]+)"', first.page)
    assert later, first.page[:500]
    following = later[1].replace("&amp;", "&")
    return [
        Probe("bare", "/empty", bare=True),
        Probe("empty", "/empty"),
        Probe("visitor", "/"),
        Probe("visitor, unchanged", "/", etag=first.headers["etag"]),
        Probe("visitor, later page", following),
        Probe("visitor, obvious way", "/obvious"),
        Probe("member, empty", "/empty-member", cookie=member),
        Probe("member", "/", cookie=member),
        Probe("member, later page", following, cookie=member),
        Probe("member, latest", "/?tab=latest", cookie=member),
        Probe("member, following", "/?tab=following", cookie=member),
        Probe("member, obvious way", "/obvious", cookie=member),
        Probe("topic", f"/topics/{filled.topic.name}/"),
        Probe("profile", filled.author.get_absolute_url()),
    ]


def session_of(member: "User") -> str:
    """The cookie of a member, signed in."""
    from django.conf import settings
    from django.test import Client

    client = Client()
    client.force_login(member)
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"


def _caller(application: "WSGIApplication", probe: Probe) -> Callable[[], Answer]:
    return lambda: answer_of(application, probe)


def answer_of(application: "WSGIApplication", probe: Probe) -> Answer:
    """One request as a server hands it over, up to the last byte of the answer."""
    path, _, query = probe.path.partition("?")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": probe.method,
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "8000",
        "REMOTE_ADDR": "127.0.0.1",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "localhost",
        "HTTP_ACCEPT_ENCODING": "gzip",
        "HTTP_ACCEPT_LANGUAGE": "en",
        "wsgi.url_scheme": "http",
        "wsgi.input": sys.stdin.buffer,
        "wsgi.errors": sys.stderr,
    }
    environ |= {"HTTP_COOKIE": probe.cookie} if probe.cookie else {}
    environ |= {"HTTP_IF_NONE_MATCH": probe.etag} if probe.etag else {}
    environ |= probe.headers
    begun: list[tuple[str, list[tuple[str, str]]]] = []

    def start(status: str, headers: Any, _error: Any = None, /) -> Callable[[bytes], object]:
        begun.append((status, headers))
        return lambda _data: None

    parts = application(environ, start)
    body = b"".join(parts)
    if hasattr(parts, "close"):
        parts.close()
    status, headers = begun[0]
    answer = Answer(int(status[:3]), {name.lower(): value for name, value in headers}, body)
    assert answer.status == (304 if probe.etag else 200), (probe, status, body[:300])
    return answer


def _assert_same_page(calls: dict[str, Callable[[], Answer]]) -> None:
    """The obvious way must draw the very same page, or the comparison means nothing."""
    for who in ("visitor", "member"):
        ours, obvious = calls[who]().page, calls[f"{who}, obvious way"]().page
        assert ours.count('class="card"') == 24, ours[:500]
        assert _cards(ours) == _cards(obvious)


def _cards(page: str) -> str:
    return page[page.index('id="cards"') : page.index("</main>")].replace("/obvious", "/")


def queries_of(call: Callable[[], object]) -> int:
    """How many statements a call sends when everything that is kept is there.

    The fewest of some: what the owner chose for the site is read again every few seconds.
    """
    return min(_sent(call) for _ in range(3))


def _sent(call: Callable[[], object]) -> int:
    from django.db import connection

    sent: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        sent.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        call()
    return len(sent)


def _assert_constant_queries(measured: Measured) -> None:
    for name, found in measured.items():
        for probe, queries in found["queries"].items():
            others = {other: each["queries"][probe] for other, each in measured.items()}
            assert set(others.values()) == {queries}, (name, probe, others)


def _table(database: str, measured: Measured) -> Table:
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


if __name__ == "__main__":
    main(sys.argv[1:])
