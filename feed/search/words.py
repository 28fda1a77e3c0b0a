"""Texts as words to be looked for: the same on every database, in every script.

Words are those of UAX #29, parted at each apostrophe and underscore so that every part is found.
Scripts that put no blank between words (Chinese, Japanese, Korean, Thai, Lao, Khmer, Burmese and
their kin) have no words to see: there each character, with the marks upon it, is one, and what is
asked for has to stand in the same order. Two in a row are a bigram, three a trigram.
"""

import unicodedata
from itertools import chain
from typing import NamedTuple

import regex

from notes_site.text import JOINERS, folded, without_unseen

# Longer than any word; what has no blanks at all must still fit an index.
LONGEST = 60
_UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Bopomofo}\p{Yi}\p{Line_Break=SA}\u30FC"
_SIGN = rf"(?:[[{_UNSPACED}]&&[\p{{L}}\p{{N}}]]\p{{M}}*+)"
_RUN = regex.compile(
    rf"(?V1)(?P<signs>{_SIGN}++)|(?P<word>[[\p{{L}}\p{{N}}]--[{_UNSPACED}]]"
    rf"[[\p{{L}}\p{{M}}\p{{N}}]--[[{_UNSPACED}]&&[\p{{L}}\p{{N}}]]]*+)"
)
_SIGNS = regex.compile(f"(?V1){_SIGN}")
# Accents, vowel points and strokes are often left out in these; in others a mark is a letter.
_POINTED = regex.compile(
    r"(?V1)([\p{Latin}\p{Greek}\p{Cyrillic}\p{Armenian}\p{Hebrew}\p{Arabic}\p{Syriac}\p{Nd}])\p{M}++"
)
# A blank without a width is one too.
_BLANKS = regex.compile(r"[\s\p{Z}\u200B]+")
# What changes no word, only how it looks: joiners, the stroke that lengthens Arabic words, and the
# signs that choose among the shapes of a Han or Mongolian letter.
_BETWEEN = regex.compile(rf"[{JOINERS}\u0640\p{{Variation_Selector}}]")
# What people put around an exact phrase, on the keyboards of the world.
_QUOTES = '"“”„‟«»「」『』\uff02'
QUOTED = rf"[{_QUOTES}]([^{_QUOTES}]+)[{_QUOTES}]"
_QUOTED = regex.compile(QUOTED)
# Letters that no mark can be taken from, as they are typed without the right keyboard.
_TYPED = str.maketrans("ıđłøħŧکی", "idlohtكي", "")


class Term(NamedTuple):
    """Words that have to stand side by side; of the last one, the beginning is enough."""

    words: tuple[str, ...]
    # Said in quotes: then the last one has to be whole too.
    exact: bool = False


def terms_of(text: str) -> list[Term]:
    """What a search asks for: each phrase in quotes, and each run of words outside of them."""
    terms, end = [], 0
    for match in _QUOTED.finditer(text):
        terms += [Term(tuple(run)) for run in runs_of(text[end : match.start()])]
        if phrase := tuple(chain.from_iterable(runs_of(match[1]))):
            terms.append(Term(phrase, exact=True))
        end = match.end()
    return terms + [Term(tuple(run)) for run in runs_of(text[end:])]


def runs_of(text: str) -> list[list[str]]:
    """The words of a text, without case and accents; signs that belong together in one run."""
    found = []
    for match in _RUN.finditer(_plain(text)):
        run = match.group()
        # A sign may carry any number of marks; PostgreSQL takes no word over 2,046 bytes.
        words = _SIGNS.findall(run) if match["signs"] else [run]
        found.append([word[:LONGEST] for word in words])
    return found


def words_of(text: str) -> str:
    """All words of a text, with a blank between them, as the index keeps them."""
    return " ".join(word for run in runs_of(text) for word in run)


def _plain(text: str) -> str:
    whole = _BETWEEN.sub("", without_unseen(folded(_BLANKS.sub(" ", text))))
    # Decomposed first: a composed letter has no mark that could be dropped.
    apart = unicodedata.normalize("NFKD", whole)
    return unicodedata.normalize("NFKC", _POINTED.sub(r"\1", apart)).translate(_TYPED)
