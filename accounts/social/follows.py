"""Following, asking to follow, and taking either back."""

from enum import StrEnum

from django.db import transaction
from django.db.models import F

from accounts.models import Follow, FollowRequest, User
from accounts.models.relations import blocked_between
from accounts.models.user import in_good_standing
from notes_site.queue import events

# Requests accepted in one transaction; the rest follow by the worker.
ACCEPTED_AT_ONCE = 100
# A badge tells no more than that there are so many.
MAX_COUNTED = 99


class Followed(StrEnum):
    """What came of wanting to follow somebody."""

    FOLLOWED = "followed"
    REQUESTED = "requested"
    UNCHANGED = "unchanged"

    def __bool__(self) -> bool:
        return self is not Followed.UNCHANGED


def lock(*people_ids: int) -> dict[int, User]:
    """Lock people until the transaction ends, lower ids first; how they stand now, by id.

    Whoever changes what is between people holds both, so the rules between them are looked at and
    acted on in one piece, and two who meet never wait for each other.
    """
    # no_key: inserting a row with a foreign key to these people doesn't have to wait.
    people = User.objects.select_for_update(no_key=True).filter(pk__in=people_ids)
    return {person.pk: person for person in people.order_by("pk")}


@transaction.atomic
def follow(*, follower: User, followee: User) -> Followed:
    """Follow, or ask a private account to be let in.

    UNCHANGED when it is so already, when it is oneself, and when one of the two blocked the other:
    who is blocked learns nothing from it.
    """
    locked = lock(follower.pk, followee.pk)
    # Fewer than two: they are the same person, or one of them was just deleted.
    if len(locked) < 2 or _blocked(follower, followee):
        return Followed.UNCHANGED
    if Follow.objects.filter(follower=follower, followee=followee).exists():
        return Followed.UNCHANGED
    if locked[followee.pk].is_private:
        _request, created = FollowRequest.objects.get_or_create(requester=follower, target=followee)
        if not created:
            return Followed.UNCHANGED
        events.record("follow.requested", followee.pk, requester=str(follower.pk))
        return Followed.REQUESTED
    # One that was asked for while the account was private is answered by this.
    FollowRequest.objects.filter(requester=follower, target=followee).delete()
    _begin(follower.pk, followee.pk)
    return Followed.FOLLOWED


@transaction.atomic
def unfollow(*, follower: User, followee: User) -> bool:
    """Unfollow, or withdraw the request; True when there was something to undo."""
    lock(follower.pk, followee.pk)
    return end(follower.pk, followee.pk)


@transaction.atomic
def accept(*, target: User, requester: User) -> bool:
    """Let somebody in who asked; False when no request of theirs waits."""
    lock(target.pk, requester.pk)
    removed, _rows = FollowRequest.objects.filter(requester=requester, target=target).delete()
    if removed:
        _begin(requester.pk, target.pk)
        events.record("follow.accepted", requester.pk, by=str(target.pk))
    return bool(removed)


@transaction.atomic
def decline(*, target: User, requester: User) -> bool:
    """Send a request away, without a word to who asked; False when none waits."""
    lock(target.pk, requester.pk)
    return _withdraw(requester.pk, target.pk)


@transaction.atomic
def remove_follower(*, person: User, follower: User) -> bool:
    """End that somebody follows this person, or asks to; True when there was something to end."""
    lock(person.pk, follower.pk)
    return end(follower.pk, person.pk)


@transaction.atomic
def accept_all(target: User) -> None:
    """Let in everybody who asked, those who waited longest first, for who opens their account.

    Call it before the target's row is written or locked in the same transaction: people are
    locked by rising id. A great many are let in by the worker, soon after commit.
    """
    waiting = FollowRequest.objects.filter(target=target)
    asked = waiting.order_by("created_at", "pk").values_list("requester", flat=True)
    first = list(asked[:ACCEPTED_AT_ONCE])
    # All of them now, lower ids first: `accept` locks two at a time, in whatever order they come.
    lock(target.pk, *first)
    for requester in User.objects.filter(pk__in=first):
        accept(target=target, requester=requester)
    if waiting.exists():
        events.record("follow.requests_left", target.pk)


def requests_waiting(target: User) -> int:
    """How many ask to follow; looked at no further than one more than `MAX_COUNTED`."""
    asking = FollowRequest.objects.filter(in_good_standing("requester"), target=target)
    return asking.order_by()[: MAX_COUNTED + 1].count()


def end(follower_id: int, followee_id: int) -> bool:
    """End a follow and a request, both people locked; True when there was something to end."""
    removed, _rows = Follow.objects.filter(follower=follower_id, followee=followee_id).delete()
    if removed:
        _count(follower_id, followee_id, -1)
        events.record("follow.removed", followee_id, follower=str(follower_id))
    # `_withdraw` comes first so that `or` never skips it.
    return _withdraw(follower_id, followee_id) or bool(removed)


def _begin(follower_id: int, followee_id: int) -> None:
    """Write a follow there is none of yet, both people locked."""
    _row, created = Follow.objects.get_or_create(follower_id=follower_id, followee_id=followee_id)
    if created:
        _count(follower_id, followee_id, 1)
        events.record("follow.created", followee_id, follower=str(follower_id))


def _withdraw(requester_id: int, target_id: int) -> bool:
    removed, _rows = FollowRequest.objects.filter(requester=requester_id, target=target_id).delete()
    if removed:
        events.record("follow.request_removed", target_id, requester=str(requester_id))
    return bool(removed)


def _count(follower_id: int, followee_id: int, change: int) -> None:
    User.objects.filter(pk=follower_id).update(following_count=F("following_count") + change)
    User.objects.filter(pk=followee_id).update(follower_count=F("follower_count") + change)


def _blocked(follower: User, followee: User) -> bool:
    apart = blocked_between(follower.pk, "pk")
    return bool(User.objects.filter(apart, pk=followee.pk).exists())
