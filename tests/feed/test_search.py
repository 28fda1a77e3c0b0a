"""Search: the same words on both databases, and never what the viewer may not see."""

import re
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.social import relations
from feed.search import fulltext, indexing
from feed.search.words import runs_of, words_of
from posts.models import Photo, Post, PostTopic, Topic
from tests.making import COVER, MakePost, own_connection

SignIn = Callable[[User | None], Client]
pytestmark = pytest.mark.django_db


def post_of(author: User, caption: str = "", **fields: object) -> Post:
    """A published post in the index."""
    plain = {"state": "published", "cover": COVER, "published_at": timezone.now()}
    post = Post.objects.create(author=author, caption=caption, **plain | fields)
    indexing.index_post(post.pk)
    return post


def found(browser: Client, query: str, **more: str) -> list[str]:
    """The codes of the posts that a search shows, in their order."""
    page = browser.get("/search/", {"q": query, **more})
    assert page.status_code == 200
    return re.findall(r'class="card-link" href="/p/([^/]+)/"', page.content.decode())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Straße, ÉTÉ!", "strasse ete"),
        ("café #Hafen_2026", "cafe hafen 2026"),
        ("東京タワー x", "東 京 タ ワ ー x"),
        ("한국 사진", "한 국 사 진"),
        ("… 🙂 _", ""),
    ],
)
def test_words_lose_case_accents_and_signs_stand_alone(text: str, words: str) -> None:
    assert words_of(text) == words


def test_signs_that_belong_together_are_one_run() -> None:
    assert runs_of("東京 abc") == [["東", "京"], ["abc"]]


@pytest.mark.parametrize(
    "query",
    ["harbour", "HARB", "fog harbour", "förde", "forde", "東京", "京", "winter", "#winter", "2026"],
)
def test_beginnings_of_words_in_any_order(client: Client, owner: User, query: str) -> None:
    post = post_of(owner, "Harbour in fog, Förde 東京 2026 #winter")
    post_of(owner, "Something else")
    assert found(client, query) == [post.code]


@pytest.mark.parametrize(
    "query", ["harbor", "harbour sun", "京東", "inter", "'", '"', "a:* & b", "*"]
)
def test_what_is_not_there_is_not_found(client: Client, owner: User, query: str) -> None:
    post_of(owner, "Harbour in fog 東京 #winter")
    assert found(client, query) == []


def test_a_description_of_a_photo_is_found(
    client: Client, owner: User, make_post: MakePost
) -> None:
    post = make_post(owner, caption="nothing")
    Photo.objects.filter(post=post).update(alt_text="A lighthouse")
    indexing.index_post(post.pk)
    assert found(client, "lighthouse") == [post.code]
    assert found(client, "lighthouse has:alt") == [post.code]


def test_operators(client: Client, owner: User, stranger: User) -> None:
    mine, theirs = post_of(owner, "fog"), post_of(stranger, "fog")
    topic = Topic.objects.create(name="sea")
    PostTopic.objects.create(post=theirs, topic=topic, published_at=theirs.published_at)
    assert found(client, "fog from:owner") == [mine.code]
    assert found(client, "from:@OWNER") == [mine.code]
    assert found(client, "topic:#Sea") == [theirs.code]
    assert found(client, "fog has:alt") == []


def test_by_likes_or_newest_and_paged_without_gap(client: Client, owner: User) -> None:
    posts = [post_of(owner, "fog", like_count=number % 7) for number in range(40)]
    newest = [post.code for post in reversed(posts)]
    seen: list[str] = []
    address = "/search/?q=fog"
    while address:
        page = client.get(address).content.decode()
        seen += re.findall(r'class="card-link" href="/p/([^/]+)/"', page)
        more = re.search(r'class="more" href="([^"]+)"', page)
        address = more.group(1).replace("&amp;", "&") if more else ""
    assert seen == newest
    liked = {post.code: post.like_count for post in posts}
    counts = [liked[code] for code in found(client, "fog", sort="likes")]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] == 6


@pytest.mark.parametrize(
    "hidden",
    [
        {"audience": "followers"},
        {"audience": "unlisted"},
        {"audience": "self"},
        {"hidden_at": timezone.now()},
        {"state": "draft"},
    ],
)
def test_only_what_all_may_see_is_found(
    as_person: SignIn, owner: User, friend: User, hidden: dict[str, object]
) -> None:
    post_of(owner, "fog", **hidden)
    for viewer in (None, friend, owner):
        assert found(as_person(viewer), "fog") == []


def test_whom_one_blocks_or_mutes_is_not_found(
    as_person: SignIn, owner: User, friend: User, stranger: User
) -> None:
    post = post_of(owner, "fog")
    indexing.index_person(owner.pk)
    relations.block(blocker=friend, blocked=owner)
    relations.mute(muter=stranger, muted=owner)
    assert found(as_person(None), "fog") == [post.code]
    for viewer in (friend, stranger):
        assert found(as_person(viewer), "fog") == []
    assert b"@owner" not in as_person(friend).get("/search/?q=owner&in=people").content
    assert b"@owner" in as_person(stranger).get("/search/?q=owner&in=people").content


def test_a_post_that_changes_is_found_by_its_new_words_only(client: Client, owner: User) -> None:
    post = post_of(owner, "fog")
    Post.objects.filter(pk=post.pk).update(caption="sun")
    indexing.index_post(post.pk)
    assert found(client, "fog") == []
    assert found(client, "sun") == [post.code]
    Post.objects.filter(pk=post.pk).update(state="deleted")
    indexing.index_post(post.pk)
    assert fulltext.matching(fulltext.POSTS, [fulltext.asked("sun")]) is not None
    assert found(client, "sun") == []


def test_people_by_both_names(client: Client, owner: User) -> None:
    User.objects.filter(pk=owner.pk).update(display_name="Ada Lovelace")
    indexing.index_person(owner.pk)
    for query in ("own", "ada", "lovel", "Ada own"):
        assert b"@owner" in client.get("/search/", {"q": query, "in": "people"}).content
    assert b"@owner" not in client.get("/search/?q=nobody&in=people").content


def test_topics_that_have_something_to_show(client: Client, owner: User) -> None:
    for name, audience in (("seaside", "public"), ("seasecret", "self")):
        post = post_of(owner, audience=audience)
        topic = Topic.objects.create(name=name)
        PostTopic.objects.create(post=post, topic=topic, published_at=post.published_at)
    page = client.get("/search/?q=%23Sea&in=topics").content
    assert b"#seaside" in page
    assert b"seasecret" not in page


@pytest.mark.parametrize("where", ["posts", "people"])
def test_a_page_asks_as_often_for_many_as_for_few(
    as_person: SignIn,
    owner: User,
    stranger: User,
    where: str,
    django_assert_max_num_queries: Any,
) -> None:
    for number in range(30):
        person = User.objects.create(username=f"fog{number}")
        indexing.index_person(person.pk)
        post_of(person, "fog")
    browser = as_person(stranger)
    with django_assert_max_num_queries(8):
        browser.get(f"/search/?q=fog&in={where}")


@pytest.mark.parametrize("query", ["\0", "x" * 5_000, "from:", "topic:", "has:x", "%00", "a" * 300])
def test_odd_questions_get_a_page(client: Client, query: str) -> None:
    assert client.get("/search/", {"q": query}).status_code in (200, 404)


@pytest.mark.django_db(transaction=True)
def test_what_is_being_changed_is_indexed_as_it_will_be(client: Client, owner: User) -> None:
    post, changed = post_of(owner, "before"), threading.Event()

    def change() -> None:
        with own_connection(), transaction.atomic():
            Post.objects.filter(pk=post.pk).update(caption="afterwards")
            changed.set()
            time.sleep(0.5)

    other = threading.Thread(target=change)
    other.start()
    assert changed.wait(10)
    indexing.index_post(post.pk)
    other.join()
    assert found(client, "afterwards") == [post.code]
    # No model owns the index: nothing else empties it after a test with real transactions.
    post.delete()
    indexing.index_post(post.pk)
