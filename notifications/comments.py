"""Whom a comment concerns: the author of the post, whoever is answered, whoever is mentioned."""

from collections.abc import Callable

from django.db.models import QuerySet

from accounts.models import User
from notifications.kinds import MAX_MENTIONS, Kind, ModerationOutcome
from notifications.models import NotificationEvent
from notifications.recording import LineKey, forget_comment, settle, settle_state
from posts.models import Comment

# Restricted people's comments wait without a word.
TOLD_WHILE_HELD = (Comment.Held.APPROVAL, Comment.Held.WORDS)


def published(comment_id: int) -> "QuerySet[Comment]":
    """This comment, while it is not deleted, hidden or held."""
    return Comment.objects.filter(pk=comment_id, deleted_at=None, hidden_at=None, held="")


def settle_comment(comment_id: int, *, approved: bool = False) -> None:
    """Make what everyone was told of a comment agree with how it stands; safe to run twice."""
    comment = Comment.objects.select_related("post", "parent").filter(pk=comment_id).first()
    if comment is None or comment.deleted_at or comment.author_id is None:
        forget_comment(comment_id)
        return
    concerned = _concerned(comment)
    for about in concerned + _no_longer(comment, concerned):
        so = _stands(comment_id, concerns=about in concerned)
        settle(about, comment.author_id, so, comment=comment_id)
    _settle_held(comment)
    if approved:
        post = comment.post
        about = LineKey(comment.author_id, Kind.COMMENT_APPROVED, comment_id, post.pk, comment_id)
        settle(about, post.author_id, published(comment_id).exists)
    _tell_of_hiding(comment)


def _concerned(comment: Comment) -> list[LineKey]:
    """A line for each person, the closest there is: an answer, else a comment, else a mention."""
    post = comment.post
    lines: dict[int, LineKey] = {}
    if comment.parent and comment.parent.author_id:
        about = LineKey(
            comment.parent.author_id, Kind.REPLY, comment.parent.pk, post.pk, comment.parent.pk
        )
        lines[about.recipient] = about
    # Who approved a comment has read it.
    if not _told_while_held(comment):
        lines.setdefault(post.author_id, LineKey(post.author_id, Kind.COMMENT, post.pk, post.pk))
    names = comment.mentions[:MAX_MENTIONS]
    for person in User.objects.filter(username__in=names).values_list("pk", flat=True):
        if person != post.author_id:
            lines.setdefault(person, LineKey(person, Kind.MENTION, post.pk, post.pk))
    return list(lines.values())


def _no_longer(comment: Comment, concerned: list[LineKey]) -> list[LineKey]:
    """The lines of those whom the comment mentioned before it was changed."""
    told = NotificationEvent.objects.filter(comment=comment.pk, notification__kind=Kind.MENTION)
    mentioned = {about.recipient for about in concerned if about.kind == Kind.MENTION}
    people = set(told.values_list("notification__recipient", flat=True)) - mentioned
    post = comment.post
    return [LineKey(person, Kind.MENTION, post.pk, post.pk) for person in people]


def _stands(comment_id: int, *, concerns: bool) -> Callable[[], bool]:
    return lambda: concerns and published(comment_id).exists()


def _told_while_held(comment: Comment) -> bool:
    told = NotificationEvent.objects.filter(comment=comment.pk)
    return told.filter(notification__kind=Kind.COMMENT_HELD).exists()


def _settle_held(comment: Comment) -> None:
    """The author of the post hears of a comment that waits for them.

    The row stays when it waits no more: it says that they know of the comment.
    """
    if comment.held in TOLD_WHILE_HELD and comment.author_id:
        post = comment.post
        waiting = Comment.objects.filter(pk=comment.pk, hidden_at=None).exclude(held="")
        about = LineKey(post.author_id, Kind.COMMENT_HELD, post.pk, post.pk)
        settle(about, comment.author_id, waiting.exists, comment=comment.pk)


def _tell_of_hiding(comment: Comment) -> None:
    """Who wrote a comment hears that a moderator hid it, and that it is back."""

    def state(former: str) -> str:
        if Comment.objects.filter(pk=comment.pk, hidden_at__isnull=False).exists():
            return ModerationOutcome.COMMENT_HIDDEN
        return (
            ModerationOutcome.COMMENT_RESTORED
            if former == ModerationOutcome.COMMENT_HIDDEN
            else former
        )

    if comment.author_id:
        about = LineKey(comment.author_id, Kind.MODERATION, comment.pk, comment.post_id, comment.pk)
        settle_state(about, state)
