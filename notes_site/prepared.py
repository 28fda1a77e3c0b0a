"""Queries of nearly every page: built once a process, and planned once a connection.

Building and compiling a queryset takes several times as long as the database takes to answer it;
PostgreSQL plans the feed's for longer than it runs it. Nothing of an answer is ever kept: each is
asked of the database again, with the values of the moment.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import QuerySet
from django.db.models.sql.compiler import SQLCompiler

from notes_site.planning import Statement

Row = tuple[Any, ...]
Value = int | str | datetime
# What stands in for a value while a queryset is compiled: no id is negative, no key a number, and
# nothing happens so late.
STAND_IN = -(2**62)
STAND_IN_TIME = datetime(9000, 1, 1, tzinfo=UTC)


class Written(NamedTuple):
    """A statement that no queryset can make, for rows with the columns of one that can be made."""

    sql: str
    params: Row
    like: "QuerySet[Any, Any]"


class _Compiled(NamedTuple):
    statement: Statement
    # Those that never change, and numbers in the places of the others.
    params: Row
    compiler: SQLCompiler
    converters: dict[int, Any]


class Prepared:
    """Calling it with values gives the rows of the `values_list` that `build` makes of them.

    Values are ids, keys and times. `build` runs once for each combination of them, with stand-ins:
    what it makes may depend on nothing else, the time included (`Now()` asks the database for it).
    """

    def __init__(self, build: Callable[..., "QuerySet[Any, Any] | Written"]) -> None:
        self._build = build
        self._compiled: dict[tuple[bool, ...], _Compiled] = {}

    def __call__(self, *values: Value) -> list[Row]:
        kind = tuple(isinstance(value, datetime) for value in values)
        # Needs no lock: two threads at once compile two statements, and either one will do.
        if kind not in self._compiled:
            self._compiled[kind] = self._compile(kind)
        made = self._compiled[kind]
        params = list(made.params)
        for place in made.statement.slots:
            params[place] = _adapted(values[params[place]])
        with connection.cursor() as cursor:
            cursor.execute(made.statement, params)
            rows: list[Row] = cursor.fetchall()
        if not made.converters:
            return rows
        return [tuple(row) for row in made.compiler.apply_converters(rows, made.converters)]

    def _compile(self, kind: tuple[bool, ...]) -> _Compiled:
        values = [_stand_in(number, is_time=is_time) for number, is_time in enumerate(kind)]
        numbers = {str(_adapted(value)): number for number, value in enumerate(values)}
        made = self._build(*values)
        rows = made.like if isinstance(made, Written) else made
        compiler = rows.query.get_compiler(connection=connection)
        sql, params = compiler.as_sql()
        if isinstance(made, Written):
            sql, params = made.sql, made.params
        columns = [column for column, *_ in compiler.select[: compiler.col_count]]
        return _Compiled(
            Statement(sql, tuple(at for at, value in enumerate(params) if str(value) in numbers)),
            tuple(numbers.get(str(value), value) for value in params),
            compiler,
            compiler.get_converters(columns),
        )


def ask_once(made: "QuerySet[Any, Any] | Written") -> list[Row]:
    """The rows, for a statement that nobody will ask again."""
    if not isinstance(made, Written):
        return list(made)
    with connection.cursor() as cursor:
        cursor.execute(made.sql, made.params)
        rows: list[Row] = cursor.fetchall()
        return rows


def _stand_in(number: int, *, is_time: bool) -> Value:
    return STAND_IN_TIME + timedelta(hours=number) if is_time else STAND_IN - number


def _adapted(value: Value) -> Any:
    """A value as the database is sent it."""
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    return value
