"""Queries of nearly every page: built once a process, and planned once a connection.

Building and compiling a queryset takes several times as long as the database takes to answer it;
PostgreSQL plans the feed's for longer than it runs it. Nothing of an answer is ever kept: each is
asked of the database again, with the values of the moment.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import QuerySet
from django.db.models.sql.compiler import SQLCompiler

from notes_site.planning import Statement

Row = tuple[Any, ...]
# What stands in for a value while a queryset is compiled: no id is negative, and no key a number.
STAND_IN = -(2**62)


class _Compiled(NamedTuple):
    statement: Statement
    # Those that never change, and numbers in the places of the others.
    params: Row
    compiler: SQLCompiler
    converters: dict[int, Any]


class Prepared:
    """Calling it with ids or keys gives the rows of the `values_list` that `build` makes of them.

    `build` runs once for each number of values, with stand-ins for them: what it makes may depend
    on nothing else, the time included (`Now()` asks the database for it).
    """

    def __init__(self, build: Callable[..., "QuerySet[Any, Any]"]) -> None:
        self._build = build
        self._compiled: dict[int, _Compiled] = {}

    def __call__(self, *values: int | str) -> list[Row]:
        # Needs no lock: two threads at once compile two statements, and either one will do.
        if len(values) not in self._compiled:
            self._compiled[len(values)] = self._compile(len(values))
        made = self._compiled[len(values)]
        params = list(made.params)
        for place in made.statement.slots:
            params[place] = values[params[place]]
        with connection.cursor() as cursor:
            cursor.execute(made.statement, params)
            rows: list[Row] = cursor.fetchall()
        if not made.converters:
            return rows
        return [tuple(row) for row in made.compiler.apply_converters(rows, made.converters)]

    def _compile(self, size: int) -> _Compiled:
        numbers = {str(STAND_IN - number): number for number in range(size)}
        rows = self._build(*(STAND_IN - number for number in range(size)))
        compiler = rows.query.get_compiler(connection=connection)
        sql, params = compiler.as_sql()
        columns = [column for column, *_ in compiler.select[: compiler.col_count]]
        return _Compiled(
            Statement(sql, tuple(at for at, value in enumerate(params) if str(value) in numbers)),
            tuple(numbers.get(str(value), value) for value in params),
            compiler,
            compiler.get_converters(columns),
        )
