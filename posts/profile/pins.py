"""Posts that their author put first on their profile."""

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from posts.models import Post

MAX_PINS = 3


class TooManyPinsError(Exception):
    """There are as many pinned posts as fit."""


@transaction.atomic
def pin(*, post: Post) -> bool:
    """Put a published post first on its author's profile; True when that is new.

    Raises TooManyPinsError when as many stand there already, or Post.DoesNotExist when the post
    is not published any more.
    """
    # One person's pins pass one at a time, so that no two of them are both the last that fits.
    User.objects.select_for_update(no_key=True).get(pk=post.author_id)
    mine = Post.objects.filter(author=post.author_id, state=Post.State.PUBLISHED)
    locked = mine.select_for_update().get(pk=post.pk)
    if locked.pinned_at is not None:
        return False
    # What a moderator hid stands nowhere, and takes no place from another.
    if mine.filter(pinned_at__isnull=False, hidden_at=None).count() >= MAX_PINS:
        raise TooManyPinsError
    Post.objects.filter(pk=post.pk).bump(pinned_at=timezone.now())
    return True


@transaction.atomic
def unpin(*, post: Post) -> bool:
    """Let a post stand on its author's profile by its time again; True when it was pinned."""
    return bool(Post.objects.filter(pk=post.pk, pinned_at__isnull=False).bump(pinned_at=None))
