"""Texts as words to be looked for: the same on every database, in every script."""

import re
import unicodedata

# Scripts that write no blanks between words: each sign is a word of its own.
_SIGN = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uac00-\ud7af"
_RUN = re.compile(rf"[{_SIGN}]+|[^\W_{_SIGN}]+")
_SIGNS = re.compile(rf"[{_SIGN}]+")
LONGEST = 60


def runs_of(text: str) -> list[list[str]]:
    """The words of a text, without case and accents; signs that belong together in one run."""
    found = []
    for match in _RUN.finditer(_plain(text)):
        run = match.group()
        found.append(list(run) if _SIGNS.fullmatch(run) else [run[:LONGEST]])
    return found


def words_of(text: str) -> str:
    """All words of a text, with a blank between them, as the index keeps them."""
    return " ".join(word for run in runs_of(text) for word in run)


def _plain(text: str) -> str:
    apart = unicodedata.normalize("NFKD", text.casefold())
    without_marks = "".join(each for each in apart if not unicodedata.combining(each))
    return unicodedata.normalize("NFKC", without_marks)
