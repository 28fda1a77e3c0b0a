"""The newest posts of some people: the same by either way to read them, on either database."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.login import signed_in
from accounts.models import ListMember, PeopleList, User
from accounts.social import follows, relations
from feed import muting
from feed.search import indexing
from feed.stream import people_posts
from feed.stream.people_posts import Dated, People, followed_by, newest, on_list
from notes_site.http.pagination import Place
from posts.models import Post
from tests.feed.test_stream import post_of

SIZE = 5


@pytest.fixture(params=["person by person", "all at once"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """How PostgreSQL reads them; SQLite has one way."""
    if request.param == "all at once":
        monkeypatch.setattr(people_posts, "FEW", -1)
    return str(request.param)


def people(number: int) -> list[User]:
    return [User.objects.create_user(f"person{each}") for each in range(number)]


def pages(viewer: User, of: People, size: int = SIZE) -> list[int]:
    """All ids, page by page."""
    found: list[int] = []
    place: Place | None = None
    while rows := newest(viewer, of, place, size):
        assert len(rows) <= size
        found += [row.pk for row in rows]
        place = (rows[-1].published_at, rows[-1].pk)
    return found


def test_every_post_once_in_its_order(way: str, owner: User) -> None:
    some = people(7)
    posts = [post_of(some[number * number % 7], number) for number in range(60)]
    for person in some:
        follows.follow(follower=owner, followee=person)
    owner.refresh_from_db()
    followed = followed_by(owner)
    assert followed.number == 7
    assert pages(owner, followed) == [post.pk for post in posts]
    assert posts[0].published_at
    first = Dated(posts[0].pk, posts[0].version, posts[0].published_at)
    assert newest(owner, followed, None, 1) == [first]


def test_at_one_time_the_higher_id_is_first(way: str, owner: User) -> None:
    some = people(6)
    posts = [post_of(some[number % 6]) for number in range(24)]
    Post.objects.update(published_at=timezone.now())
    for person in some:
        follows.follow(follower=owner, followee=person)
    expected = sorted((post.pk for post in posts), reverse=True)
    assert pages(owner, followed_by(owner)) == expected


def test_what_one_may_not_see_takes_no_place(way: str, owner: User, stranger: User) -> None:
    shy = people(8)
    for person in shy:
        follows.follow(follower=owner, followee=person)
        for number in range(4):
            post_of(person, number, audience="friends")
    follows.follow(follower=owner, followee=stranger)
    seen = [post_of(stranger, 20), post_of(shy[0], 30)]
    assert pages(owner, followed_by(owner)) == [post.pk for post in seen]


def test_whoever_is_muted_or_blocked_is_left_out(
    way: str, owner: User, friend: User, stranger: User
) -> None:
    follows.follow(follower=owner, followee=stranger)
    theirs, other = post_of(friend), post_of(stranger, 1)
    everything = [theirs.pk, other.pk]
    assert pages(owner, followed_by(owner)) == everything
    relations.mute(muter=owner, muted=friend, until=timezone.now() + timedelta(seconds=60))
    assert pages(owner, followed_by(owner)) == [other.pk]
    relations.mute(muter=owner, muted=friend, until=timezone.now() - timedelta(seconds=1))
    assert pages(owner, followed_by(owner)) == everything, "by the clock of the moment"
    relations.block(blocker=friend, blocked=owner)
    assert pages(owner, followed_by(owner)) == [other.pk]


def test_one_rule_for_moderators_and_for_who_mutes_words(
    way: str, owner: User, moderator: User, stranger: User
) -> None:
    plain, said = post_of(stranger, 1), post_of(stranger, caption="A spider")
    indexing.index_post(said.pk)
    post_of(stranger, hidden_at=timezone.now())
    for person in (owner, moderator):
        follows.follow(follower=person, followee=stranger)
        assert pages(person, followed_by(person)) == [said.pk, plain.pk]
        muting.mute_word(person=person, text="spider")
        assert pages(person, followed_by(person)) == [plain.pk]


def test_a_list_and_another_with_the_same_people(
    way: str, owner: User, friend: User, stranger: User
) -> None:
    lists = [PeopleList.objects.create(owner=owner, name=name) for name in ("one", "two")]
    for each, person in zip(lists, (friend, stranger), strict=True):
        ListMember.objects.create(people_list=each, person=person)
    posts = [post_of(person) for person in (friend, stranger)]
    assert [pages(owner, on_list(each)) for each in lists] == [[post.pk] for post in posts]


def test_nobody(way: str, owner: User) -> None:
    post_of(owner)
    assert newest(owner, followed_by(owner), None, SIZE) == []


def test_one_query_a_page(way: str, owner: User, stranger: User) -> None:
    follows.follow(follower=owner, followee=stranger)
    for number in range(SIZE * 2):
        post_of(stranger, number)
    viewer = signed_in.person(owner.pk)
    assert viewer
    last = Post.objects.order_by("-published_at")[SIZE - 1]
    assert last.published_at
    place: Place | None
    for place in (None, (last.published_at, last.pk)):
        with CaptureQueriesContext(connection) as captured:
            assert len(newest(viewer, followed_by(viewer), place, SIZE)) == SIZE
        assert len(captured) == 1
