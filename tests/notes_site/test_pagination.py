"""Keyset pages: no row twice, none left out, whatever is written meanwhile."""

import base64
import json
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import BadRequest
from django.db.models import QuerySet
from django.test import Client
from django.utils import timezone

from notes_site.http.pagination import keyset_page
from notes_site.models import Event

pytestmark = pytest.mark.django_db
NOW = timezone.now()


def add(number: int, minutes: int) -> None:
    event = Event.objects.create(kind="row", subject_id=number)
    Event.objects.filter(pk=event.pk).update(created_at=NOW - timedelta(minutes=minutes))


def rows() -> "QuerySet[Event]":
    return Event.objects.filter(kind="row")


def walk(size: int, before_each: Any = lambda: None) -> list[int]:
    cursor = ""
    seen: list[int] = []
    while True:
        page = keyset_page(rows(), "created_at", cursor, size)
        seen += [row.subject_id for row in page.rows]
        cursor = page.cursor
        if not cursor:
            return seen
        before_each()


def test_every_row_once_newest_first() -> None:
    for number in range(10):
        add(number, minutes=number)
    assert walk(3) == list(range(10))
    assert walk(5) == list(range(10)), "no empty page at the end"
    assert walk(100) == list(range(10))


def test_rows_written_meanwhile_neither_repeat_nor_hide_any() -> None:
    for number in range(10):
        add(number, minutes=number)
    extra = iter(range(100, 200))
    assert walk(3, before_each=lambda: add(next(extra), minutes=-1)) == list(range(10))


def test_rows_deleted_meanwhile_hide_no_other() -> None:
    for number in range(10):
        add(number, minutes=number)
    assert walk(3, before_each=rows().filter(subject_id__in=[2, 5]).delete) == [
        0, 1, 2, 3, 4, 6, 7, 8, 9,
    ]  # fmt: skip


def test_rows_of_the_same_moment_are_told_apart_by_id() -> None:
    for number in range(7):
        add(number, minutes=5)
    assert walk(2) == [6, 5, 4, 3, 2, 1, 0]


def cursor_of(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


DAMAGED = [
    "x",
    "!!!!",
    "ÄÖ",
    "AAAA",
    cursor_of([]),
    cursor_of([1]),
    cursor_of({"a": 1}),
    cursor_of(["2026-01-01T00:00:00+00:00", "1"]),
    cursor_of(["2026-01-01T00:00:00", 1]),
    cursor_of(["yesterday", 1]),
    cursor_of(["2026-01-01T00:00:00+00:00", 2**63]),
    cursor_of([None, 1]),
    cursor_of([float("nan"), 1]),
    cursor_of([float("inf"), 1]),
    cursor_of([10**400, 1]),
    cursor_of([True, 1]),
    cursor_of([[[]], 1]),
    cursor_of(["0001-01-01T00:00:00+23:59", 1]),
]


@pytest.mark.parametrize("cursor", DAMAGED)
def test_a_damaged_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(BadRequest):
        keyset_page(rows(), "created_at", cursor, 3)


OF_A_NUMBER = [cursor_of([1.5, 1]), cursor_of([7, 1])]
OF_A_TIME = [cursor_of(["2026-01-01T00:00:00+00:00", 1])]


@pytest.mark.parametrize("cursor", [*DAMAGED, *OF_A_TIME])
def test_a_damaged_link_answers_with_a_sentence(client: Client, cursor: str) -> None:
    answer = client.get("/", {"cursor": cursor})
    assert answer.status_code == 400
    assert b"broken. Start again from the top." in answer.content
    answer = client.get("/", {"cursor": cursor}, headers={"Accept": "application/json"})
    assert answer.json()["error"].startswith("This link to the next page is broken.")


@pytest.mark.parametrize("cursor", [*DAMAGED, *OF_A_NUMBER])
def test_a_link_of_another_list_does_so_too(client: Client, cursor: str) -> None:
    assert client.get("/", {"cursor": cursor, "tab": "latest"}).status_code == 400


def test_links_of_the_list_itself_are_good(client: Client) -> None:
    assert client.get("/", {"cursor": OF_A_NUMBER[0]}).status_code == 200
    assert client.get("/", {"cursor": OF_A_TIME[0], "tab": "latest"}).status_code == 200
