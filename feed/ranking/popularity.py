"""Popularity: what others did with a post, weighed against its age."""

import math
from datetime import timedelta

# A comment takes words, a like a tap.
LIKE = 1.0
COMMENT = 2.0

SHORTEST_T = timedelta(hours=12)
LONGEST_T = timedelta(days=14)
GAPS = 50


def engagement(*, likes: int, comments: int) -> float:
    """Counted engagement E of a post: what other people did with it, by weight."""
    return LIKE * likes + COMMENT * comments


def time_scale(median_gap: timedelta) -> timedelta:
    """T: how much newer a post must be to weigh as much as ten times the engagement.

    50 times the median gap between posts, at least 12 h and at most 14 days, so that a quiet
    site does not bury last week's best photo and a busy one does not show it for a month.
    """
    return min(max(GAPS * median_gap, SHORTEST_T), LONGEST_T)


def hot(*, engagement: float, published: float, scale: timedelta) -> float:
    """log10(max(E, 1)) + t / T, with t in seconds since 1970.

    After "How Reddit ranking algorithms work" (2010): the time term never has to be computed
    again, since age adds the same to every post.
    """
    return math.log10(max(engagement, 1.0)) + published / scale.total_seconds()
