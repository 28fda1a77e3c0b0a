"""How many posts came into a tab since its page was opened, told with the badge."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.social import follows, lists, relations
from feed import topics
from feed.stream import news
from posts.authoring import publishing
from posts.models import Post, PostTopic, Topic
from tests.feed.test_stream import codes, post_of

As = Callable[[User | None], Client]


def told(browser: Client, known: list[Post], query: str = "tab=latest") -> str:
    """What a page that begins with these posts hears."""
    address = f"/notifications/badge?{query}&known={'.'.join(post.code for post in known)}"
    answer = browser.get(address)
    assert answer.status_code == 200
    said: str = answer.json()["news"]
    return said


def test_it_counts_what_stands_above(owner: User, stranger: User, as_person: As) -> None:
    old = post_of(stranger, 9)
    browser = as_person(owner)
    assert told(browser, [old]) == ""
    post_of(stranger, 8)
    assert told(browser, [old]) == "1 new post"
    post_of(stranger, 7)
    assert told(browser, [old]) == "2 new posts"


def test_of_more_than_a_page_it_says_so(owner: User, stranger: User, as_person: As) -> None:
    old = post_of(stranger, 99)
    for number in range(24):
        post_of(stranger, number)
    assert told(as_person(owner), [old]) == "24+ new posts"


def test_what_is_gone_meanwhile_is_no_news(owner: User, stranger: User, as_person: As) -> None:
    first, second = post_of(stranger, 1), post_of(stranger, 2)
    publishing.hide_post(first, "spam")
    assert told(as_person(owner), [first, second]) == ""


def test_it_is_about_the_tab(owner: User, friend: User, stranger: User, as_person: As) -> None:
    known = [post_of(author, 9) for author in (friend, stranger)]
    close = lists.create(owner=owner, name="Close")
    lists.add(people_list=close, person=friend)
    follows.follow(follower=owner, followee=friend)
    sea = Topic.objects.create(name="sea")
    topics.pin(person=owner, topic=sea)
    new = post_of(stranger, 1)
    PostTopic.objects.bulk_create(
        PostTopic(post=post, topic=sea, published_at=post.published_at) for post in (known[1], new)
    )
    browser = as_person(owner)
    heard = {
        query: told(browser, known, query)
        for query in (
            "tab=latest",
            "tab=following",
            f"tab=list&list={close.code}",
            "tab=topic&topic=sea",
            "tab=for-you",
        )
    }
    assert list(heard.values()) == ["1 new post", "", "", "1 new post", ""]


def test_whom_one_keeps_away_is_no_news(owner: User, stranger: User, as_person: As) -> None:
    old = post_of(owner, 9)
    post_of(stranger, 1)
    relations.mute(muter=owner, muted=stranger, until=None)
    assert told(as_person(owner), [old]) == ""


@pytest.mark.parametrize("query", ["tab=list&list=", "tab=topic&topic=never"])
def test_a_tab_that_is_gone_has_none(query: str, owner: User, as_person: As) -> None:
    assert told(as_person(owner), [post_of(owner)], query) == ""


def test_anothers_list_tells_nothing(owner: User, friend: User, as_person: As) -> None:
    theirs = lists.create(owner=friend, name="Secret")
    lists.add(people_list=theirs, person=owner)
    known = [post_of(friend, 9)]
    post_of(owner, 1)
    assert told(as_person(owner), known, f"tab=list&list={theirs.code}") == ""


def test_what_is_no_code_is_refused(owner: User, as_person: As) -> None:
    browser = as_person(owner)
    assert browser.get("/notifications/badge?tab=latest&known=0O").status_code == 400
    assert "news" not in browser.get("/notifications/badge").json()


def test_it_costs_one_query_however_many_are_known(
    owner: User, stranger: User, as_person: As
) -> None:
    posts = [post_of(stranger, number) for number in range(30)]
    browser = as_person(owner)

    def asked(address: str) -> int:
        browser.get(address)
        with CaptureQueriesContext(connection) as captured:
            browser.get(address)
        return len(captured)

    plain = asked("/notifications/badge")
    for known in (posts[:1], posts[: news.MOST_KNOWN], posts):
        some = ".".join(post.code for post in known)
        assert asked(f"/notifications/badge?tab=latest&known={some}") == plain + 1


def test_the_page_has_what_its_script_needs(owner: User, stranger: User, as_person: As) -> None:
    post_of(stranger)
    for person in (owner, None):
        page = as_person(person).get("/?tab=latest").text
        assert 'id="news" href="?tab=latest" hidden' in page
        assert "You’ve seen the posts below" in page
        assert "js/news" in page
        for address in ("/?tab=for-you", "/explore/"):
            other = as_person(person).get(address)
            assert codes(other.content)
            assert "js/news" not in other.text
