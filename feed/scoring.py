"""Stored scores: reads the figures of posts, asks the pure `popularity`, writes `Post.hot`."""

import itertools
import statistics
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db.models import Q

from feed.models import Scale
from feed.ranking import author_cap, popularity
from posts.models import Comment, Like, Post

if TYPE_CHECKING:
    from posts.models.post import PostQuerySet

# A scale this close to the new one stays: rescoring every post changes no order worth seeing.
TOLERANCE = 0.2
RECENT = 1_000
BATCH = 500


def time_scale() -> timedelta:
    """The scale stored scores were made with; made from the posts when there is none yet."""
    return timedelta(seconds=_stored_scale().seconds)


def score(post_id: int) -> None:
    """Bring one post's score up to date; nothing when it is gone or not published."""
    post = Post.objects.filter(pk=post_id, state=Post.State.PUBLISHED).first()
    if post is not None:
        Post.objects.filter(pk=post_id).update(hot=_hot(post, time_scale()))


def score_older(post_id: int) -> None:
    """Bring up to date what the author of a post published within T before it.

    For each of them stands further back when a newer post comes, and less far when one goes.
    """
    post = Post.objects.filter(pk=post_id).first()
    if post is None or post.published_at is None:
        return
    scale = time_scale()
    within = (post.published_at - scale, post.published_at)
    older = _counted_posts(post.author_id).filter(published_at__range=within).exclude(pk=post_id)
    for each in older.order_by("-published_at", "-pk")[: author_cap.COUNTED]:
        Post.objects.filter(pk=each.pk).update(hot=_hot(each, scale))


def rescore(*, force: bool = False) -> int:
    """Look at the pace of posting again; when it changed much, score every post anew.

    Returns how many posts were scored. Reads in batches by key, so memory stays flat; a run that
    is cut off is done again by the next.
    """
    now, stored = _current_scale(), _stored_scale()
    same = abs(now.total_seconds() / stored.seconds - 1) <= TOLERANCE
    if same and stored.finished and not force:
        return 0
    # Before the first batch, so that posts scored by events meanwhile get the new scale too.
    _store_scale(now, finished=False)
    scored = 0
    last = 0
    published = Post.objects.filter(state=Post.State.PUBLISHED).order_by("pk")
    while batch := list(published.filter(pk__gt=last)[:BATCH]):
        for post in batch:
            post.hot = _hot(post, now)
        Post.objects.bulk_update(batch, ["hot"])
        scored += len(batch)
        last = batch[-1].pk
    _store_scale(now, finished=True)
    return scored


def _hot(post: Post, scale: timedelta) -> float:
    if post.published_at is None:
        return 0.0
    others = ~Q(user=post.author_id)
    # The stored counts include the author's own likes and comments, so they only save queries here.
    likes = Like.objects.filter(others, post=post.pk).count() if post.like_count else 0
    comments = (
        Comment.objects.in_good_standing()
        .filter(post=post.pk)
        .exclude(author=post.author_id)
        .count()
        if post.comment_count
        else 0
    )
    engagement = popularity.engagement(likes=likes, comments=comments)
    hot = popularity.hot(
        engagement=engagement, published=post.published_at.timestamp(), scale=scale
    )
    return hot - author_cap.penalty(_newer_by_its_author(post, scale))


def _newer_by_its_author(post: Post, scale: timedelta) -> int:
    """How many posts its author published within T after it, as far as the cap counts them."""
    if post.published_at is None:
        return 0
    until = post.published_at + scale
    newer = _counted_posts(post.author_id).filter(
        published_at__gt=post.published_at, published_at__lte=until
    )
    return newer[: author_cap.COUNTED].count()


def _counted_posts(author_id: int) -> "PostQuerySet":
    # Hidden ones too: what a moderator does changes no order.
    return Post.objects.filter(
        author=author_id, state=Post.State.PUBLISHED, audience=Post.Audience.PUBLIC
    )


def _current_scale() -> timedelta:
    times = list(
        Post.objects.listed()
        .order_by("-published_at", "-pk")
        .values_list("published_at", flat=True)[:RECENT]
    )
    gaps = [newer - older for newer, older in itertools.pairwise(times) if newer and older]
    if not gaps:
        return popularity.LONGEST_T
    median = statistics.median(gap.total_seconds() for gap in gaps)
    return popularity.time_scale(timedelta(seconds=median))


def _stored_scale() -> Scale:
    return Scale.objects.filter(pk=1).first() or _store_scale(_current_scale(), finished=True)


def _store_scale(scale: timedelta, *, finished: bool) -> Scale:
    stored, _created = Scale.objects.update_or_create(
        pk=1, defaults={"seconds": scale.total_seconds(), "finished": finished}
    )
    return stored
