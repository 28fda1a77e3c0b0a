"""Likes and comments, with the post's counters in the same transaction."""

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import User
from notes_site import events
from posts.models import Comment, Like, Post


@transaction.atomic
def like(*, user: User, post: Post) -> bool:
    """Like a post; True when that is new."""
    _like, created = Like.objects.get_or_create(user=user, post=post)
    if created:
        Post.objects.filter(pk=post.pk).bump(like_count=F("like_count") + 1)
        events.record("like.created", post.pk)
    return created


@transaction.atomic
def unlike(*, user: User, post: Post) -> bool:
    """Take a like back; True when there was one."""
    removed, _rows = Like.objects.filter(user=user, post=post).delete()
    if removed:
        Post.objects.filter(pk=post.pk).bump(like_count=F("like_count") - 1)
        events.record("like.removed", post.pk)
    return bool(removed)


@transaction.atomic
def comment(*, author: User, post: Post, text: str) -> Comment:
    """Write a comment under a post."""
    written = Comment.objects.create(author=author, post=post, text=text)
    Post.objects.filter(pk=post.pk).bump(comment_count=F("comment_count") + 1)
    events.record("comment.created", post.pk, comment=str(written.pk))
    return written


@transaction.atomic
def delete_comment(written: Comment) -> bool:
    """Delete a comment; True when this call did it."""
    # Read again under its lock: a moderator may have hidden it meanwhile.
    locked = Comment.objects.select_for_update().filter(pk=written.pk).first()
    if locked is None:
        return False
    locked.delete()
    if locked.hidden_at is None:
        Post.objects.filter(pk=written.post_id).bump(comment_count=F("comment_count") - 1)
        events.record("comment.removed", written.post_id)
    return True


@transaction.atomic
def hide_comment(written: Comment, reason: str) -> bool:
    """Hide a comment from everyone; False when it is hidden already."""
    changed = Comment.objects.filter(pk=written.pk, hidden_at=None).update(
        hidden_at=timezone.now(), hidden_reason=reason
    )
    if changed:
        Post.objects.filter(pk=written.post_id).bump(comment_count=F("comment_count") - 1)
        events.record("comment.removed", written.post_id)
    return bool(changed)


@transaction.atomic
def restore_comment(written: Comment) -> bool:
    """Undo `hide_comment`; False when it is not hidden."""
    changed = Comment.objects.filter(pk=written.pk, hidden_at__isnull=False).update(
        hidden_at=None, hidden_reason=""
    )
    if changed:
        Post.objects.filter(pk=written.post_id).bump(comment_count=F("comment_count") + 1)
        events.record("comment.created", written.post_id, comment=str(written.pk))
    return bool(changed)
