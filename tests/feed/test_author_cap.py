"""The author cap as arithmetic: a share for each newer post, and room between two on a page."""

import random
from collections import Counter
from itertools import pairwise

import pytest

from feed.ranking import author_cap
from feed.ranking.author_cap import APART, COUNTED


def spread(authors: str) -> str:
    """How a page is laid out whose posts have these authors, a letter each."""
    placed = list(enumerate(authors))
    return "".join(author for _place, author in author_cap.spread_out(placed, lambda one: one[1]))


def nearest(authors: str) -> int:
    """How many places the two nearest posts of any one author are apart."""
    stands = {author: [at for at, one in enumerate(authors) if one == author] for author in authors}
    gaps = (b - a for places in stands.values() for a, b in pairwise(places))
    return min(gaps, default=len(authors))


@pytest.mark.parametrize(("newer", "penalty"), [(0, 0.0), (1, 0.30103), (9, 1.0)])
def test_the_kth_newest_counts_as_a_kth(newer: int, penalty: float) -> None:
    assert author_cap.penalty(newer) == pytest.approx(penalty, abs=1e-5)


def test_no_more_than_so_many_are_counted() -> None:
    assert author_cap.penalty(10_000) == author_cap.penalty(COUNTED)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", ""),
        ("aaaa", "aaaa"),
        ("abcde", "abcde"),
        ("aabcd", "abcda"),
        ("aaabcdefghi", "abcdaefgahi"),
        # Who comes last and often comes earlier, or they would stand side by side at the end.
        ("bcdefgaaa", "abcdaefga"),
        # Nothing can be done about the last ones.
        ("aaaaabc", "abcaaaa"),
        ("aabbaabb", "abababab"),
    ],
)
def test_a_page(before: str, after: str) -> None:
    assert spread(before) == after


def test_an_authors_own_order_stays() -> None:
    items = [("a", 1), ("a", 2), ("b", 1), ("c", 1), ("d", 1), ("a", 3)]
    laid = author_cap.spread_out(items, lambda item: item[0])
    assert [number for author, number in laid if author == "a"] == [1, 2, 3]


def test_all_stand_apart_whenever_there_is_a_way() -> None:
    dice = random.Random(7)
    possible = 0
    for _ in range(5_000):
        weights = [dice.random() ** 3 + 0.02 for _ in range(dice.randrange(4, 13))]
        authors = "".join(dice.choices("abcdefghijkl"[: len(weights)], weights, k=24))
        counts = Counter(authors).values()
        needed = (max(counts) - 1) * APART + sum(count == max(counts) for count in counts)
        laid = spread(authors)
        assert sorted(laid) == sorted(authors)
        if needed <= len(authors):
            possible += 1
            assert nearest(laid) >= APART, (authors, laid)
    assert possible > 100
