"""Likes, with the post's counter in the same transaction, and to whom their number is shown."""

from django.db import transaction
from django.db.models import F

from accounts.models import User
from notes_site.queue import events
from posts.models import Like, Post
from posts.models.post import Viewer


@transaction.atomic
def like(*, user: User, post: Post) -> bool:
    """Like a post; True when that is new."""
    if not _lock(post):
        return False
    _like, created = Like.objects.get_or_create(user=user, post=post)
    if created:
        Post.objects.filter(pk=post.pk).bump(like_count=F("like_count") + 1)
        events.record("like.created", post.pk, user=str(user.pk))
    return created


@transaction.atomic
def unlike(*, user: User, post: Post) -> bool:
    """Take a like back; True when there was one."""
    if not _lock(post):
        return False
    removed, _rows = Like.objects.filter(user=user, post=post).delete()
    if removed:
        Post.objects.filter(pk=post.pk).bump(like_count=F("like_count") - 1)
        events.record("like.removed", post.pk, user=str(user.pk))
    return bool(removed)


def shows_like_count(post: Post, viewer: Viewer) -> bool:
    """Whether the number and the people stand there for this viewer.

    Authors always see their own. For others the author may hide them, and so may the viewers
    themselves, who then are not shown those of anybody.
    """
    if post.author_id == viewer.pk:
        return True
    hides_all = viewer.is_authenticated and viewer.hides_like_counts
    return not (post.hides_like_count or hides_all)


def _lock(post: Post) -> bool:
    """Hold the post's row before the likes that it counts; False when the post is gone.

    Clicks in many tabs then come one after the other, and none meets a row half there.
    """
    # FOR NO KEY UPDATE, so that new rows referring to the post, such as saves, needn't wait.
    rows = Post.objects.select_for_update(no_key=True).filter(pk=post.pk)
    return bool(rows.only("pk").first())
