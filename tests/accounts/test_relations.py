"""Circles: requests, friends, blocks, mutes, restrictions; what two people are to each other."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from accounts.models import (
    Block,
    Follow,
    FollowRequest,
    ListMember,
    Mute,
    PeopleList,
    Restriction,
    User,
)
from accounts.social import follows, lists, relations
from accounts.social.follows import Followed
from accounts.social.relations import Relation
from notes_site.models import Event
from notes_site.queue import events

Recorded = Callable[[], list[tuple[str, int, dict[str, Any]]]]


@pytest.fixture
def recorded(db: None) -> Recorded:
    """What was recorded since the last look, in its order."""
    seen: set[int] = set()

    def look() -> list[tuple[str, int, dict[str, Any]]]:
        fresh = [event for event in Event.objects.order_by("pk") if event.pk not in seen]
        seen.update(event.pk for event in fresh)
        return [(event.kind, event.subject_id, event.payload) for event in fresh]

    return look


@pytest.fixture
def shy(owner: User) -> User:
    """The owner, who wants to be asked."""
    User.objects.filter(pk=owner.pk).update(is_private=True)
    owner.refresh_from_db()
    return owner


def counts(*people: User) -> list[tuple[int, int]]:
    fresh = [User.objects.get(pk=person.pk) for person in people]
    return [(person.follower_count, person.following_count) for person in fresh]


def test_a_private_account_is_asked(shy: User, stranger: User, recorded: Recorded) -> None:
    recorded()
    assert follows.follow(follower=stranger, followee=shy) is Followed.REQUESTED
    assert follows.follow(follower=stranger, followee=shy) is Followed.UNCHANGED
    assert not Follow.objects.exists()
    assert counts(shy, stranger) == [(0, 0), (0, 0)]
    assert recorded() == [("follow.requested", shy.pk, {"requester": str(stranger.pk)})]


def test_accepting_is_being_followed(shy: User, stranger: User, recorded: Recorded) -> None:
    follows.follow(follower=stranger, followee=shy)
    recorded()
    assert follows.accept(target=shy, requester=stranger)
    assert not follows.accept(target=shy, requester=stranger)
    assert not FollowRequest.objects.exists()
    assert counts(shy, stranger) == [(1, 0), (0, 1)]
    assert recorded() == [
        ("follow.created", shy.pk, {"follower": str(stranger.pk)}),
        ("follow.accepted", stranger.pk, {"by": str(shy.pk)}),
    ]


@pytest.mark.parametrize("way", ["declined", "withdrawn", "removed"])
def test_a_request_that_came_to_nothing(
    way: str, shy: User, stranger: User, recorded: Recorded
) -> None:
    follows.follow(follower=stranger, followee=shy)
    recorded()
    ends: dict[str, Callable[[], bool]] = {
        "declined": lambda: follows.decline(target=shy, requester=stranger),
        "withdrawn": lambda: follows.unfollow(follower=stranger, followee=shy),
        "removed": lambda: follows.remove_follower(person=shy, follower=stranger),
    }
    assert ends[way]()
    assert not ends[way]()
    assert not FollowRequest.objects.exists()
    assert not follows.accept(target=shy, requester=stranger), "no answer after that"
    assert counts(shy) == [(0, 0)]
    assert recorded() == [("follow.request_removed", shy.pk, {"requester": str(stranger.pk)})]
    assert follows.follow(follower=stranger, followee=shy) is Followed.REQUESTED


def test_who_follows_already_need_not_ask(follower: User, shy: User) -> None:
    assert Follow.objects.filter(follower=follower, followee=shy).exists()
    assert follows.follow(follower=follower, followee=shy) is Followed.UNCHANGED
    assert not FollowRequest.objects.exists()


def test_removing_a_follower_ends_one_way_only(
    owner: User, friend: User, recorded: Recorded
) -> None:
    recorded()
    assert follows.remove_follower(person=owner, follower=friend)
    assert not follows.remove_follower(person=owner, follower=friend)
    assert list(Follow.objects.values_list("follower", "followee")) == [(owner.pk, friend.pk)]
    assert counts(owner, friend) == [(0, 1), (1, 0)]
    assert recorded() == [("follow.removed", owner.pk, {"follower": str(friend.pk)})]


def work_off_the_rest() -> None:
    """What a worker does about requests that were left waiting."""
    for event in Event.objects.filter(kind="follow.requests_left", handled_at=None):
        events.handle(event.pk)


def test_an_account_that_opens_lets_everybody_in(
    shy: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follows, "ACCEPTED_AT_ONCE", 2)
    fans = [User.objects.create_user(f"fan{number}") for number in range(5)]
    for fan in fans:
        follows.follow(follower=fan, followee=shy)
    follows.accept_all(shy)
    first = Follow.objects.order_by("pk").values_list("follower", flat=True)
    assert list(first) == [fan.pk for fan in fans[:2]], "those who waited longest"
    work_off_the_rest()
    assert Follow.objects.count() == 2, "closed again meanwhile: the rest wait on"
    User.objects.filter(pk=shy.pk).update(is_private=False)
    Event.objects.filter(kind="follow.requests_left").update(handled_at=None)
    for _ in range(2):
        work_off_the_rest()
    assert not FollowRequest.objects.exists()
    assert counts(shy) == [(5, 0)]


def test_a_request_left_over_does_not_stand_in_the_way(owner: User, stranger: User) -> None:
    FollowRequest.objects.create(requester=stranger, target=owner)
    assert follows.follow(follower=stranger, followee=owner) is Followed.FOLLOWED
    assert not FollowRequest.objects.exists()


@pytest.mark.parametrize("other_way", [False, True])
def test_nobody_follows_across_a_block(owner: User, stranger: User, other_way: bool) -> None:
    pair = (stranger, owner) if other_way else (owner, stranger)
    relations.block(blocker=pair[0], blocked=pair[1])
    assert follows.follow(follower=stranger, followee=owner) is Followed.UNCHANGED
    assert not Follow.objects.exists()


def test_a_block_undoes_everything_both_ways(
    owner: User, friend: User, stranger: User, recorded: Recorded
) -> None:
    for one, other in ((owner, friend), (friend, owner)):
        lists.add(people_list=lists.create(owner=one, name="close"), person=other)
        lists.add(people_list=PeopleList.objects.get(owner=one), person=stranger)
        FollowRequest.objects.create(requester=one, target=other)
    recorded()
    assert relations.block(blocker=owner, blocked=friend)
    assert not relations.block(blocker=owner, blocked=friend)
    assert not Follow.objects.exists()
    assert not FollowRequest.objects.exists()
    assert list(ListMember.objects.values_list("person", flat=True)) == [stranger.pk] * 2
    assert list(PeopleList.objects.values_list("member_count", flat=True)) == [1, 1]
    assert counts(owner, friend) == [(0, 0), (0, 0)]
    kinds = [event[0] for event in recorded()]
    assert kinds.count("people.blocked") == 1
    assert kinds.count("follow.removed") == kinds.count("follow.request_removed") == 2


def test_unblocking_brings_nothing_back(owner: User, friend: User, recorded: Recorded) -> None:
    relations.block(blocker=owner, blocked=friend)
    recorded()
    assert not relations.unblock(blocker=friend, blocked=owner), "only who blocked can undo it"
    assert relations.unblock(blocker=owner, blocked=friend)
    assert not relations.unblock(blocker=owner, blocked=friend)
    assert not Follow.objects.exists()
    assert recorded() == [("people.unblocked", owner.pk, {"blocked": str(friend.pk)})]


def test_nobody_keeps_oneself_at_a_distance(owner: User) -> None:
    assert not relations.block(blocker=owner, blocked=owner)
    assert not relations.mute(muter=owner, muted=owner)
    assert not relations.restrict(restricter=owner, restricted=owner)
    assert not (Block.objects.exists() or Mute.objects.exists() or Restriction.objects.exists())


def test_a_mute_replaces_the_one_before_and_runs_out(owner: User, stranger: User) -> None:
    soon = timezone.now() + timedelta(days=1)
    assert relations.mute(muter=owner, muted=stranger)
    assert relations.mute(muter=owner, muted=stranger, comments=False, until=soon)
    relation = relations.relation(owner, stranger)
    assert (relation.mutes_posts, relation.mutes_comments) == (True, False)
    assert relation.muted_until == Mute.objects.get().until
    assert relations.hides_anyone(owner)
    Mute.objects.update(until=timezone.now() - timedelta(seconds=1))
    assert not relations.relation(owner, stranger).mutes
    assert not relations.hides_anyone(owner)
    assert relations.unmute(muter=owner, muted=stranger)
    assert not relations.unmute(muter=owner, muted=stranger)
    assert not relations.mute(muter=owner, muted=stranger, posts=False, comments=False)
    assert not Mute.objects.exists()


def test_restricting_twice_is_restricting_once(owner: User, stranger: User) -> None:
    assert relations.restrict(restricter=owner, restricted=stranger)
    assert not relations.restrict(restricter=owner, restricted=stranger)
    assert relations.relation(owner, stranger).restricts
    assert relations.relation(stranger, owner) == Relation(), "they are not told"
    assert relations.unrestrict(restricter=owner, restricted=stranger)
    assert not relations.unrestrict(restricter=owner, restricted=stranger)


def test_what_two_are_to_each_other(
    owner: User,
    friend: User,
    follower: User,
    stranger: User,
    django_assert_num_queries: Any,
) -> None:
    with django_assert_num_queries(1):
        assert relations.relation(friend, owner).friends
    assert relations.relation(owner, follower) == Relation(followed_by=True)
    assert relations.relation(follower, owner) == Relation(follows=True)
    assert not relations.relation(follower, owner).friends
    FollowRequest.objects.create(requester=stranger, target=owner)
    assert relations.relation(stranger, owner) == Relation(requested=True)
    assert relations.relation(owner, stranger) == Relation(asks=True)
    relations.block(blocker=owner, blocked=friend)
    assert relations.relation(owner, friend) == Relation(blocks=True)
    assert relations.relation(friend, owner) == Relation(), "who is blocked does not learn it"
    with django_assert_num_queries(0):
        assert relations.relation(owner, owner) == Relation()
        assert relations.relation(AnonymousUser(), owner) == Relation()
    with django_assert_num_queries(1):
        found = relations.with_relations(owner, [stranger, owner, follower])
    assert [person for person, _relation in found] == [stranger, owner, follower]
    assert [relation.asks for _person, relation in found] == [True, False, False]


@pytest.mark.parametrize("how", ["blocks", "is blocked", "mutes", "mutes comments"])
def test_whether_anybody_is_kept_away_from_the_feed(how: str, owner: User, stranger: User) -> None:
    assert not relations.hides_anyone(owner)
    if how == "blocks":
        relations.block(blocker=owner, blocked=stranger)
    elif how == "is blocked":
        relations.block(blocker=stranger, blocked=owner)
    else:
        relations.mute(muter=owner, muted=stranger, posts=how == "mutes")
    assert relations.hides_anyone(owner) == (how != "mutes comments")
