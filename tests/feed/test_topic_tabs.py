"""Topics as tabs of the stream: pinned, remembered, and gone without a 404."""

from collections.abc import Callable
from urllib.parse import quote

import pytest
from django.core.cache import caches
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.social import relations
from feed import topics
from posts.models import Post, PostTopic, Topic
from tests.feed.test_stream import codes, post_of, walk

As = Callable[[User | None], Client]


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    for name in ("fragments", "frames", "pages"):
        caches[name].clear()


def under(name: str, post: Post) -> Post:
    topic, _created = Topic.objects.get_or_create(name=name)
    PostTopic.objects.create(post=post, topic=topic, published_at=post.published_at)
    return post


def pin(person: User, name: str) -> Topic:
    topic, _created = Topic.objects.get_or_create(name=name)
    topics.pin(person=person, topic=topic)
    return topic


def address(name: str) -> str:
    return f"/?tab=topic&topic={quote(name)}"


@pytest.mark.parametrize("name", ["sea", "été", "日本", "_a_b"])
def test_a_topic_is_a_tab_and_sticks(name: str, owner: User, stranger: User, as_person: As) -> None:
    about, other = under(name, post_of(stranger, 1)), post_of(stranger)
    pin(owner, name)
    browser = as_person(owner)
    assert codes(browser.get("/").content) == [other.code, about.code]
    page = browser.get(address(name))
    assert codes(page.content) == [about.code]
    assert f'aria-current="page">#{name}</a>' in page.text
    assert f'href="/topics/{quote(name)}/"' in page.text
    again = browser.get("/")
    assert codes(again.content) == [about.code], "remembered"
    assert f'aria-current="page">#{name}</a>' in again.text
    assert codes(browser.get("/?tab=latest").content) == [other.code, about.code]


def test_pages_without_gaps(owner: User, stranger: User, as_person: As) -> None:
    posts = [under("sea", post_of(stranger, number)) for number in range(60)]
    pin(owner, "sea")
    assert walk(as_person(owner), address("sea")) == [post.code for post in posts]


@pytest.mark.parametrize("how", ["unpinned", "unfollowed", "muted", "vanished"])
def test_what_was_remembered_falls_back_to_for_you(
    how: str, owner: User, stranger: User, as_person: As
) -> None:
    under("sea", post_of(stranger, 1))
    topic = pin(owner, "sea")
    other = post_of(stranger, hot=500.0)
    browser = as_person(owner)
    browser.get(address("sea"))
    if how == "unpinned":
        topics.unpin(person=owner, topic=topic)
    elif how == "unfollowed":
        topics.unfollow(person=owner, topic=topic)
    elif how == "muted":
        topics.mute(person=owner, topic=topic)
        topics.unmute(person=owner, topic=topic)
    else:
        topic.delete()
    page = browser.get("/")
    assert page.status_code == 200
    assert codes(page.content)[0] == other.code
    assert "tab=topic" not in page.text
    assert browser.get(address("sea")).status_code == 404


def test_a_tab_without_posts_says_so(owner: User, as_person: As) -> None:
    pin(owner, "sea")
    assert "Nothing about #sea right now" in as_person(owner).get(address("sea")).text


def test_only_ones_own_tabs(owner: User, friend: User, stranger: User, as_person: As) -> None:
    under("sea", post_of(stranger))
    pin(owner, "sea")
    browser = as_person(friend)
    answers = [browser.get(address(name)) for name in ("sea", "neverwas", "", "\0")]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    browser.cookies["tab"] = "topic-sea"
    assert len(codes(browser.get("/").content)) == 1
    browser.cookies["tab"] = "topic-%00%ff"
    assert browser.get("/").status_code == 200
    assert len(codes(Client().get(address("sea")).content)) == 1, "visitors have no such tabs"


def test_nobody_kept_away_is_in_the_tab(owner: User, stranger: User, as_person: As) -> None:
    under("sea", post_of(stranger))
    pin(owner, "sea")
    relations.mute(muter=owner, muted=stranger)
    assert codes(as_person(owner).get(address("sea")).content) == []


def test_tabs_stand_in_the_order_in_which_they_were_pinned(owner: User, as_person: As) -> None:
    for name in ("sea", "alps", "moon"):
        pin(owner, name)
    page = as_person(owner).get("/").text
    places = [page.index(f">#{name}</a>") for name in ("sea", "alps", "moon")]
    assert places == sorted(places)


def queries(browser: Client, page: str) -> int:
    browser.get(page)
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(page).status_code == 200
    return len(captured)


def test_who_has_none_pays_nothing_and_many_cost_what_one_does(
    owner: User, stranger: User, as_person: As
) -> None:
    under("sea", post_of(stranger))
    browser = as_person(owner)
    none = queries(browser, "/?tab=latest")
    topics.follow(person=owner, topic=Topic.objects.get(name="sea"))
    assert queries(browser, "/?tab=latest") == none
    pin(owner, "sea")
    one = queries(browser, "/?tab=latest"), queries(browser, address("sea"))
    assert one == (none + 1, none + 2)
    for number in range(7):
        pin(owner, f"topic{number}")
    assert (queries(browser, "/?tab=latest"), queries(browser, address("sea"))) == one
