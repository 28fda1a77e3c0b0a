"""The database's own server stopped and started again under a running site."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg2
import pytest

from tests.site import Site, on_own_stack, wait_for
from tests.visitor import Visitor

pytestmark = pytest.mark.stack
Scene = tuple[Any, Site, Visitor]
AWAY = "responding right now. Everything saved before is safe"
HTML = ("/new/", "/admin/", "/settings/profile/", "/nowhere")


@pytest.fixture(scope="module")
def scene() -> Iterator[Scene]:
    """Servers that may be stopped, a site on them, and a member of it."""
    with on_own_stack() as stack, Site(stack.env) as site:
        member = site.member()
        assert member.get("/new/").status == 200
        yield stack, site, member
        assert "Traceback" not in site.log("logs/web.log")


def outage_lines(site: Site) -> int:
    return site.log("logs/web.log").count("database_away")


def goes_on(member: Visitor) -> None:
    wait_for(lambda: member.get("/new/").status == 200, 30, "the site to go on")


def test_while_the_database_is_stopped_every_answer_says_so(scene: Scene) -> None:
    stack, site, member = scene
    sent = {"X-CSRFToken": member.csrf()}
    asked: list[tuple[str, str, dict[str, str]]] = [
        *(("GET", path, {}) for path in HTML),
        ("GET", "/notifications/", {"Accept": "application/json"}),
        ("GET", "/uploads/incoming/key/", {}),
        ("POST", "/uploads/", sent),
        ("POST", "/new/", sent),
    ] * 3
    before = outage_lines(site)
    stack.postgres.stop()
    try:
        with ThreadPoolExecutor(8) as pool:
            answers = list(
                pool.map(lambda each: member.request(each[0], each[1], headers=each[2]), asked)
            )
        assert site.visitor().get("/healthz").status == 200
    finally:
        stack.postgres.start()
    for (_method, path, headers), answer in zip(asked, answers, strict=True):
        assert answer.status == 503, f"{path}: {answer.text}"
        assert answer.headers["Retry-After"] == "30"
        assert AWAY in answer.words, path
        is_json = path.startswith("/uploads/") or "Accept" in headers
        assert answer.headers["Content-Type"].startswith("application/json") is is_json
    assert outage_lines(site) == before + len(asked), "one line each"
    goes_on(member)


def test_with_every_connection_taken_nothing_breaks(scene: Scene) -> None:
    _stack, site, member = scene
    taken = []
    try:
        with pytest.raises(psycopg2.OperationalError):
            while True:
                taken.append(psycopg2.connect(site.stack["DATABASE_URL"]))
        with ThreadPoolExecutor(16) as pool:
            answers = list(pool.map(lambda _: member.get("/new/"), range(32)))
        assert {answer.status for answer in answers} <= {200, 503}
        assert all(AWAY in answer.words for answer in answers if answer.status == 503)
    finally:
        for connection in taken:
            connection.close()
    goes_on(member)
