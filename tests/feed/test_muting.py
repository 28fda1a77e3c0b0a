"""Muted words and topics: what doesn't come up, what still does, and the page of them."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import caches
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.social import follows, lists
from feed import muting, topics
from feed.models import MutedTopic, MutedWord
from feed.muting import WordRefusedError
from feed.search import fulltext, indexing
from feed.stream import candidates, muted
from feed.topics import Standing
from posts.models import Photo, Post, Topic
from tests.feed.test_relations_in_feed import under_sea
from tests.feed.test_stream import codes, post_of, walk
from tests.feed.test_topic_tabs import address, pin, under

As = Callable[[User | None], Client]
STREAMS = ("/?tab=for-you", "/?tab=latest", "/?tab=following")
PAGE = "/settings/muted/"
WORDS = f"{PAGE}words/"


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    for name in ("fragments", "frames", "pages"):
        caches[name].clear()


def saying(
    author: User, words: str, number: int = 0, where: str = "caption", **fields: Any
) -> Post:
    """A post with words in its title, its caption or an alt text, known to search."""
    text = {} if where == "alt" else {where: words}
    post = post_of(author, number, **text, **fields)
    if where == "alt":
        plain = {"bytes": 1, "width": 1, "height": 1, "original_key": post.code}
        Photo.objects.create(owner=author, post=post, alt_text=words, **plain)
    indexing.index_post(post.pk)
    return post


def mute(person: User, *words: str) -> None:
    for word in words:
        assert muting.mute_word(person=person, text=word)


@pytest.mark.parametrize("where", ["title", "caption", "alt"])
def test_a_muted_word_comes_up_in_no_tab(
    where: str, owner: User, stranger: User, as_person: As
) -> None:
    said = under_sea(saying(stranger, "A big SPIDER!", where=where))
    other = under_sea(saying(stranger, "Spiderweb", 1))
    follows.follow(follower=owner, followee=stranger)
    close = lists.create(owner=owner, name="Close")
    lists.add(people_list=close, person=stranger)
    pin(owner, "sea")
    pages = (*STREAMS, "/topics/sea/", address("sea"), f"/?tab=list&list={close.code}")
    browser = as_person(owner)
    for page in pages:
        assert set(codes(browser.get(page).content)) == {said.code, other.code}, page
    mute(owner, "spider")
    for page in pages:
        assert codes(browser.get(page).content) == [other.code], page
    # And for nobody else.
    for page in (*STREAMS[:2], "/topics/sea/"):
        assert said.code in codes(as_person(stranger).get(page).content)
        assert said.code in codes(Client().get(page).content)


def test_it_still_stands_where_one_looks_for_it(owner: User, stranger: User, as_person: As) -> None:
    said = under_sea(saying(stranger, "A spider"))
    mute(owner, "spider")
    topics.mute(person=owner, topic=Topic.objects.get(name="sea"))
    browser = as_person(owner)
    for page in ("/@stranger/", "/search/?q=spider"):
        assert codes(browser.get(page).content) == [said.code], page
    assert browser.get(said.get_absolute_url()).status_code == 200
    assert said.code in browser.get("/@stranger/atom.xml").text
    assert "#sea" in browser.get("/search/?q=sea&in=topics").text


def test_ones_own_always_come_up(owner: User, as_person: As) -> None:
    own = under_sea(saying(owner, "A spider"))
    mute(owner, "spider")
    topics.mute(person=owner, topic=Topic.objects.get(name="sea"))
    for page in (*STREAMS[:2], "/topics/sea/"):
        assert codes(as_person(owner).get(page).content) == [own.code]


@pytest.mark.parametrize(
    ("word", "text", "hidden"),
    [
        ("spider", "spiders", False),
        ("spider", "a #spider_web", True),
        ("Ängström", "angstrom", True),
        ("new york", "in New York, today", True),
        ("new york", "York is new", False),
        ("new york", "a new, york", True),
        ("new york", "news yorks", False),
        ("don't", "Don\u2019t!", True),
        ("猫", "白猫", True),
        ("黒猫", "白猫と黒", False),
        ("黒猫", "あの黒猫", True),
        ("แมว", "แมวดำ", True),
        ("7", "at 7 o'clock", True),
        ("7", "17", False),
    ],
)
def test_whole_words_as_search_knows_them(
    word: str, text: str, hidden: bool, owner: User, stranger: User, as_person: As
) -> None:
    said = saying(stranger, text)
    mute(owner, word)
    found = codes(as_person(owner).get("/?tab=latest").content)
    assert found == ([] if hidden else [said.code])


def test_a_post_under_a_muted_topic_comes_up_on_the_pages_of_that_one_alone(
    owner: User, stranger: User, as_person: As
) -> None:
    both = under("sea", under("gore", post_of(stranger)))
    other = under("sea", post_of(stranger, 1))
    follows.follow(follower=owner, followee=stranger)
    topics.mute(person=owner, topic=Topic.objects.get(name="gore"))
    browser = as_person(owner)
    for page in (*STREAMS, "/topics/sea/"):
        assert codes(browser.get(page).content) == [other.code], page
    assert codes(browser.get("/topics/gore/").content) == [both.code]
    topics.unmute(person=owner, topic=Topic.objects.get(name="gore"))
    assert codes(browser.get("/topics/sea/").content) == [both.code, other.code]


def test_a_topic_of_which_all_is_muted_says_so(owner: User, stranger: User, as_person: As) -> None:
    under("sea", under("gore", post_of(stranger)))
    topics.mute(person=owner, topic=Topic.objects.get(name="gore"))
    page = as_person(owner).get("/topics/sea/")
    assert (page.status_code, codes(page.content)) == (200, [])
    assert "something else you muted" in page.text
    assert 'id="acts"' in page.text


def test_pages_are_whole_and_in_their_order(owner: User, stranger: User, as_person: As) -> None:
    texts = ("spider", "harbour", "web")
    posts = [saying(stranger, texts[number % 3], number) for number in range(90)]
    follows.follow(follower=owner, followee=stranger)
    mute(owner, "spider", "web")
    browser = as_person(owner)
    for page in STREAMS:
        assert len(codes(browser.get(page).content)) == 24
        assert walk(browser, page) == [post.code for post in posts[1::3]]


def test_who_muted_nothing_pays_nothing_and_many_cost_no_query(
    owner: User, stranger: User, as_person: As
) -> None:
    for number in range(30):
        under_sea(saying(stranger, "harbour", number))
    browser = as_person(owner)

    def sent(page: str) -> list[str]:
        browser.get(page)
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(page).status_code == 200
        return [each["sql"] for each in captured.captured_queries]

    pages = (*STREAMS, "/topics/sea/")
    before = {page: sent(page) for page in pages}
    for page in pages:
        assert not [sql for sql in before[page] if "posts_post" in sql and "feed_muted" in sql]
    mute(owner, *(f"word{number}" for number in range(50)))
    for page in pages:
        assert len(sent(page)) == len(before[page]), page


def test_it_is_asked_too_where_no_request_read_the_person(owner: User, stranger: User) -> None:
    said = saying(stranger, "spider")
    assert list(candidates.explore(owner)) == [said]
    mute(owner, "spider")
    assert list(candidates.explore(owner)) == []
    assert list(candidates.listed_for(owner)) == [said]


def test_the_table_is_the_one_that_search_writes() -> None:
    assert fulltext.POSTS in muted.HoldsMutedWord._SQLITE
    assert fulltext.POSTS in muted.HoldsMutedWord._POSTGRESQL


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "Type a word"),
        ("...", "Type a word"),
        ("\0", "Type a word"),
        ("\u200b", "Type a word"),
        ("# ", "Type a word"),
        ("x" * 61, "up to 60 characters"),
        ("\ufdfa" * 20, "up to 60 characters"),
        ("#neverwas", "No post you can see has #neverwas"),
        ("#hers", "No post you can see has #hers"),
    ],
)
def test_what_cant_be_muted_is_refused_and_kept_in_the_field(
    text: str, says: str, owner: User, stranger: User, as_person: As
) -> None:
    under("hers", post_of(stranger, audience="followers"))
    page = as_person(owner).post(PAGE, {"text": text})
    assert page.status_code == 422
    assert says in page.text
    assert f'value="{text.strip()}"' in page.text or not text.strip(" \0")
    assert not MutedWord.objects.exists()
    assert not MutedTopic.objects.exists()


def test_no_more_words_than_fit(
    owner: User, as_person: As, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(muting, "MAX_WORDS", 2)
    mute(owner, "one", "two")
    with pytest.raises(WordRefusedError, match="You already muted 2 words"):
        muting.mute_word(person=owner, text="three")
    assert not muting.mute_word(person=owner, text="Two"), "it is muted already"
    assert "You already muted 2 words" in as_person(owner).post(PAGE, {"text": "three"}).text


def test_the_page_takes_words_and_topics_and_gives_them_back(
    owner: User, friend: User, stranger: User, as_person: As
) -> None:
    under_sea(post_of(stranger))
    pin(owner, "moon")
    browser, other = as_person(owner), as_person(friend)
    for text in ("Café  olé", "#Sea"):
        answer = browser.post(PAGE, {"text": text})
        assert (answer.status_code, answer["Location"]) == (303, PAGE)
    page = browser.get(PAGE).text
    for shown in ('<b dir="auto">Café olé</b>', ">#sea</b>", ">#moon</b>", "Unpin"):
        assert shown in page
    assert "Café" not in other.get(PAGE).text
    assert MutedWord.objects.get().word == "cafe ole"
    assert topics.standing(owner, Topic.objects.get(name="sea")) == Standing(muted=True)
    undo = f"{WORDS}{MutedWord.objects.get().pk}"
    assert undo in page
    assert other.delete(undo).status_code == 404
    assert browser.post(undo).status_code == 405
    assert browser.post(undo, {"_method": "delete"}).status_code == 303
    assert browser.delete(undo).status_code == 404
    assert not MutedWord.objects.exists()


def test_the_page_costs_the_same_with_many(owner: User, as_person: As) -> None:
    browser = as_person(owner)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(PAGE).status_code == 200
        return len(captured)

    def more(start: int, end: int) -> None:
        for number in range(start, end):
            mute(owner, f"word{number}")
            for change in (topics.follow, topics.mute):
                topic = Topic.objects.create(name=f"{change.__name__}{number}")
                change(person=owner, topic=topic)

    more(0, 1)
    browser.get(PAGE)
    few = queries()
    more(1, 30)
    assert queries() == few


def test_visitors_sign_in_first(client: Client) -> None:
    for answer in (client.get(PAGE), client.post(PAGE), client.delete(f"{WORDS}1")):
        assert answer["Location"].startswith("/accounts/login/")
