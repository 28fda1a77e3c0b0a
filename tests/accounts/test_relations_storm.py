"""Fifty people press at once: counters stay exact, nothing waits for ever, no rule is broken."""

import random
from collections.abc import Callable, Iterator

import pytest
from django.db.models import Count, Q

from accounts.models import Block, Follow, FollowRequest, ListMember, PeopleList, User
from accounts.profile.changing import change_privacy
from accounts.social import follows, lists, relations
from notes_site.models import Event
from notes_site.queue import events
from tests.making import storm

THREADS = 50
TURNS = 12


@pytest.fixture
def people(transactional_db: None) -> list[User]:
    """Few, so that they meet; some ask to be asked."""
    made = [
        User.objects.create_user(f"person{number}", is_private=number % 3 == 0)
        for number in range(8)
    ]
    for person in made:
        lists.create(owner=person, name="close")
    return made


def deeds(one: User, other: User, dice: random.Random) -> Iterator[Callable[[], object]]:
    """What one person may do to another, following most often."""
    mine = PeopleList.objects.get(owner=one)
    choices: list[Callable[[], object]] = [
        lambda: follows.follow(follower=one, followee=other),
        lambda: follows.follow(follower=one, followee=other),
        lambda: follows.follow(follower=other, followee=one),
        lambda: follows.unfollow(follower=one, followee=other),
        lambda: follows.accept(target=one, requester=other),
        lambda: follows.decline(target=one, requester=other),
        lambda: follows.remove_follower(person=one, follower=other),
        lambda: follows.accept_all(one),
        lambda: lists.add(people_list=mine, person=other),
        lambda: lists.remove(people_list=mine, person=other),
        lambda: relations.block(blocker=one, blocked=other),
        lambda: relations.unblock(blocker=one, blocked=other),
        lambda: relations.mute(muter=one, muted=other),
        lambda: relations.unmute(muter=one, muted=other),
        lambda: relations.restrict(restricter=one, restricted=other),
    ]
    for _ in range(TURNS):
        yield dice.choice(choices)


def assert_counters_agree() -> None:
    for person in User.objects.all():
        counted = (person.following.count(), person.followers.count())
        assert (person.following_count, person.follower_count) == counted, person
    for each in PeopleList.objects.annotate(rows=Count("memberships")):
        assert each.member_count == each.rows, each


def test_following_unfollowing_and_blocking_at_once(people: list[User]) -> None:
    def work(number: int) -> None:
        dice = random.Random(number)
        one, other = dice.sample(people, 2)
        for deed in deeds(one, other, dice):
            deed()

    assert storm(work) == []
    assert Follow.objects.exists()
    assert_counters_agree()
    for block in Block.objects.all():
        pair = [block.blocker_id, block.blocked_id]
        for model, whose, who in (
            (Follow, "follower", "followee"),
            (FollowRequest, "requester", "target"),
            (ListMember, "people_list__owner", "person"),
        ):
            between = Q(**{f"{whose}__in": pair, f"{who}__in": pair})
            assert not model._default_manager.filter(between).exists(), f"{model} across a block"


def test_everybody_follows_one_person_at_once(people: list[User]) -> None:
    fans = [User.objects.create_user(f"fan{number}") for number in range(THREADS)]
    star = people[1]

    def work(number: int) -> None:
        follows.follow(follower=fans[number], followee=star)
        if number % 2:
            follows.unfollow(follower=fans[number], followee=star)

    assert storm(work) == []
    star.refresh_from_db()
    assert star.follower_count == Follow.objects.filter(followee=star).count() == THREADS / 2
    assert_counters_agree()


def test_one_person_in_fifty_tabs(people: list[User]) -> None:
    one, open_one, private_one = people[1], people[2], people[3]

    def work(_number: int) -> None:
        follows.follow(follower=one, followee=open_one)
        follows.follow(follower=one, followee=private_one)
        lists.add(people_list=PeopleList.objects.get(owner=one), person=open_one)

    assert storm(work) == []
    assert (Follow.objects.count(), FollowRequest.objects.count()) == (1, 1)
    assert ListMember.objects.count() == 1
    assert_counters_agree()


def test_asking_while_the_account_opens(people: list[User]) -> None:
    fans = [User.objects.create_user(f"fan{number}") for number in range(THREADS)]
    shy = people[0]

    def work(number: int) -> None:
        if number == THREADS // 2:
            change_privacy(person=shy, is_private=False, shows_likes=False, hides_like_counts=False)
        else:
            follows.follow(follower=fans[number], followee=shy)

    assert storm(work) == []
    # Who asked in the moment between the look at the waiting and the lock is left to the worker.
    for event in Event.objects.filter(kind="follow.requests_left"):
        events.handle(event.pk)
    assert not FollowRequest.objects.filter(target=shy).exists(), "nobody waits before an open door"
    shy.refresh_from_db()
    assert shy.follower_count == THREADS - 1
    assert_counters_agree()
