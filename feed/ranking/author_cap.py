"""The author cap: who posts much fills no list.

Half of it is stored with each post (`penalty`), so that pages stay one seek along an index; the
other half is how a page is laid out (`spread_out`).
"""

import math
from collections import Counter
from collections.abc import Callable, Sequence
from typing import TypeVar

# How many newer posts of an author are counted; about as many as a site has within T.
COUNTED = 50
# Two posts of one author stand at least so many places apart, where a page has others.
APART = 4
Item = TypeVar("Item")


def penalty(newer: int) -> float:
    """What a post loses of `hot` when its author posted so many newer ones within T.

    log10(k) for the k-th newest, as if it had a k-th of its engagement: all that somebody posts
    within T weighs about as much as 1 + 1/2 + … + 1/k posts, and the newest has its full weight.
    """
    return math.log10(1 + min(newer, COUNTED))


def spread_out(items: Sequence[Item], author: Callable[[Item], object]) -> list[Item]:
    """The same items, nobody twice within `APART` places if that can be; otherwise in their order.

    Where it can't, it is for as long as others are at hand.
    """
    authors = [author(item) for item in items]
    if len(set(authors)) == len(authors):
        return list(items)
    waiting = list(range(len(items)))
    left = Counter(authors)
    laid: list[int] = []
    while waiting:
        recent = [authors[place] for place in reversed(laid[1 - APART :])]
        chosen = _next(waiting, authors, left, recent)
        waiting.remove(chosen)
        left[authors[chosen]] -= 1
        laid.append(chosen)
    return [items[place] for place in laid]


def _next(
    waiting: Sequence[int],
    authors: Sequence[object],
    left: Counter[object],
    recent: Sequence[object],
) -> int:
    """The first that may stand here, unless that leaves too many of another author for the rest."""
    free = [place for place in waiting if authors[place] not in recent]
    if not free:
        # The author who last stood here the longest ago.
        return max(waiting, key=lambda place: recent.index(authors[place]))
    most = max(left[authors[place]] for place in free)
    if most == 1:
        return free[0]
    # As in scheduling with a pause: so many places they need at least, and they share the last.
    needed = (most - 1) * APART + sum(count == most for count in left.values())
    if len(waiting) > needed:
        return free[0]
    return next(place for place in free if left[authors[place]] == most)
