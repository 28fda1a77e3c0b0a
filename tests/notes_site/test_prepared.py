"""Prepared queries: the rows of the queryset they were made of, with the values of each call."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import QuerySet, Value
from django.test.utils import CaptureQueriesContext

from accounts.login import signed_in
from accounts.models import User
from notes_site.prepared import Prepared, Written, ask_once

pytestmark = pytest.mark.django_db


class Built:
    """Makes the queryset of people by name, and counts how often."""

    times = 0

    def __call__(self, *names: str) -> "QuerySet[Any, Any]":
        self.times += 1
        people = User.objects.filter(username__in=names, is_active=True).order_by("username")
        return people.values_list("username", "links", "date_joined", Value("50 %"))


def test_each_call_has_its_values_and_the_rows_of_now(owner: User, stranger: User) -> None:
    built = Built()
    named = Prepared(built)
    for _ in range(2):
        assert [row[0] for row in named("owner", "stranger")] == ["owner", "stranger"]
        assert [row[0] for row in named("owner", "nobody")] == ["owner"]
        assert named("owner") == [("owner", [], owner.date_joined, "50 %")]
    assert built.times == 2, "once for each number of values"
    links = [{"label": "Me", "url": "https://example.org"}]
    User.objects.filter(pk=owner.pk).update(links=links)
    assert named("owner")[0][1] == links
    User.objects.filter(pk=owner.pk).update(is_active=False)
    assert named("owner") == []


def test_a_value_may_be_a_time(owner: User, stranger: User) -> None:
    since = Prepared(
        lambda time, pk: (
            User.objects.filter(date_joined__gte=time)
            .exclude(pk=pk)
            .order_by("pk")
            .values_list("username")
        )
    )
    assert since(owner.date_joined, 0) == [("owner",), ("stranger",)]
    assert since(owner.date_joined, owner.pk) == [("stranger",)]
    assert since(stranger.date_joined + timedelta(microseconds=1), 0) == []


def test_rows_of_a_written_statement_are_read_as_those_of_its_queryset(owner: User) -> None:
    def written(pk: int) -> Written:
        rows = User.objects.filter(pk=pk).values_list("username", "links", "date_joined")
        sql, params = rows.query.sql_with_params()
        return Written(f"SELECT * FROM ({sql}) AS found", params, rows)  # noqa: S608

    expected: list[Any] = [("owner", [], owner.date_joined)]
    assert Prepared(written)(owner.pk) == expected
    assert Prepared(written)(0) == []
    assert ask_once(User.objects.filter(pk=owner.pk).values_list("username")) == [("owner",)]


@pytest.mark.parametrize("name", ["o'wner", '"', "%s", "%", "\\", "$1", "'); --", "é\U0001f600"])
def test_a_value_is_never_sql(owner: User, name: str) -> None:
    assert Prepared(Built())(name) == []


def test_it_counts_as_one_query(owner: User) -> None:
    named = Prepared(Built())
    for _ in range(2):
        with CaptureQueriesContext(connection) as captured:
            named("owner")
        assert len(captured) == 1


def test_the_person_is_the_one_that_the_orm_reads(owner: User) -> None:
    links = [{"label": "Me", "url": "https://example.org"}]
    User.objects.filter(pk=owner.pk).update(links=links, is_private=True)
    found, read = signed_in.person(owner.pk), User.objects.get(pk=owner.pk)
    assert found == read
    assert found
    assert {name: getattr(found, name) for name in signed_in.COLUMNS} == {
        name: getattr(read, name) for name in signed_in.COLUMNS
    }
    assert found.facts == (False, False, False, False)
    found.display_name = "Ane"
    found.save(update_fields=["display_name"])
    assert User.objects.get(pk=owner.pk).display_name == "Ane"
    assert signed_in.person(0) is None


def prepared_statements() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements")
        return int(cursor.fetchone()[0])


@pytest.mark.stack
def test_it_is_planned_once_a_connection(owner: User) -> None:
    named, before = Prepared(Built()), prepared_statements()
    for _ in range(3):
        named("owner")
    assert prepared_statements() == before + 1
    [made] = named._compiled.values()
    with connection.cursor() as cursor:
        query = "SELECT statement FROM pg_prepared_statements WHERE name = %s"
        cursor.execute(query, [made.statement.name])
        assert "'50 %'" in cursor.fetchone()[0], "what never changes stands in the plan"


@pytest.mark.stack
def test_a_plan_outlives_a_transaction_that_was_taken_back(owner: User) -> None:
    named = Prepared(Built())
    with transaction.atomic():
        named("owner")
        transaction.set_rollback(True)
    assert named("owner")


@pytest.mark.stack
@pytest.mark.django_db(transaction=True)
def test_a_new_connection_plans_anew(owner: User) -> None:
    named = Prepared(Built())
    assert named("owner")
    connection.close()
    assert named("owner")
