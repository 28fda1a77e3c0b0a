"""Relevance: how well a text answers what was asked, the same on every database.

A title weighs more than a caption, a caption more than the description of a photo; a whole word
twice as much as a beginning, and words in the order they were asked for as much again.
"""

from collections.abc import Sequence

# Of the fields of a post, in their order.
FIELDS = (3.0, 2.0, 1.0)
# A whole word is what was meant; its beginning may be of another one.
WHOLE = 2.0
# Each point of relevance is worth more than all popularity: `popularity.hot` stays below it until
# the year 2106, by the shortest scale there is.
_POINT = 100_000.0


def relevance(asked: Sequence[str], fields: Sequence[str]) -> float:
    """The sum of what each asked word or phrase is worth at its best place, 0 for none.

    `asked` and `fields` are words parted by single blanks, folded alike.
    """
    padded = [f" {field} " for field in fields]
    points = sum(_worth(f" {words}", padded) for words in asked)
    return points + _in_order(" ".join(asked), padded) * len(asked) if len(asked) > 1 else points


def rank(points: float, hot: float) -> float:
    """One number by which to sort: relevance first, among equals what is popular."""
    return points * _POINT + hot


def _worth(words: str, fields: Sequence[str]) -> float:
    best = 0.0
    for weight, field in zip(FIELDS, fields, strict=False):
        if words in field:
            best = max(best, weight * (WHOLE if f"{words} " in field else 1.0))
    return best


def _in_order(words: str, fields: Sequence[str]) -> float:
    """The weight of the best field that has all the words side by side; 0 for none."""
    found = (weight for weight, field in zip(FIELDS, fields, strict=False) if f" {words}" in field)
    return max(found, default=0.0)
