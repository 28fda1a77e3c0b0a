"""Following and unfollowing."""

from django.db import IntegrityError, transaction

from accounts.models import Follow, User
from notes_site import events


@transaction.atomic
def follow(*, follower: User, followee: User) -> bool:
    """Follow; True when that is new, False when it was so already or it is oneself."""
    if follower.pk == followee.pk:
        return False
    try:
        with transaction.atomic():
            Follow.objects.create(follower=follower, followee=followee)
    except IntegrityError:
        return False
    events.record("follow.created", followee.pk, follower=str(follower.pk))
    return True


@transaction.atomic
def unfollow(*, follower: User, followee: User) -> bool:
    """Unfollow; True when there was something to undo."""
    removed, _rows = Follow.objects.filter(follower=follower, followee=followee).delete()
    return bool(removed)
