"""Following and unfollowing."""

from django.db import IntegrityError, transaction
from django.db.models import F

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
    _count(follower, followee, 1)
    events.record("follow.created", followee.pk, follower=str(follower.pk))
    return True


@transaction.atomic
def unfollow(*, follower: User, followee: User) -> bool:
    """Unfollow; True when there was something to undo."""
    removed, _rows = Follow.objects.filter(follower=follower, followee=followee).delete()
    if removed:
        _count(follower, followee, -1)
    return bool(removed)


def _count(follower: User, followee: User, change: int) -> None:
    """Change both people's counters, the lower id first, so that two who meet never wait."""
    columns = {follower.pk: "following_count", followee.pk: "follower_count"}
    for person_id, column in sorted(columns.items()):
        User.objects.filter(pk=person_id).update(**{column: F(column) + change})
