"""The counters of comments: what counts, and counting it again.

A comment counts while others can read it under its post: not deleted, hidden or held, its writer
there for others and without a block between them and the author of the post, and, for an answer,
in a thread that stands itself or whose deleted first comment keeps its place. `Post.comment_count`
is all of these, `Comment.reply_count` those that answer one comment, whether it stands or not.

Only a new comment is added to a counter. Whatever else changes is counted anew behind the post's
lock: what its writer did elsewhere, a suspension or a block, may not have been counted yet.
"""

from django.db import transaction
from django.db.models import Count, QuerySet

from accounts.social import follows
from posts.models import Comment, Post


@transaction.atomic
def recount(post_id: int) -> bool:
    """Count a post's comments and the answers in its threads; whether a number was another."""
    post = Post.objects.select_for_update(no_key=True).filter(pk=post_id).first()
    if post is None:
        return False
    changed = _recount_replies(post_id)
    count = Comment.objects.filter(post=post_id).counted().count()
    if count != post.comment_count:
        Post.objects.filter(pk=post_id).bump(comment_count=count)
        changed = True
    return changed


def recount_of(person_id: int) -> None:
    """Count again wherever a person wrote a comment; safe to run twice."""
    for post_id in _posts_of(Comment.objects.filter(author=person_id), person_id):
        recount(post_id)


def recount_between(one: int, other: int) -> None:
    """Count again where one of the two commented on the other's posts; safe to run twice."""
    both = (one, other)
    comments = Comment.objects.filter(author__in=both, post__author__in=both)
    for post_id in _posts_of(comments, *both):
        recount(post_id)


@transaction.atomic
def _posts_of(comments: QuerySet[Comment], *writers: int) -> list[int]:
    # Whoever writes holds their own row: what they are writing just now is there, or yet to begin.
    follows.lock(*writers)
    return list(comments.order_by("post").values_list("post", flat=True).distinct())


def _recount_replies(post_id: int) -> bool:
    threads = Comment.objects.filter(post=post_id, parent=None)
    said = dict(threads.exclude(reply_count=0).values_list("pk", "reply_count"))
    replies = Comment.objects.filter(post=post_id, parent__isnull=False).readable()
    counted = dict(replies.order_by().values_list("parent").annotate(Count("pk")))
    wrong = [pk for pk in said.keys() | counted.keys() if said.get(pk, 0) != counted.get(pk, 0)]
    for pk in sorted(wrong):
        Comment.objects.filter(pk=pk).update(reply_count=counted.get(pk, 0))
    return bool(wrong)
