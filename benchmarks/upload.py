"""From the upload of one JPEG, of 12 megapixels, to its first rendition, to ready, to the stream.

The whole site runs as processes (`manage.py serve`) and is idle; the visitor asks again every
20 ms, so each figure is up to 20 ms and one answer too large, never too small.
"""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from benchmarks.measure import Table, median, milliseconds, percentile
from benchmarks.photos import LANDSCAPES, jpeg
from tests.site import Site
from tests.visitor import Visitor

POLL_SECONDS = 0.02
PATIENCE_SECONDS = 30.0
REST_SECONDS = 0.3
# Published at once, before any rendition is there: what somebody does who has typed already.
MARKS = {
    "answer": "upload answered (inspected, original stored, rows written)",
    "queue": "of the rest: until the worker has the message",
    "first": "first rendition visible",
    "ready": "ready",
    "visible": "published at once: the post stands on the stream",
}
AIMS = {"first": "≤ 500 ms", "ready": "≤ 1000 ms"}


@dataclass
class Timings:
    """Seconds since the upload of a photo began, one value a run, by mark."""

    megapixels: int
    seconds: dict[str, list[float]] = field(default_factory=dict)

    def add(self, mark: str, value: float) -> None:
        """Note one value."""
        self.seconds.setdefault(mark, []).append(value)


def measure(site: Site, runs: int, megapixels: int = 12) -> Timings:
    """Upload so many photos one after another to a running site that is idle."""
    photos = [jpeg(megapixels, number) for number in range(min(runs, len(LANDSCAPES)))]
    timings = Timings(megapixels)
    member, visitor = site.member(), site.visitor()
    # Not counted: it warms up the processes.
    _settled(member, member.kept_upload(photos[0])["id"])
    for run in range(runs):
        _time_upload(member, photos[run % len(photos)], timings)
        time.sleep(REST_SECONDS)
    for wait in _queue_waits(site, runs):
        timings.add("queue", wait)
    for run in range(runs):
        _time_post(member, visitor, photos[run % len(photos)], timings)
        time.sleep(REST_SECONDS)
    return timings


def table(found: Mapping[str, Timings]) -> Table:
    """The figures of each stack beside one another."""
    head = ["since the upload began"]
    for name in found:
        head += [f"{name}, median", "p95"]
    rows = []
    for mark, words in MARKS.items():
        aim = f" (aim {AIMS[mark]})" if mark in AIMS else ""
        row = [words + aim]
        for timings in found.values():
            values = timings.seconds[mark]
            row += [milliseconds(median(values)), milliseconds(percentile(values, 0.95))]
        rows.append(row)
    one = next(iter(found.values()))
    runs = len(one.seconds["first"])
    return Table(
        f"Upload of one {one.megapixels}-megapixel JPEG to an idle site, {runs} times",
        head,
        rows,
        [
            f"{len(LANDSCAPES)} photos in turn (with 12 megapixels about 5 MB each), over loopback,"
            " asked after every 20 ms: a figure is at most 20 ms and one answer too large.",
            "The queue's wait is from writing the row to the worker's log line.",
        ],
    )


def _time_upload(member: Visitor, photo: bytes, timings: Timings) -> None:
    started = time.perf_counter()
    upload_id = member.kept_upload(photo)["id"]
    timings.add("answer", time.perf_counter() - started)
    state: dict[str, Any] = {}

    def ask() -> dict[str, Any]:
        state.update(member.get(f"/uploads/{upload_id}/").json())
        return state

    _until(lambda: ask()["preview"])
    timings.add("first", time.perf_counter() - started)
    _until(lambda: (state if state["state"] == "ready" else ask())["state"] == "ready")
    timings.add("ready", time.perf_counter() - started)


def _time_post(member: Visitor, visitor: Visitor, photo: bytes, timings: Timings) -> None:
    started = time.perf_counter()
    answer = member.publish([member.kept_upload(photo)["id"]], [("audience", "public")])
    assert answer.status == 303, answer.words
    _until(lambda: f'href="{answer.location}"' in visitor.get("/").text)
    timings.add("visible", time.perf_counter() - started)


def _settled(member: Visitor, upload_id: str) -> None:
    assert member.settled(upload_id)["state"] == "ready"


def _until(condition: Callable[[], object]) -> None:
    deadline = time.perf_counter() + PATIENCE_SECONDS
    while not condition():
        assert time.perf_counter() < deadline, "the site did not get there"
        time.sleep(POLL_SECONDS)


def _queue_waits(site: Site, photos: int) -> list[float]:
    """Seconds from `queued_at` to the worker's line that it has the message; of the last photos."""
    newest = "SELECT queued_at FROM posts_photo ORDER BY id DESC LIMIT %s"
    queued = [row[0] for row in reversed(site.rows(newest, photos))]
    received = [
        datetime.fromisoformat(line["time"])
        for line in _json_lines(site.log("logs/worker-1.log"))
        if "posts.tasks.render" in line.get("message", "") and "received" in line["message"]
    ]
    times = [_plain(value) for value in queued]
    return [(b - a).total_seconds() for a, b in zip(times, received[-photos:], strict=True)]


def _json_lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


def _plain(value: datetime | str) -> datetime:
    """A time of either database, in UTC without saying so, as the log writes it."""
    return (datetime.fromisoformat(value) if isinstance(value, str) else value).replace(tzinfo=None)
