"""Every refusal is a sentence that says what to do."""

import ast
from pathlib import Path

import pytest
from django.conf import settings
from django.utils.functional import Promise

from posts.reasons import REASONS, RefusedError, sentence

PIPELINE = Path(settings.BASE_DIR) / "posts"
RAISING = {"RefusedFileError", "RefusedError", "DecodingError", "_fail"}


@pytest.mark.parametrize("code", sorted(REASONS))
def test_each_is_a_sentence_or_two(code: str) -> None:
    words = sentence(code)
    assert words[0].isupper()
    assert words.endswith(".")
    assert not set("%{}") & set(words)
    assert isinstance(REASONS[code].sentence, Promise), "waits for the language of its reader"
    assert code not in words or code in ("empty", "damaged")
    assert RefusedError(code).status in (413, 415, 422)


def used_codes() -> set[str]:
    """Every code that the source raises by name."""
    codes = set()
    for path in PIPELINE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in RAISING:
                codes |= {
                    argument.value
                    for argument in node.args
                    if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
                }
            if isinstance(node, ast.Call):
                codes |= {
                    keyword.value.value
                    for keyword in node.keywords
                    if keyword.arg in ("refused", "reason")
                    and isinstance(keyword.value, ast.Constant)
                    and isinstance(keyword.value.value, str)
                }
    return codes - {"CPU", "wall clock", ""}


def test_every_code_that_is_raised_has_its_sentence_and_none_is_idle() -> None:
    assert used_codes() == set(REASONS)


@pytest.mark.parametrize(
    ("code", "status"),
    [("too_large", 413), ("quota", 413), ("svg", 415), ("not_a_picture", 415), ("empty", 422),
     ("damaged", 422), ("too_many_pixels", 422)],
)  # fmt: skip
def test_statuses(code: str, status: int) -> None:
    assert RefusedError(code).status == status
