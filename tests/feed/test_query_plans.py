"""The pages of posts read along an index: never the whole table, never a sort of it."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from accounts.models import User
from benchmarks.data import Filled, fill

pytestmark = pytest.mark.django_db
POSTS = 5_000
As = Callable[[User | None], Client]
PAGES = {
    "explore": ("/", "post_hot"),
    "latest": ("/?tab=latest", "post_latest"),
    "following": ("/?tab=following", "post_by_author"),
    "topic": ("/topics/{topic}/", "topic_latest"),
    "profile": ("/@{author}/", "post_by_author"),
}


@pytest.fixture(scope="module")
def filled(django_db_setup: None, django_db_blocker: Any) -> Iterator[Filled]:
    """A database with 5,000 posts and statistics about them, for all tests of this file."""
    from django.db import transaction

    with django_db_blocker.unblock():
        try:
            with transaction.atomic():
                yield fill(POSTS)
                transaction.set_rollback(True)
        finally:
            connection.close()


def slow_reads(client: Client, path: str) -> list[tuple[str, Any]]:
    """The statements of a page that list posts in an order, with their values."""
    sent: list[tuple[str, Any]] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if '"posts_post"."id" DESC' in sql or 'post_id" DESC' in sql:
            sent.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        assert client.get(path).status_code == 200
    return sent


def plan(sql: str, params: Any) -> str:
    """What the database does for a statement, in its own words."""
    lite = connection.vendor == "sqlite"
    with connection.cursor() as cursor:
        cursor.execute(("EXPLAIN QUERY PLAN " if lite else "EXPLAIN (FORMAT JSON) ") + sql, params)
        rows = cursor.fetchall()
    return "\n".join(row[3] for row in rows) if lite else json.dumps(rows[0][0], indent=1)


@pytest.mark.parametrize("who", ["visitor", "member"])
@pytest.mark.parametrize("page", PAGES)
def test_plans(filled: Filled, as_person: As, who: str, page: str) -> None:
    path, index = PAGES[page]
    client = as_person(filled.member if who == "member" else None)
    path = path.format(topic=filled.topic.name, author=filled.author.username)
    for sql, params in slow_reads(client, path):
        print(page, who, sql, params)
        print(plan(sql, params))
