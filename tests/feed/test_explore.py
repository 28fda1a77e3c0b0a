"""Explore: the same for everybody, no author in heaps, whole, cheap, and one page to robots."""

import re
from collections.abc import Callable
from itertools import pairwise

import pytest
from django.conf import settings
from django.core.cache import caches
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.social import relations
from posts.authoring import publishing
from posts.models import Post
from tests.feed.test_stream import codes, post_of, walk
from tests.making import MakePost

As = Callable[[User | None], Client]


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    for name in ("fragments", "frames", "pages"):
        caches[name].clear()


@pytest.fixture
def crowd(db: None) -> list[Post]:
    """60 posts by twelve people, three of one author in a row."""
    people = [User.objects.create_user(f"person{number}") for number in range(12)]
    return [post_of(people[number // 3 % 12], number) for number in range(60)]


def test_everybody_sees_the_same(
    owner: User, friend: User, moderator: User, crowd: list[Post], as_person: As
) -> None:
    first = codes(as_person(None).get("/explore/").content)
    assert len(first) == 24
    for person in (owner, friend, moderator):
        assert codes(as_person(person).get("/explore/").content) == first
    assert codes(as_person(None).get("/").content) == first


@pytest.mark.parametrize("address", ["/explore/", "/"])
def test_pages_are_whole_and_each_has_the_next_by_score(crowd: list[Post], address: str) -> None:
    seen = walk(Client(), address)
    assert len(seen) == 60
    by_score = [post.code for post in crowd]
    for start in range(0, 60, 24):
        assert set(seen[start : start + 24]) == set(by_score[start : start + 24])


def test_no_author_stands_twice_within_four_places(crowd: list[Post], client: Client) -> None:
    author = {post.code: post.author_id for post in crowd}
    page = [author[code] for code in codes(client.get("/explore/").content)]
    for author_id in set(page):
        places = [at for at, each in enumerate(page) if each == author_id]
        assert all(later - earlier >= 4 for earlier, later in pairwise(places)), page


def test_what_somebody_keeps_away_stays_away(owner: User, crowd: list[Post], as_person: As) -> None:
    away = crowd[0].author
    relations.block(blocker=owner, blocked=away)
    theirs = {post.code for post in crowd if post.author_id == away.pk}
    seen = walk(as_person(owner), "/explore/")
    assert theirs
    assert not theirs & set(seen)
    assert len(seen) == 60 - len(theirs)


def test_its_queries_do_not_grow(owner: User, stranger: User, as_person: As) -> None:
    def asked(browser: Client) -> int:
        browser.get("/explore/")
        with CaptureQueriesContext(connection) as captured:
            assert codes(browser.get("/explore/").content)
        return len(captured)

    post_of(stranger)
    few = asked(as_person(None)), asked(as_person(owner))
    for number in range(1, 60):
        post_of(stranger, number)
    assert (asked(as_person(None)), asked(as_person(owner))) == few == (1, 5)


def test_a_visitors_page_is_kept_and_yet_true(
    owner: User, make_post: MakePost, as_person: As
) -> None:
    post = make_post(owner, title="Harbour")
    first = as_person(None).get("/explore/")
    unchanged = {"If-None-Match": first["ETag"]}
    assert as_person(None).get("/explore/", headers=unchanged).status_code == 304
    assert first["ETag"] != as_person(None).get("/")["ETag"]
    publishing.hide_post(post, "spam")
    for person in (None, owner):
        assert "Harbour" not in as_person(person).get("/explore/").text
    assert "ETag" not in as_person(owner).get("/explore/")


def test_a_members_frame_is_kept_for_them_alone(
    owner: User, friend: User, crowd: list[Post], as_person: As
) -> None:
    for _ in range(2):
        for person in (owner, friend):
            page = as_person(person).get("/explore/").text
            assert f'href="/@{person.username}/"' in page
            assert "<title>Explore ·" in page
            assert len(codes(page.encode())) == 24


def test_more_comes_as_cards_alone(crowd: list[Post], as_person: As, owner: User) -> None:
    for browser in (as_person(None), as_person(owner)):
        more = re.search(r'class="more" href="([^"]+)"', browser.get("/explore/").text)
        assert more
        assert more[1].startswith("/explore/?cursor=")
        piece = browser.get(more[1], headers={"HX-Request": "true"})
        assert "<html" not in piece.text
        assert len(codes(piece.content)) == 24


def canonical(browser: Client, address: str) -> str:
    found = re.search(r'<link rel="canonical" href="([^"]+)"', browser.get(address).text)
    return found[1] if found else ""


def test_it_is_one_page_with_the_visitors_home(crowd: list[Post], client: Client) -> None:
    home = f"{settings.SITE_URL}/"
    for address in ("/", "/explore/", "/?tab=for-you", "/explore/?utm_source=elsewhere"):
        assert canonical(client, address) == home
    assert canonical(Client(), "/?tab=latest") == ""
    more = re.search(r'class="more" href="/explore/(\?cursor=[^"]+)"', client.get("/explore/").text)
    assert more
    for address in ("/", "/explore/"):
        assert canonical(client, address + more[1]) == f"{settings.SITE_URL}/{more[1]}"


def test_an_empty_site_says_so(owner: User, as_person: As) -> None:
    assert "Nothing has been posted here yet" in as_person(None).get("/explore/").text
    assert "Post a photo" in as_person(owner).get("/explore/").text


def test_members_find_the_way(owner: User, crowd: list[Post], as_person: As) -> None:
    for address in ("/", "/search/"):
        assert 'href="/explore/"' in as_person(owner).get(address).text


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_it_is_only_read(method: str, db: None, client: Client) -> None:
    assert client.generic(method, "/explore/").status_code == 405
