"""Whether the pages of the feed cost the same on a site of any size.

Every page that a member comes to again and again, as calls of the WSGI application in this
process, in turns with an empty view. Twenty members take turns too, so that what is kept for one
doesn't stand for all.

`python -m benchmarks feed_scale` measures 1,000 to 1,000,000 posts on both databases (`--posts`
for other sizes); `python -m benchmarks.feed_scale --posts N` fills the database that the
environment names, migrated and empty, and prints the figures as JSON.
"""

import argparse
import gc
import itertools
import re
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from benchmarks import alone
from benchmarks.measure import Table, median, milliseconds, percentile
from benchmarks.stream import Probe, answer_of, queries_of, session_of

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

    from accounts.models import User
    from benchmarks.data import Filled

MEMBERS = 20
WARM_UP = MEMBERS
EMPTY = "empty"
TOKEN = "0" * 32
# What `measure` found, by database and number of posts.
Measured = Mapping[tuple[str, int], Mapping[str, Any]]


def main(arguments: list[str]) -> None:
    """Fill, measure, print."""
    parser = argparse.ArgumentParser(description="What a page of the feed costs on a large site.")
    parser.add_argument("--posts", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=200)
    options = parser.parse_args(arguments)
    alone.prepare()
    alone.answer(measure(options.posts, options.rounds))


def measure(posts: int, rounds: int) -> dict[str, Any]:
    """Seconds of so many rounds and queries by page, on an empty database filled first."""
    from benchmarks.large_data import fill_large

    started = time.perf_counter()
    filled = fill_large(posts)
    filling = time.perf_counter() - started
    return {"filling": filling, **_measured(filled, rounds)}


def tables(measured: Measured) -> list[Table]:
    """The figures of each database."""
    return [_table(name, measured) for name in dict.fromkeys(name for name, _posts in measured)]


def _measured(filled: "Filled", rounds: int) -> dict[str, Any]:
    from django.core.handlers.wsgi import WSGIHandler
    from django.test import override_settings

    # A like is counted for the rate limit, which here would only be in the way.
    with override_settings(ROOT_URLCONF="benchmarks.views", DEBUG=False, ACCOUNT_RATE_LIMITS=False):
        site = WSGIHandler()
        pages = {name: itertools.cycle(probes) for name, probes in _pages(site, filled).items()}
        seconds: dict[str, list[float]] = {name: [] for name in pages}
        for turn in range(min(WARM_UP, rounds) + rounds):
            if turn == min(WARM_UP, rounds):
                gc.collect()
                # Collections skip all that is here already and don't slow down one page or another.
                gc.freeze()
            for name, probes in pages.items():
                probe = next(probes)
                started = time.perf_counter()
                answer_of(site, probe)
                seconds[name].append(time.perf_counter() - started)
        gc.unfreeze()
        queries = {
            name: queries_of(partial(answer_of, site, next(probes)))
            for name, probes in pages.items()
        }
    measured = {name: times[-rounds:] for name, times in seconds.items()}
    return {"seconds": measured, "queries": queries}


def _pages(site: "WSGIApplication", filled: "Filled") -> dict[str, list[Probe]]:
    """The requests of each page, to be made in turns."""
    from django.contrib.auth.models import AnonymousUser

    from feed.stream import candidates
    from posts.models import Topic

    members = _members(filled)
    sessions = [session_of(member) for member in members]
    topics = [
        topic.get_absolute_url()
        for topic in Topic.objects.order_by("pk")[:MEMBERS]
        if candidates.is_shown(topic, AnonymousUser())
    ]
    profiles = [person.get_absolute_url() for person in _who_posts_much()]
    pages = {
        EMPTY: [Probe(EMPTY, "/empty")],
        "member, empty": _of_members("/empty-member", sessions),
        "For you": _of_members("/?tab=for-you", sessions),
        "Following": _of_members("/?tab=following", sessions),
        "Latest": _of_members("/?tab=latest", sessions),
        "Explore": _of_members("/explore/", sessions),
        "topic": _in_turns(topics, sessions),
        "profile": _in_turns(profiles, sessions),
        "visitor, Explore": [Probe("explore", "/explore/")],
        "visitor, topic": [Probe("topic", path) for path in topics],
        "visitor, profile": [Probe("profile", path) for path in profiles],
    }
    for name in ("For you", "Following", "Latest", "Explore", "topic", "profile"):
        pages[f"{name}, later page"] = [
            later for probe in pages[name] for later in _later(site, probe)
        ]
    pages["like"] = list(_likes(sessions))
    return {name: probes for name, probes in pages.items() if probes}


def _members(filled: "Filled") -> "list[User]":
    from accounts.models import User

    others = User.objects.exclude(pk=filled.member.pk).order_by("-pk")
    return [filled.member, *others[: MEMBERS - 1]]


def _who_posts_much() -> "list[User]":
    from accounts.models import User

    return list(User.objects.order_by("pk")[:MEMBERS])


def _of_members(path: str, sessions: Sequence[str]) -> list[Probe]:
    return [Probe(path, path, cookie=session) for session in sessions]


def _in_turns(paths: Sequence[str], sessions: Sequence[str]) -> list[Probe]:
    return [
        Probe(path, path, cookie=session)
        for path, session in zip(paths, itertools.cycle(sessions), strict=False)
    ]


def _later(site: "WSGIApplication", probe: Probe) -> Iterator[Probe]:
    """The page after this one as htmx asks for it; nothing where there is none."""
    more = re.search(r'class="more" href="([^"]+)"', answer_of(site, probe).page)
    if more:
        path = more[1].replace("&amp;", "&")
        yield Probe(path, path, cookie=probe.cookie, headers={"HTTP_HX_REQUEST": "true"})


def _likes(sessions: Sequence[str]) -> Iterator[Probe]:
    """A like and taking it back, of a post each by every member."""
    from django.conf import settings

    from posts.models import Post

    liked = Post.objects.listed().order_by("-published_at", "-pk")[: len(sessions)]
    for session, post in zip(sessions, liked, strict=False):
        path = f"{post.get_absolute_url()}like"
        cookie = f"{session}; {settings.CSRF_COOKIE_NAME}={TOKEN}"
        headers = {"HTTP_X_CSRFTOKEN": TOKEN, "HTTP_HX_REQUEST": "true"}
        for method in ("POST", "DELETE"):
            yield Probe("like", path, cookie=cookie, method=method, headers=headers)


def _table(database: str, measured: Measured) -> Table:
    sizes = sorted(posts for name, posts in measured if name == database)
    smallest, largest = (measured[database, posts] for posts in (sizes[0], sizes[-1]))
    head = ["page", "queries"]
    for posts in sizes:
        head += [f"{posts:,} posts: p50", "p95"]
    head += ["p95 / p95", "an empty view taken out"]
    rows = []
    for page in smallest["seconds"]:
        row = [page, str(largest["queries"][page])]
        for posts in sizes:
            times = measured[database, posts]["seconds"][page]
            row += [milliseconds(median(times)), milliseconds(_p95(times))]
        rows.append([*row, *_growth(page, smallest["seconds"], largest["seconds"])])
    return Table(
        f"Pages of the feed as the site grows, {database}",
        head,
        rows,
        [
            f"“p95 / p95”: with {sizes[-1]:,} posts against {sizes[0]:,}; “an empty view taken"
            " out”: the same, each divided by what an empty view took in the same run.",
            "Twenty members take turns; later pages are what htmx gets.",
            f"{sizes[-1]:,} posts with ten times as many likes were made in"
            f" {largest['filling']:.0f} s.",
        ],
    )


def _growth(page: str, smallest: Any, largest: Any) -> list[str]:
    grown = _p95(largest[page]) / _p95(smallest[page])
    machine = median(largest[EMPTY]) / median(smallest[EMPTY])
    return [f"{grown:.2f}", f"{grown / machine:.2f}"]


def _p95(seconds: list[float]) -> float:
    return percentile(seconds, 0.95)


if __name__ == "__main__":
    main(sys.argv[1:])
