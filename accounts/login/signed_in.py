"""The person behind a session, with what nearly every page asks about them: one statement.

Read again by every request, so that a suspension, a block or another password holds from the very
next one (decision 0031).
"""

from collections.abc import Callable
from typing import Any

from django.db import DEFAULT_DB_ALIAS
from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q, QuerySet

from accounts.models import PeopleList, User
from accounts.models.relations import hiding_anyone
from accounts.models.user import Facts
from notes_site.prepared import Prepared

COLUMNS = [field.attname for field in User._meta.concrete_fields]


def person(user_id: int) -> User | None:
    """The person with this id and their `facts`; None for nobody's id or an inactive account."""
    for row in _rows(user_id):
        found: User = User.from_db(DEFAULT_DB_ALIAS, COLUMNS, row[: len(COLUMNS)])
        found.facts = Facts(*row[len(COLUMNS) :])
        return found
    return None


@Prepared
def _rows(user_id: int) -> "QuerySet[Any, Any]":
    asked = {fact: ExpressionWrapper(holds(), BOOLEAN) for fact, holds in questions.items()}
    rows = User.objects.filter(pk=user_id, is_active=True).order_by()
    return rows.annotate(**asked).values_list(*COLUMNS, *Facts._fields)


def _has_lists() -> Q:
    return Q(Exists(PeopleList.objects.filter(owner=OuterRef("pk"))))


BOOLEAN = BooleanField()
# How each of the `Facts` is asked about the person of the row. Rooms above add those whose tables
# are theirs when the site starts.
questions: dict[str, Callable[[], Q]] = {"hides_anyone": hiding_anyone, "has_lists": _has_lists}
