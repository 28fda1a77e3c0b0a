"""The stream knows whom the viewer keeps away, and their lists; visitors' pages stay the same."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.cache import caches
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import PeopleList, User
from accounts.social import follows, lists, relations
from notes_site.ids import encode, new_id
from posts.models import Post, PostTopic, Topic
from tests.feed.test_stream import codes, post_of, walk

SignIn = Callable[[User | None], Client]
PAGES = ("/?tab=for-you", "/?tab=latest", "/?tab=following", "/topics/sea/")


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    """Pages and fragments live in the process, beyond a test."""
    for name in ("fragments", "pages"):
        caches[name].clear()


@pytest.fixture
def close(owner: User) -> PeopleList:
    """A list of the owner's with nobody on it."""
    return lists.create(owner=owner, name="Close & dear")


def under_sea(post: Post) -> Post:
    topic, _created = Topic.objects.get_or_create(name="sea")
    PostTopic.objects.create(post=post, topic=topic, published_at=post.published_at)
    return post


def address(people_list: PeopleList) -> str:
    return f"/?tab=list&list={people_list.code}"


@pytest.mark.parametrize("how", ["muted", "muted for a day", "blocks", "is blocked"])
def test_who_is_kept_away_is_in_no_tab(
    how: str, owner: User, friend: User, stranger: User, as_person: SignIn
) -> None:
    theirs, other = under_sea(post_of(friend)), under_sea(post_of(stranger, 1))
    follows.follow(follower=owner, followee=stranger)
    browser = as_person(owner)
    for page in PAGES:
        assert set(codes(browser.get(page).content)) == {theirs.code, other.code}
    if how == "blocks":
        relations.block(blocker=owner, blocked=friend)
    elif how == "is blocked":
        relations.block(blocker=friend, blocked=owner)
    else:
        tomorrow = timezone.now() + timedelta(days=1) if "day" in how else None
        relations.mute(muter=owner, muted=friend, until=tomorrow)
    for page in PAGES:
        assert codes(browser.get(page).content) == [other.code], page
    # And for nobody else.
    for page in PAGES[:2]:
        assert theirs.code in codes(as_person(stranger).get(page).content)
        assert theirs.code in codes(Client().get(page).content)


@pytest.mark.parametrize("how", ["run out", "comments only", "undone"])
def test_a_mute_that_says_nothing_of_posts_hides_none(
    how: str, owner: User, friend: User, as_person: SignIn
) -> None:
    post = post_of(friend)
    if how == "run out":
        relations.mute(muter=owner, muted=friend, until=timezone.now() - timedelta(seconds=1))
    else:
        relations.mute(muter=owner, muted=friend, posts=how == "undone")
    if how == "undone":
        relations.unmute(muter=owner, muted=friend)
    for page in PAGES[:3]:
        assert codes(as_person(owner).get(page).content) == [post.code]


def test_keeping_somebody_away_keeps_the_order_and_the_pages(
    owner: User, friend: User, stranger: User, as_person: SignIn
) -> None:
    posts = [post_of(friend if number % 2 else stranger, number) for number in range(80)]
    relations.mute(muter=owner, muted=friend)
    for tab in ("for-you", "latest"):
        assert walk(as_person(owner), f"/?tab={tab}") == [post.code for post in posts[::2]]


def test_private_accounts_stand_in_following_alone(
    owner: User, follower: User, stranger: User, as_person: SignIn
) -> None:
    post = under_sea(post_of(owner))
    User.objects.filter(pk=owner.pk).update(is_private=True)
    for person in (None, stranger, follower, owner):
        for page in ("/?tab=for-you", "/?tab=latest"):
            assert codes(as_person(person).get(page).content) == []
        assert as_person(person).get("/topics/sea/").status_code == 404
    assert codes(as_person(follower).get("/?tab=following").content) == [post.code]
    assert codes(as_person(stranger).get("/?tab=following").content) == []


def test_a_list_is_a_tab(
    owner: User, friend: User, stranger: User, close: PeopleList, as_person: SignIn
) -> None:
    lists.add(people_list=close, person=stranger)
    theirs = post_of(stranger)
    for audience in ("followers", "friends", "list", "self", "unlisted"):
        post_of(stranger, audience=audience)
    post_of(friend)
    browser = as_person(owner)
    page = browser.get(address(close))
    assert codes(page.content) == [theirs.code], "being listed opens nothing to the one who lists"
    assert 'aria-current="page">Close &amp; dear</a>' in page.text
    follows.follow(follower=owner, followee=stranger)
    assert len(codes(browser.get(address(close)).content)) == 2
    relations.mute(muter=owner, muted=stranger)
    assert codes(browser.get(address(close)).content) == []
    relations.unmute(muter=owner, muted=stranger)
    lists.remove(people_list=close, person=stranger)
    page = browser.get(address(close))
    assert codes(page.content) == []
    assert "Nothing from this list yet" in page.text


def test_a_list_pages_without_gaps(
    owner: User, stranger: User, close: PeopleList, as_person: SignIn
) -> None:
    lists.add(people_list=close, person=stranger)
    posts = [post_of(stranger, number) for number in range(60)]
    assert walk(as_person(owner), address(close)) == [post.code for post in posts]


def test_the_list_is_remembered_until_it_is_gone(
    owner: User, stranger: User, close: PeopleList, as_person: SignIn
) -> None:
    lists.add(people_list=close, person=stranger)
    theirs, other = post_of(stranger, 1), post_of(owner, hot=500.0)
    browser = as_person(owner)
    browser.get(address(close))
    assert codes(browser.get("/").content) == [theirs.code]
    lists.delete(people_list=close)
    assert codes(browser.get("/").content) == [other.code, theirs.code]
    assert browser.get(address(close)).status_code == 404


def test_anothers_list_is_like_one_that_never_was(
    owner: User, friend: User, close: PeopleList, as_person: SignIn
) -> None:
    post_of(owner)
    lists.add(people_list=close, person=friend)
    browser = as_person(friend)
    answers = [
        browser.get(f"/?tab=list&list={code}") for code in (close.code, encode(new_id()), "0", "")
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    browser.cookies["tab"] = f"list-{close.code}"
    assert len(codes(browser.get("/").content)) == 1, "For you, as for any cookie we don't know"
    assert len(codes(Client().get(address(close)).content)) == 1, "visitors have no lists"


def test_of_many_lists_the_open_one_is_always_a_tab(owner: User, as_person: SignIn) -> None:
    made = [lists.create(owner=owner, name=f"list {number:02}") for number in range(30)]
    page = as_person(owner).get(address(made[29])).text
    assert page.count("tab=list") == 12
    assert 'aria-current="page">list 29</a>' in page


def test_queries_grow_neither_with_lists_nor_with_people_kept_away(
    owner: User, stranger: User, close: PeopleList, as_person: SignIn
) -> None:
    lists.add(people_list=close, person=stranger)
    for number in range(30):
        under_sea(post_of(stranger, number))
    browser = as_person(owner)
    pages = (*PAGES, address(close))

    def queries() -> list[int]:
        for page in pages:
            browser.get(page)
        found = []
        for page in pages:
            with CaptureQueriesContext(connection) as captured:
                assert browser.get(page).status_code == 200
            found.append(len(captured))
        return found

    follows.follow(follower=owner, followee=stranger)
    few = queries()
    for number in range(15):
        person = User.objects.create_user(f"person{number}")
        relations.mute(muter=owner, muted=person)
        relations.block(blocker=person, blocked=owner)
        lists.create(owner=owner, name=f"list {number}")
    assert queries() == few
    assert max(few) <= 8
