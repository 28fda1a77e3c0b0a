"""Ranking as arithmetic, against values worked out by hand."""

from datetime import timedelta

import pytest

from feed.ranking import popularity


@pytest.mark.parametrize(
    ("likes", "comments", "counted"), [(0, 0, 0), (1, 0, 1), (0, 1, 2), (10, 3, 16)]
)
def test_engagement(likes: int, comments: int, counted: float) -> None:
    assert popularity.engagement(likes=likes, comments=comments) == counted


@pytest.mark.parametrize(
    ("median", "scale"),
    [
        (timedelta(0), timedelta(hours=12)),
        (timedelta(seconds=30), timedelta(hours=12)),
        (timedelta(minutes=14, seconds=24), timedelta(hours=12)),
        (timedelta(hours=1), timedelta(hours=50)),
        (timedelta(hours=3), timedelta(hours=150)),
        (timedelta(hours=7), timedelta(days=14)),
        (timedelta(days=30), timedelta(days=14)),
    ],
)
def test_the_scale_follows_the_pace_of_posting(median: timedelta, scale: timedelta) -> None:
    assert popularity.time_scale(median) == scale


@pytest.mark.parametrize(
    ("engagement", "published", "scale", "hot"),
    [
        (0, 0, timedelta(days=1), 0.0),
        (1, 86_400, timedelta(days=1), 1.0),
        (10, 86_400, timedelta(days=1), 2.0),
        (1_000, 86_400 * 20, timedelta(days=14), 3 + 20 / 14),
        (0.5, 43_200, timedelta(hours=12), 1.0),
    ],
)
def test_hot(engagement: float, published: float, scale: timedelta, hot: float) -> None:
    made = popularity.hot(engagement=engagement, published=published, scale=scale)
    assert made == pytest.approx(hot, abs=1e-12)


def test_ten_times_the_engagement_weighs_one_scale_of_time() -> None:
    scale, now = timedelta(hours=50), 1_790_000_000.0
    older = popularity.hot(engagement=50, published=now - scale.total_seconds(), scale=scale)
    newer = popularity.hot(engagement=5, published=now, scale=scale)
    assert older == pytest.approx(newer)


def test_a_double_keeps_posts_of_the_same_second_apart() -> None:
    scale, now = timedelta(days=14), 1_790_000_000.0
    one = popularity.hot(engagement=1, published=now, scale=scale)
    assert popularity.hot(engagement=1, published=now + 0.001, scale=scale) > one
