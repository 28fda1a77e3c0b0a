"""Cards: kept by version, marked for their viewer, and never a query a card."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.cache import caches
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from posts import likes
from posts.authoring.post_changes import change_post
from posts.cards import render_cards
from posts.commenting import comments
from posts.models import Post, PostTopic
from tests.making import MakePost

SignIn = Callable[[User | None], Client]


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    """Fragments live in the process, beyond a test."""
    forget()


def forget() -> None:
    for name in ("fragments", "pages"):
        caches[name].clear()


def cards(*posts: Post, viewer: Any = None, first_page: bool = False) -> list[str]:
    fresh = [Post.objects.get(pk=post.pk) for post in posts]
    return list(render_cards(fresh, viewer or AnonymousUser(), first_page=first_page))


def test_a_card_tells_what_it_is(owner: User, make_post: MakePost) -> None:
    post = make_post(owner, 3, title="Sea <b>")
    (card,) = cards(post)
    assert f'href="/p/{post.code}/"' in card
    assert "Sea &lt;b&gt;" in card
    assert 'alt="photo 1"' in card
    assert 'width="64" height="48"' in card
    assert "data-thumbhash=" in card
    assert 'href="/@owner/"' in card
    assert '3<span class="visually-hidden"> photos<' in card


def test_it_is_made_once_for_each_version(
    owner: User, make_post: MakePost, django_assert_num_queries: Any
) -> None:
    post = make_post(owner, title="Old")
    (old,) = cards(post)
    post.refresh_from_db()
    with django_assert_num_queries(0):
        assert list(render_cards([post], AnonymousUser(), first_page=False)) == [old]
    change_post(post, title="New")
    (new,) = cards(post)
    assert "New" in new
    assert "Old" not in new


def test_each_viewer_sees_their_own_like(
    owner: User, friend: User, stranger: User, make_post: MakePost
) -> None:
    post = make_post(owner)
    likes.like(user=friend, post=post)
    assert 'aria-pressed="true"' in cards(post, viewer=friend)[0]
    assert 'aria-pressed="false"' in cards(post, viewer=stranger)[0]
    visitor = cards(post)[0]
    assert "aria-pressed" not in visitor
    assert "/accounts/login/" in visitor
    for card in (visitor, cards(post, viewer=friend)[0]):
        assert "csrf" not in card
        assert friend.username not in card, "kept for all who liked it"


def test_only_the_first_screen_is_fetched_at_once(owner: User, make_post: MakePost) -> None:
    posts = [make_post(owner) for _ in range(6)]
    eager = ['loading="lazy"' not in card for card in cards(*posts, first_page=True)]
    assert eager == [True] * 4 + [False] * 2
    assert all('loading="lazy"' in card for card in cards(*posts))


def test_without_a_rendition_there_is_no_card(owner: User, make_post: MakePost) -> None:
    ready, waiting = make_post(owner), make_post(owner, ready=False)
    assert len(cards(waiting, ready)) == 1


def test_a_new_name_is_on_every_card(
    owner: User, make_post: MakePost, as_person: SignIn, commit: Any
) -> None:
    from notes_site.models import Event
    from notes_site.queue import events

    post = make_post(owner)
    cards(post)
    with commit():
        as_person(owner).post("/settings/profile/", {"display_name": "Ann Onym", "bio": ""})
    for event in Event.objects.filter(handled_at=None):
        events.handle(event.pk)
    assert "Ann Onym" in cards(post)[0]


@pytest.mark.parametrize("signed_in", [False, True])
def test_queries_do_not_grow_with_posts(
    signed_in: bool, owner: User, friend: User, make_post: MakePost, as_person: SignIn
) -> None:
    browser = as_person(friend if signed_in else None)
    one = make_post(owner, caption="#sea", title="only one")
    likes.like(user=friend, post=one)
    # By its name: "/" alone is whichever tab was open last.
    pages = ["/?tab=for-you", "/?tab=latest", "/topics/sea/", "/@owner/"]
    if signed_in:
        pages.append("/?tab=following")
    first = {page: queries(browser, page) for page in pages}
    for number in range(24):
        likes.like(user=friend, post=copy_of(one, f"number {number}"))
    many = {page: queries(browser, page) for page in pages}
    assert many == first
    assert max(many.values()) <= 12


def test_a_posts_page_asks_no_more_for_thirty_comments_than_for_one(
    owner: User, friend: User, make_post: MakePost, as_person: SignIn
) -> None:
    post = make_post(owner, 1)
    large = make_post(owner, 5)
    for number in range(30):
        author = User.objects.create_user(f"person{number}")
        for one in [large] if number else [post, large]:
            comments.write(author=author, post=one, text=f"hello @friend {number}")
    for browser in (as_person(None), as_person(friend), as_person(owner)):
        few = queries(browser, f"/p/{post.code}/")
        assert queries(browser, f"/p/{large.code}/") == few <= 12


def copy_of(post: Post, title: str) -> Post:
    """Another post with the same picture and topics, without the work of rendering it."""
    copied = Post.objects.create(
        author=post.author,
        title=title,
        state=post.state,
        published_at=post.published_at,
        photo_count=1,
        cover=post.cover,
    )
    for one in post.posttopic_set.all():
        PostTopic.objects.create(post=copied, topic=one.topic, published_at=one.published_at)
    return copied


def queries(browser: Client, page: str) -> int:
    browser.get(page)
    forget()
    with CaptureQueriesContext(connection) as captured:
        answer = browser.get(page)
    assert answer.status_code == 200
    assert b"photo 1" in answer.content
    return len([query for query in captured if '"cache"' not in query["sql"]])
