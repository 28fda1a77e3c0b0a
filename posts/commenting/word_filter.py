"""Finding the words that somebody holds back: whole words, in any script and any case."""

import unicodedata
from collections.abc import Iterable

# Scripts written without spaces: within them there are no whole words to wait for.
UNSPACED = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Burmese
    (0x1780, 0x17FF),  # Khmer
    (0x2E80, 0x9FFF),  # Chinese, kana, bopomofo
    (0xF900, 0xFAFF),
    (0x20000, 0x3FFFF),
)
# Besides format and control characters: what is written, but leaves no trace between two letters.
UNSEEN = frozenset(
    [
        "\u034f",  # the grapheme joiner
        *map(chr, (0x115F, 0x1160, 0x3164, 0xFFA0)),  # fillers of Hangul
        *map(chr, (0x17B4, 0x17B5)),  # Khmer vowels that only sort
        *map(chr, (*range(0x180B, 0x1810), *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))),
    ]
)


def words_of(lines: str) -> list[str]:
    """The words and phrases of a filter, one a line, as they are compared; each once."""
    return list(dict.fromkeys(word for line in lines.splitlines() if (word := plain(line))))


def holds_back(text: str, words: Iterable[str]) -> bool:
    """Whether a text has one of the words, which come from `words_of`.

    A word counts alone, not within another: "ass" is not in "glass", but it is in "#ass".
    """
    compared = plain(text)
    return any(_stands_alone(word, compared) for word in words)


def plain(text: str) -> str:
    """A text as it is compared: letters of one case and one form, single spaces, nothing unseen."""
    seen = (mark for mark in unicodedata.normalize("NFKC", text) if not _is_unseen(mark))
    # Folding can take a composed letter apart again.
    folded = unicodedata.normalize("NFKC", "".join(seen).casefold())
    return " ".join(folded.split())


def _is_unseen(mark: str) -> bool:
    hidden = unicodedata.category(mark) in ("Cf", "Cc") and mark not in "\t\n\r"
    return hidden or mark in UNSEEN


def _stands_alone(word: str, text: str) -> bool:
    at = text.find(word)
    while at >= 0:
        end = at + len(word)
        # At the very beginning the first slice is [-1:0], which is empty, as it should be.
        if not (_joined(text[at - 1 : at], word[0]) or _joined(text[end : end + 1], word[-1])):
            return True
        at = text.find(word, at + 1)
    return False


def _joined(neighbour: str, edge: str) -> bool:
    """Whether a character beside a word makes it a part of a longer one."""
    return bool(neighbour) and all(_is_of_a_word(mark) for mark in (neighbour, edge))


def _is_of_a_word(mark: str) -> bool:
    """Letters, marks upon them and numerals; an underscore parts words, as in #two_words."""
    spaced = not any(first <= ord(mark) <= last for first, last in UNSPACED)
    return spaced and unicodedata.category(mark)[0] in "LMN"
