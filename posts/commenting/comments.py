"""Comments and answers to them, with their counters in the same transaction.

People are locked first, then the post, then its comments. `comment.created` is recorded when
others can read a comment, `comment.removed` when they no longer can.
"""

from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import User
from accounts.social import follows
from notes_site.queue import events
from posts.commenting.counts import recount
from posts.commenting.rules import Held, commenter_status, held_for, why_closed
from posts.models import Comment, CommentLike, Post
from posts.text import captions

MAX_PINNED = 3
EDITABLE = timedelta(minutes=15)


class RefusedCommentError(Exception):
    """The comment is not taken; `sentence` says why, in words for whoever wrote it."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class ClosedError(RefusedCommentError):
    """The writer is not among those who may comment on this post."""


class GoneError(Exception):
    """The post, or the comment that was to be answered, is gone meanwhile."""


class TooManyPinsError(Exception):
    """As many comments as fit are pinned to the post."""


@transaction.atomic
def write(
    *,
    author: User,
    post: Post,
    text: str,
    parent: Comment | None = None,
    submission_key: str | None = None,
) -> Comment:
    """Write a comment; with `parent` an answer, beside `parent` where that is an answer itself.

    The same key from the same person is the same comment, returned as it stands. `held` says
    whether it waits for the author of the post. Raises ClosedError and GoneError.
    """
    people = follows.lock(author.pk, post.author_id)
    # Behind the lock, so that the same form sent twice at once finds its own comment.
    if submission_key:
        mine = Comment.objects.filter(author=author, submission_key=submission_key)
        if already := mine.first():
            return already
    post, thread = _locked(post, parent, people)
    commenter = commenter_status(author, post)
    if sentence := why_closed(author, post, commenter):
        raise ClosedError(sentence)
    written = Comment.objects.create(
        author=people[author.pk],
        post=post,
        parent=thread,
        text=text,
        mentions=_known(author, text),
        held=held_for(author, people[post.author_id], text, commenter),
        submission_key=submission_key or None,
    )
    _tell_new(written)
    return written


@transaction.atomic
def edit(*, comment: Comment, text: str) -> bool:
    """Change a comment's words, looked at anew by the rules of the post; False when it is gone.

    Also False once `EDITABLE` is over. What was approved waits again where the author approves.
    """
    if comment.author_id is None:
        return False
    people = follows.lock(comment.author_id, comment.post.author_id)
    found = _lock(comment)
    # Unchanged words are no edit: no "edited" on the comment, and no event.
    if found is None or not is_editable(found) or found.text == text:
        return found is not None and is_editable(found)
    writer, author = people[comment.author_id], people[comment.post.author_id]
    held = held_for(writer, author, text, commenter_status(writer, comment.post))
    Comment.objects.filter(pk=found.pk).update(
        text=text, mentions=_known(writer, text), edited_at=timezone.now(), held=held
    )
    _tell_held(found, held)
    events.record("comment.changed", found.post_id, comment=str(found.pk))
    return True


@transaction.atomic
def delete(comment: Comment) -> bool:
    """Delete a comment; True when this call did it.

    The place of one that was answered stays, without words or writer, until the last answer goes.
    """
    found = _lock(comment)
    if found is None or found.deleted_at:
        return False
    # By rows, not by reply_count: an answer that is held keeps the place, too.
    if Comment.objects.filter(parent=found.pk).exists():
        _empty(found)
    else:
        Comment.objects.filter(pk=found.pk).delete()
        _sweep_place(found.parent_id)
    recount(found.post_id)
    if not found.held and not found.hidden_at:
        events.record("comment.removed", found.post_id, comment=str(found.pk))
    return True


@transaction.atomic
def approve(comment: Comment) -> bool:
    """Let a comment appear that waited for the author of the post; False when it did not."""
    found = _lock(comment)
    if found is None or not found.held:
        return False
    Comment.objects.filter(pk=found.pk).update(held=Held.NO)
    # Who is restricted never learned that it waited.
    if found.held != Held.RESTRICTED:
        events.record("comment.approved", found.post_id, comment=str(found.pk))
    _tell_held(found, Held.NO)
    return True


@transaction.atomic
def hide(comment: Comment, reason: str) -> bool:
    """Hide a comment, and the answers to it, from everyone; False when it is so already or gone."""
    found = _lock(comment)
    if found is None or found.hidden_at or found.deleted_at:
        return False
    Comment.objects.filter(pk=found.pk).update(
        hidden_at=timezone.now(), hidden_reason=reason, pinned_at=None
    )
    recount(found.post_id)
    if not found.held:
        events.record("comment.removed", found.post_id, comment=str(found.pk))
    return True


@transaction.atomic
def restore(comment: Comment) -> bool:
    """Undo `hide`; False when it is not hidden."""
    found = _lock(comment)
    if found is None or not found.hidden_at:
        return False
    Comment.objects.filter(pk=found.pk).update(hidden_at=None, hidden_reason="")
    recount(found.post_id)
    if not found.held and not found.deleted_at:
        events.record("comment.created", found.post_id, comment=str(found.pk))
    return True


@transaction.atomic
def pin(comment: Comment) -> bool:
    """Put a comment first under its post; True when it stands there.

    False for what others can't read and for answers. Raises TooManyPinsError.
    """
    found = _lock(comment)
    if found is None or found.parent_id or found.held or found.hidden_at or found.deleted_at:
        return False
    # What its author doesn't see takes no place: they could not unpin it.
    seen = Comment.objects.visible_to(comment.post.author).filter(held=Held.NO)
    pinned = seen.filter(post=found.post_id, pinned_at__isnull=False)
    if not found.pinned_at and pinned.count() >= MAX_PINNED:
        raise TooManyPinsError
    pinned_at = found.pinned_at or timezone.now()
    return bool(Comment.objects.filter(pk=found.pk).update(pinned_at=pinned_at))


@transaction.atomic
def unpin(comment: Comment) -> bool:
    """Put a pinned comment back where it was; True when it was pinned."""
    pinned = Comment.objects.filter(pk=comment.pk, pinned_at__isnull=False)
    return bool(pinned.update(pinned_at=None))


@transaction.atomic
def like(*, user: User, comment: Comment) -> bool:
    """Like a comment; True when that is new."""
    visible = Comment.objects.filter(pk=comment.pk, deleted_at=None, hidden_at=None)
    # Locked alone: its answers and its post go on meanwhile.
    if visible.select_for_update(no_key=True).first() is None:
        return False
    _like, created = CommentLike.objects.get_or_create(user=user, comment=comment)
    if created:
        Comment.objects.filter(pk=comment.pk).update(like_count=F("like_count") + 1)
        events.record("comment.liked", comment.pk, user=str(user.pk))
    return created


@transaction.atomic
def unlike(*, user: User, comment: Comment) -> bool:
    """Take a like of a comment back; True when there was one."""
    Comment.objects.select_for_update(no_key=True).filter(pk=comment.pk).first()
    removed, _rows = CommentLike.objects.filter(user=user, comment=comment).delete()
    if removed:
        Comment.objects.filter(pk=comment.pk).update(like_count=F("like_count") - 1)
        events.record("comment.unliked", comment.pk, user=str(user.pk))
    return bool(removed)


def is_editable(comment: Comment) -> bool:
    """Whether its writer may still change it."""
    return comment.deleted_at is None and timezone.now() < comment.created_at + EDITABLE


def _locked(
    post: Post, parent: Comment | None, people: dict[int, User]
) -> tuple[Post, Comment | None]:
    """The post, and the thread that an answer to `parent` stands in, locked and as they are now."""
    found = Post.objects.select_for_update(no_key=True).filter(pk=post.pk).first()
    if found is None or post.author_id not in people:
        raise GoneError
    if parent is None:
        return found, None
    threads = Comment.objects.select_for_update(no_key=True).filter(post=found, parent=None)
    thread = threads.filter(pk=parent.parent_id or parent.pk).first()
    if thread is None or thread.hidden_at:
        raise GoneError
    return found, thread


def _lock(comment: Comment) -> Comment | None:
    """The comment as it is now, its post and it locked; None when it is gone."""
    Post.objects.select_for_update(no_key=True).filter(pk=comment.post_id).first()
    return Comment.objects.select_for_update().filter(pk=comment.pk).first()


def _tell_new(written: Comment) -> None:
    """Count a comment that was just written, and tell the higher rooms of it."""
    # Asked of the database: the writer may have been suspended or blocked a moment ago.
    this = Comment.objects.filter(pk=written.pk)
    if written.held:
        events.record("comment.held", written.post_id, comment=str(written.pk))
    elif this.readable().exists():
        if written.parent_id:
            Comment.objects.filter(pk=written.parent_id).update(reply_count=F("reply_count") + 1)
        if this.counted().exists():
            Post.objects.filter(pk=written.post_id).bump(comment_count=F("comment_count") + 1)
        events.record("comment.created", written.post_id, comment=str(written.pk))


def _tell_held(found: Comment, held: Held) -> None:
    """Count again, and tell the higher rooms, when a comment waits from now on, or no longer."""
    recount(found.post_id)
    if held and not found.held:
        events.record("comment.removed", found.post_id, comment=str(found.pk))
        events.record("comment.held", found.post_id, comment=str(found.pk))
    elif found.held and not held and not found.hidden_at:
        events.record("comment.created", found.post_id, comment=str(found.pk))


def _empty(comment: Comment) -> None:
    """Leave nothing of a comment but its place."""
    CommentLike.objects.filter(comment=comment.pk).delete()
    Comment.objects.filter(pk=comment.pk).update(
        author=None,
        text="",
        mentions=[],
        held=Held.NO,
        pinned_at=None,
        edited_at=None,
        deleted_at=timezone.now(),
        submission_key=None,
        like_count=0,
    )


def _sweep_place(thread_id: int | None) -> None:
    """Take the place of a deleted comment away with the last answer to it."""
    if thread_id and not Comment.objects.filter(parent=thread_id).exists():
        Comment.objects.filter(pk=thread_id, deleted_at__isnull=False).delete()


def _known(writer: User, text: str) -> list[str]:
    """The usernames mentioned that are somebody's, as far as the writer may know of them."""
    people = User.objects.visible_to(writer)
    found = people.filter(username__in=captions.mentions_in(text))
    return sorted(found.values_list("username", flat=True))
