"""Statements that PostgreSQL plans once a connection instead of each time they are asked.

psycopg2 has no way of its own to prepare a statement: its cursor is told so here. SQLite prepares
what it is asked by itself.
"""

from collections.abc import Sequence
from itertools import count
from typing import Any, Self

from psycopg2 import extensions

_numbers = count(1)


class Statement(str):
    """SQL that is asked again and again; `slots` are the places of the values that change."""

    name: str
    slots: tuple[int, ...]

    def __new__(cls, sql: str, slots: tuple[int, ...]) -> Self:
        """A statement with a name of its own in this process."""
        made = super().__new__(cls, sql)
        made.name, made.slots = f"prepared_{next(_numbers)}", slots
        return made


class Connection(extensions.connection):
    """A connection to PostgreSQL that knows which statements are prepared on it."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.prepared: set[str] = set()


class Cursor(extensions.cursor):
    """Has PostgreSQL plan a `Statement` once, the first time that its connection is asked it."""

    connection: Connection

    def execute(self, query: Any, vars: Any = None) -> None:
        """Run a statement."""
        if not isinstance(query, Statement):
            super().execute(query, vars)
            return
        if query.name not in self.connection.prepared:
            self._prepare(query, vars)
        values = [vars[place] for place in query.slots]
        marks = f"({', '.join(['%s'] * len(values))})" if values else ""
        super().execute(f"EXECUTE {query.name} {marks}", values)

    def _prepare(self, statement: Statement, values: Sequence[Any]) -> None:
        # What never changes stands in the plan: along a partial index only a constant leads.
        given = list(values)
        for number, place in enumerate(statement.slots, start=1):
            given[place] = extensions.AsIs(f"${number}")
        super().execute(f"PREPARE {statement.name} AS {statement}", given)
        # Outlives a rollback: PREPARE takes no part in the transaction.
        self.connection.prepared.add(statement.name)
