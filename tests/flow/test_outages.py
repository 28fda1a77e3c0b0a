"""The database's own server stopped and started again under a running site."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.site import Site, on_own_stack, wait_for
from tests.visitor import Answer

pytestmark = pytest.mark.stack
AWAY = "database does not answer right now"


def outage_lines(site: Site) -> list[str]:
    return [line for line in site.log("logs/web.log").splitlines() if "database_away" in line]


def test_the_site_answers_while_its_database_is_stopped_and_goes_on_after() -> None:
    with on_own_stack() as stack, Site(stack.env) as site:
        member, visitor = site.member(), site.visitor()
        token = member.csrf()
        assert member.get("/new/").status == 200
        stack.postgres.stop()
        before = len(outage_lines(site))
        asked = [
            *(("GET", path, {}) for path in ("/new/", "/admin/", "/settings/profile/", "/nowhere")),
            ("GET", "/notifications/", {"Accept": "application/json"}),
            ("GET", "/uploads/incoming/key/", {}),
            ("POST", "/uploads/", {"X-CSRFToken": token}),
            ("POST", "/new/", {"X-CSRFToken": token}),
        ] * 5
        with ThreadPoolExecutor(8) as pool:
            answers: list[Answer] = list(
                pool.map(lambda each: member.request(each[0], each[1], headers=each[2]), asked)
            )
        for (_method, path, headers), answer in zip(asked, answers, strict=True):
            assert answer.status == 503, f"{path}: {answer.text}"
            assert answer.headers["Retry-After"] == "30"
            assert AWAY in " ".join(answer.words.split()), path
            is_json = path.startswith("/uploads/") or bool(headers.get("Accept"))
            assert answer.headers["Content-Type"].startswith("application/json") is is_json
        assert visitor.get("/healthz").status == 200
        # One line each, and none of them a traceback.
        assert len(outage_lines(site)) == before + len(asked)
        assert "Traceback" not in site.log("logs/web.log")
        stack.postgres.start()
        wait_for(lambda: member.get("/new/").status == 200, 20, "the site to go on")
        assert visitor.get("/").status == 200


def test_with_every_connection_taken_it_says_so() -> None:
    with on_own_stack() as stack, Site(stack.env) as site:
        member = site.member()
        site.rows("SELECT 1")
        url = site.stack["DATABASE_URL"]
        import psycopg2

        taken = []
        try:
            with pytest.raises(psycopg2.OperationalError):
                while True:
                    taken.append(psycopg2.connect(url))
            with ThreadPoolExecutor(16) as pool:
                found = set(pool.map(lambda _: member.get("/new/").status, range(48)))
            assert found <= {200, 503}
            assert "Traceback" not in site.log("logs/web.log")
        finally:
            for connection in taken:
                connection.close()
        wait_for(lambda: member.get("/new/").status == 200, 20, "the site to go on")
