"""Stored scores: from the rows, by the scale that the pace of posting asks for."""

import math
from datetime import datetime, timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from accounts.models import User
from feed import handlers, scoring
from feed.models import Scale
from feed.ranking import author_cap
from notes_site.models import Event
from notes_site.queue import events
from posts import likes
from posts.authoring import publishing
from posts.authoring.post_changes import change_post
from posts.commenting import comments
from posts.models import Post
from tests.making import MakePost

NOW = timezone.now()


def post_at(owner: User, when: datetime, **fields: object) -> Post:
    return Post.objects.create(
        author=owner, **{"state": "published", "published_at": when} | fields
    )


def every(owner: User, gap: timedelta, count: int = 6) -> list[Post]:
    return [post_at(owner, NOW - gap * number) for number in range(count)]


def work_off() -> None:
    """What a worker does with the events."""
    for event in Event.objects.filter(handled_at=None).order_by("pk"):
        events.handle(event.pk)


def score_of(post: Post, scale: timedelta, counted: float, newer: int = 0) -> float:
    """Of a post whose author published so many newer ones within the scale."""
    assert post.published_at
    share = max(counted, 1) / (newer + 1)
    return math.log10(share) + post.published_at.timestamp() / scale.total_seconds()


@pytest.mark.parametrize(
    ("gap", "scale"),
    [
        (timedelta(seconds=10), timedelta(hours=12)),
        (timedelta(hours=2), timedelta(hours=100)),
        (timedelta(days=2), timedelta(days=14)),
    ],
)
def test_the_scale_is_made_from_the_posts(gap: timedelta, scale: timedelta, owner: User) -> None:
    every(owner, gap)
    assert scoring.time_scale() == scale
    assert Scale.objects.get().seconds == scale.total_seconds()


def test_an_empty_site_and_a_single_post_have_the_longest(owner: User) -> None:
    assert scoring.time_scale() == timedelta(days=14)
    Scale.objects.all().delete()
    post_at(owner, NOW)
    assert scoring.time_scale() == timedelta(days=14)


def test_only_what_stands_in_streams_sets_the_pace(owner: User) -> None:
    every(owner, timedelta(hours=2))
    for audience in ("self", "unlisted"):
        for number in range(9):
            post_at(owner, NOW - timedelta(minutes=number), audience=audience)
    assert scoring.time_scale() == timedelta(hours=100)


def test_engagement_of_others_counts_and_ones_own_does_not(
    owner: User, friend: User, stranger: User, make_post: MakePost
) -> None:
    post = make_post(owner)
    scale = scoring.time_scale()
    for person in (owner, friend, stranger):
        likes.like(user=person, post=post)
        comments.write(author=person, post=post, text="hello")
    work_off()
    post.refresh_from_db()
    assert post.hot == pytest.approx(score_of(post, scale, 2 * 1 + 2 * 2), abs=1e-9)
    likes.unlike(user=friend, post=post)
    work_off()
    post.refresh_from_db()
    assert post.hot == pytest.approx(score_of(post, scale, 1 + 4), abs=1e-9)


def test_hidden_comments_and_those_of_the_suspended_do_not_count(
    owner: User, friend: User, stranger: User, make_post: MakePost
) -> None:
    post = make_post(owner)
    comments.write(author=friend, post=post, text="spam")
    written = comments.write(author=stranger, post=post, text="spam")
    comments.hide(written, "spam")
    User.objects.filter(pk=friend.pk).update(suspended_at=NOW)
    work_off()
    post.refresh_from_db()
    assert post.hot == pytest.approx(score_of(post, scoring.time_scale(), 0), abs=1e-9)


def test_a_new_post_is_scored_soon_after_it_appears(owner: User, make_post: MakePost) -> None:
    post = make_post(owner)
    assert post.hot == 0 or post.hot == pytest.approx(score_of(post, scoring.time_scale(), 0))
    work_off()
    post.refresh_from_db()
    assert post.hot == pytest.approx(score_of(post, scoring.time_scale(), 0), abs=1e-9)


def test_an_event_handled_twice_changes_nothing(
    owner: User, friend: User, make_post: MakePost
) -> None:
    post = make_post(owner)
    likes.like(user=friend, post=post)
    event = Event.objects.get(kind="like.created")
    handlers.score_again(event)
    first = Post.objects.get().hot
    handlers.score_again(event)
    assert Post.objects.get().hot == first
    publishing.delete_post(post)
    handlers.score_again(event)


def test_a_small_change_of_pace_rescores_nothing(owner: User) -> None:
    posts = every(owner, timedelta(hours=2))
    scoring.time_scale()
    for post in posts:
        scoring.score(post.pk)
    assert scoring.rescore() == 0
    Scale.objects.update(seconds=timedelta(hours=100).total_seconds() * 1.19)
    assert scoring.rescore() == 0
    Scale.objects.update(seconds=timedelta(hours=100).total_seconds() * 1.3)
    assert scoring.rescore() == 6
    assert Scale.objects.get().seconds == timedelta(hours=100).total_seconds()


def test_rescored_all_posts_have_the_new_scale(
    owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scoring, "BATCH", 2)
    posts = every(owner, timedelta(hours=2), 5)
    waiting = post_at(owner, NOW, state="processing")
    assert scoring.rescore(force=True) == 5
    for newer, post in enumerate(posts):
        post.refresh_from_db()
        assert post.hot == pytest.approx(score_of(post, timedelta(hours=100), 0, newer), abs=1e-9)
    waiting.refresh_from_db()
    assert waiting.hot == 0


def test_by_hand(owner: User, capsys: pytest.CaptureFixture[str]) -> None:
    every(owner, timedelta(hours=2), 3)
    call_command("rescore")
    assert capsys.readouterr().out == "3 posts scored.\n"


def test_a_run_that_was_cut_off_is_done_again(owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scoring, "BATCH", 2)
    posts = every(owner, timedelta(hours=2), 5)
    Scale.objects.create(pk=1, seconds=timedelta(hours=300).total_seconds())
    with monkeypatch.context() as context:
        context.setattr(scoring, "BATCH", "cut off")
        with pytest.raises(TypeError):
            scoring.rescore()
    assert scoring.rescore() == 5
    assert scoring.rescore() == 0
    for newer, post in enumerate(posts):
        post.refresh_from_db()
        assert post.hot == pytest.approx(score_of(post, timedelta(hours=100), 0, newer), abs=1e-9)


# --- The author cap -------------------------------------------------------------------------------


def hots(posts: list[Post]) -> list[float]:
    return [Post.objects.get(pk=post.pk).hot for post in posts]


def test_newer_posts_push_ones_older_ones_back_and_nobody_elses(
    owner: User, stranger: User, make_post: MakePost
) -> None:
    first, others = make_post(owner), make_post(stranger)
    work_off()
    before = hots([first, others])
    newer = [make_post(owner) for _ in range(2)]
    work_off()
    assert hots([others]) == before[1:]
    scale = scoring.time_scale()
    ordered = [*reversed(newer), first]
    assert hots(ordered) == pytest.approx(
        [score_of(post, scale, 0, number) for number, post in enumerate(ordered)], abs=1e-9
    )


def test_what_is_deleted_or_no_longer_for_all_pushes_nothing_back(
    owner: User, make_post: MakePost
) -> None:
    first, second, third = (make_post(owner) for _ in range(3))
    work_off()
    publishing.delete_post(third)
    change_post(second, audience="self")
    work_off()
    assert hots([first]) == pytest.approx([score_of(first, scoring.time_scale(), 0)], abs=1e-9)


def test_only_what_is_within_the_scale_counts(owner: User) -> None:
    scale = timedelta(days=14)
    Scale.objects.create(pk=1, seconds=scale.total_seconds())
    old, edge, new = (post_at(owner, NOW - gap) for gap in (scale * 1.01, scale, timedelta(0)))
    scoring.score_older(new.pk)
    scoring.score(old.pk)
    assert hots([edge]) == pytest.approx([score_of(edge, scale, 0, 1)], abs=1e-9)
    # Its own newer one is `edge`, and `new` came too late.
    assert hots([old]) == pytest.approx([score_of(old, scale, 0, 1)], abs=1e-9)


def test_the_work_for_a_new_post_is_bounded(owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(author_cap, "COUNTED", 3)
    posts = every(owner, timedelta(minutes=1), 6)
    Scale.objects.create(pk=1, seconds=timedelta(days=1).total_seconds())
    scoring.score_older(posts[0].pk)
    assert [hot > 0 for hot in hots(posts)] == [False, True, True, True, False, False]
    scoring.score(posts[5].pk)
    assert hots(posts[5:]) == pytest.approx([score_of(posts[5], timedelta(days=1), 0, 3)], abs=1e-9)
