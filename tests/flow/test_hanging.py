"""A part that hangs, or is away, holds no visitor for long: the real servers are stopped.

A stopped server (SIGSTOP) is the worst case: its kernel still takes connections, so nothing ever
fails by itself. The limits are those of decision 22 (1 s, 2 s, 10 s, 5 s) and room for a machine
that is busy; without deadlines each of them was passed by far, or for ever.
"""

import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import psutil
import pytest

from tests.pictures import photo
from tests.site import Site, on_own_stack, wait_for
from tests.visitor import Answer, Visitor

pytestmark = pytest.mark.stack
AT_ONCE = 20
PAGE_SECONDS = 4.0
READY_SECONDS = 5.0
UPLOAD_SECONDS = 15.0
DATABASE_SECONDS = 8.0


@dataclass
class World:
    """A site on servers of its own, with one post and somebody signed in."""

    site: Site
    servers: Any
    member: Visitor
    post: str
    private_picture: str


@pytest.fixture(scope="module")
def silent_mail() -> Iterator[int]:
    """The port of a mail server that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=50) as listener:
        yield listener.getsockname()[1]


@pytest.fixture(scope="module")
def world(silent_mail: int) -> Iterator[World]:
    with ExitStack() as end:
        servers = end.enter_context(on_own_stack())
        mail = f"smtp://127.0.0.1:{silent_mail}"
        site = end.enter_context(Site(servers.env, EMAIL_URL=mail))
        member = site.moderator()
        post = member.new_post(photo(seed=1), title="Kept")
        unpublished = member.settled(member.kept_upload(photo(seed=2))["id"])
        yield World(site, servers, member, post, unpublished["preview"])


@pytest.fixture(autouse=True)
def ready(world: World) -> None:
    """Whatever the test before stopped is back, and each process has noticed."""

    def all_ready() -> bool:
        for who, path in ((world.site.visitor(), "/readyz"), (world.member, world.private_picture)):
            answers = many(lambda who=who, path=path: who.get(path))  # type: ignore[misc]
            if {answer.status for _seconds, answer in answers} != {200}:
                return False
        return True

    wait_for(all_ready, 30, "the site to be ready")


@contextmanager
def stopped(server: Any, *, children: bool = True) -> Iterator[None]:
    """Stop a server's processes; they go on afterwards."""
    parent = psutil.Process(server.process.pid)
    family = [parent, *(parent.children(recursive=True) if children else [])]
    for process in family:
        process.suspend()
    try:
        yield
    finally:
        for process in reversed(family):
            if process.is_running():
                process.resume()


def timed(ask: Callable[[], Answer]) -> tuple[float, Answer]:
    """Seconds, and what came."""
    started = time.monotonic()
    answer = ask()
    return time.monotonic() - started, answer


def many(ask: Callable[[], Answer]) -> list[tuple[float, Answer]]:
    """Twenty at once."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(lambda _number: timed(ask), range(AT_ONCE)))


def assert_pages_come(world: World) -> None:
    """Pages, for a visitor and for a member, and the health of the process."""
    for who in (world.site.visitor(), world.member):
        for path in ("/", world.post, "/healthz"):
            seconds, answer = timed(lambda who=who, path=path: who.get(path))  # type: ignore[misc]
            assert answer.status == 200, path
            assert seconds < PAGE_SECONDS, path


def test_a_store_that_hangs_holds_neither_readyz_nor_pages(world: World) -> None:
    with stopped(world.servers.s3):
        # What was found before is kept for 3 s, and told while one thread looks anew.
        statuses, deadline = {200}, time.monotonic() + 20
        while statuses != {503}:
            assert time.monotonic() < deadline, "some process still says that all is well"
            answers = many(lambda: world.site.visitor().get("/readyz"))
            assert max(seconds for seconds, _answer in answers) < READY_SECONDS
            statuses = {answer.status for _seconds, answer in answers}
        told = world.site.visitor().get("/readyz").json()["parts"]
        assert told == {"database": "ok", "broker": "ok", "storage": "away", "disk": "ok"}
        assert_pages_come(world)


def test_a_store_that_hangs_holds_no_threads_for_its_pictures(world: World) -> None:
    with stopped(world.servers.s3), ThreadPoolExecutor(AT_ONCE) as pool:
        asked = [
            pool.submit(timed, lambda: world.member.get(world.private_picture))
            for _number in range(AT_ONCE)
        ]
        time.sleep(0.2)
        assert_pages_come(world)
        for one in asked:
            seconds, answer = one.result()
            assert answer.status == 503
            assert seconds < 2 * PAGE_SECONDS
            assert "The photo storage isn" in answer.text


def test_uploads_to_a_store_that_hangs_are_answered_and_pages_come(world: World) -> None:
    data = photo(seed=3)
    with stopped(world.servers.s3), ThreadPoolExecutor(AT_ONCE) as pool:
        asked = [
            pool.submit(timed, lambda: world.member.upload(data)) for _number in range(AT_ONCE)
        ]
        time.sleep(0.5)
        assert_pages_come(world)
        for one in asked:
            seconds, answer = one.result()
            assert (answer.status, answer.json()["code"]) == (503, "storage_away")
            assert seconds < UPLOAD_SECONDS


def test_the_form_without_scripts_keeps_what_was_typed(world: World) -> None:
    files = [("photos", (f"{n}.jpg", photo(seed=n), "image/jpeg")) for n in range(4, 8)]
    with stopped(world.servers.s3):
        fields = [("title", "A long day"), ("caption", "typed by hand")]
        seconds, answer = timed(lambda: world.member.post("/new/", fields, files))
    assert seconds < UPLOAD_SECONDS
    assert answer.status == 422
    assert "A long day" in answer.text
    assert "typed by hand" in answer.text
    assert answer.text.count("The photo storage isn") >= len(files)


def test_a_profile_picture_says_so_too(world: World) -> None:
    with stopped(world.servers.s3):
        file = ("avatar", ("me.jpg", photo(seed=8), "image/jpeg"))
        seconds, answer = timed(lambda: world.member.post("/settings/avatar/", files=[file]))
        assert (answer.status, seconds < UPLOAD_SECONDS) == (303, True)
        assert "The photo storage isn" in world.member.get("/settings/profile/").words


@pytest.mark.parametrize("how", ["hangs", "is gone"])
def test_without_the_broker_an_upload_waits_no_longer(world: World, how: str) -> None:
    usual, answer = timed(lambda: world.member.upload(photo(seed=9)))
    assert answer.status == 201
    with ExitStack() as back:
        if how == "hangs":
            back.enter_context(stopped(world.servers.valkey))
        else:
            world.servers.valkey.kill()
            back.callback(world.servers.valkey.start)
        took = []
        for seed in range(10, 14):
            seconds, answer = timed(lambda seed=seed: world.member.upload(photo(seed=seed)))  # type: ignore[misc]
            assert answer.status == 201
            took.append(seconds - usual)
        assert max(took) < 1.5, took
        assert min(took) < 0.5, "only the first one finds out"
        assert_pages_come(world)
        seconds, _told = timed(lambda: world.site.visitor().get("/readyz"))
        assert seconds < READY_SECONDS
    if how == "is gone":
        assert world.member.settled(answer.json()["id"])["state"] == "ready", "found by the sweep"


def test_mail_that_hangs_holds_no_page(world: World) -> None:
    assert_pages_come(world)
    visitor = world.site.visitor()
    seconds, answer = timed(
        lambda: visitor.post("/accounts/login/", {"login": "nobody", "password": "wrong"})
    )
    assert answer.status == 200
    assert seconds < PAGE_SECONDS + 2


def test_a_database_that_hangs_is_told_within_seconds(world: World) -> None:
    visitor = world.site.visitor()
    token = visitor.csrf()
    assert token
    with stopped(world.servers.postgres):
        answers = many(lambda: world.member.get(world.post))
        assert {answer.status for _seconds, answer in answers} == {503}
        assert max(seconds for seconds, _answer in answers) < DATABASE_SECONDS
        for answer in [one for _seconds, one in answers]:
            assert "responding right now. Everything saved before is safe" in answer.text
            assert answer.headers["Retry-After"]
        form = {"login": world.member.username, "password": "wrong"}
        seconds, answer = timed(lambda: visitor.post("/accounts/login/", form))
        assert (answer.status, seconds < DATABASE_SECONDS) == (503, True)
        seconds, answer = timed(lambda: world.member.upload(photo(seed=16)))
        assert (answer.status, answer.json()["code"]) == (503, "database_away")
        assert seconds < DATABASE_SECONDS
        seconds, answer = timed(lambda: world.site.visitor().get("/readyz"))
        assert seconds < READY_SECONDS
        assert answer.json()["parts"]["database"] in ("away", "unknown")
        seconds, answer = timed(lambda: world.site.visitor().get("/healthz"))
        assert (answer.status, seconds < PAGE_SECONDS) == (200, True)
    wait_for(lambda: world.member.get(world.post).status == 200, 10, "pages to come again")


def test_a_database_that_takes_no_new_connections(world: World) -> None:
    """Its first process alone is stopped; those that serve our connections go on."""
    with stopped(world.servers.postgres, children=False):
        answers = many(lambda: world.member.get(world.post))
        assert {answer.status for _seconds, answer in answers} <= {200, 503}
        assert max(seconds for seconds, _answer in answers) < DATABASE_SECONDS


def test_a_locked_table_is_told_within_seconds(world: World) -> None:
    import psycopg2

    with psycopg2.connect(world.site.stack["DATABASE_URL"]) as other, other.cursor() as cursor:
        cursor.execute("LOCK TABLE posts_post IN ACCESS EXCLUSIVE MODE")
        seconds, answer = timed(lambda: world.member.get(world.post))
        assert (answer.status, seconds < DATABASE_SECONDS) == (503, True)
        other.rollback()
    other.close()
    assert world.member.get(world.post).status == 200


def test_long_statements_end_well_outside_of_requests(world: World) -> None:
    took = world.site.python(
        "import time\n"
        "from django.db import connection\n"
        "started = time.monotonic()\n"
        "connection.cursor().execute('SELECT pg_sleep(4.5)')\n"
        "answer(time.monotonic() - started)"
    )
    assert took > 4.5
