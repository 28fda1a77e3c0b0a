"""Leaves the corpus out, and says so, unless CORPUS names its folder."""

import os
from pathlib import Path
from typing import Any

import pytest

LEFT_OUT = pytest.StashKey[int]()
HERE = Path(__file__).parent


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect this folder's tests without CORPUS."""
    if os.environ.get("CORPUS"):
        return
    mine = [item for item in items if item.path.is_relative_to(HERE)]
    config.stash[LEFT_OUT] = len(mine)
    if mine:
        items[:] = [item for item in items if item not in mine]
        config.hook.pytest_deselected(items=mine)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Name what was left out."""
    if left_out := config.stash.get(LEFT_OUT, 0):
        terminalreporter.write_line(
            f"Left out: {left_out} tests of the corpus (CORPUS=DIR names the folder of pictures)."
        )
