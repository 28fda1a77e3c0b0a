"""Saving posts for oneself: known to nobody else, so it counts nowhere and tells nobody."""

from django.db import transaction

from accounts.models import User
from posts.models import CollectionItem, Post, Save


def lock_saver(user: User) -> None:
    """Let one after the other of a person's clicks change what they keep.

    New rows that name the person need not wait for it.
    """
    User.objects.select_for_update(no_key=True).only("pk").get(pk=user.pk)


@transaction.atomic
def save(*, user: User, post: Post) -> bool:
    """Keep a post; True when that is new."""
    lock_saver(user)
    _kept, created = Save.objects.get_or_create(user=user, post=post)
    return created


@transaction.atomic
def unsave(*, user: User, post: Post) -> bool:
    """Keep it no longer, in no collection of one's own either; True when it was kept."""
    lock_saver(user)
    CollectionItem.objects.filter(collection__owner=user, post=post).delete()
    user.collections.filter(cover=post).update(cover=None)
    removed, _rows = Save.objects.filter(user=user, post=post).delete()
    return bool(removed)
