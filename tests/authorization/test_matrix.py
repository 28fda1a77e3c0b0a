"""The matrix: every viewer, state of a post and surface, cell by cell, as `matrix.csv` says."""

import csv
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.authorization.surfaces import NO, SIGN_IN, SURFACES, YES, Case
from tests.authorization.world import STATES, VIEWERS, World

Record = Callable[[str, object], None]
MATRIX = Path(__file__).parent / "matrix.csv"


def rows() -> Iterator[tuple[str, str, dict[str, str]]]:
    """Surface, state, and what each viewer gets."""
    with MATRIX.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield row.pop("surface"), row.pop("state"), row


ROWS = list(rows())


def test_the_matrix_is_whole() -> None:
    assert {(surface, state) for surface, state, _cells in ROWS} == {
        (surface, state) for surface in SURFACES for state in STATES
    }
    assert len(ROWS) == len(SURFACES) * len(STATES)
    for _surface, _state, cells in ROWS:
        assert tuple(cells) == VIEWERS
        assert set(cells.values()) <= {YES, NO, SIGN_IN}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("surface", "state", "cells"), ROWS, ids=[f"{row[0]}-{row[1]}" for row in ROWS]
)
def test_each_viewer_gets_what_the_matrix_says(
    surface: str, state: str, cells: dict[str, str], world: World, record_property: Record
) -> None:
    wrong = []
    for viewer, wanted in cells.items():
        case = Case(world, viewer, world.exhibits[state])
        try:
            found = SURFACES[surface](case)
        except AssertionError as error:
            found = f"tells: {error}"
        if found != wanted:
            wrong.append(f"{viewer}: {found} instead of {wanted}")
    record_property("cells", len(cells))
    assert wrong == []
