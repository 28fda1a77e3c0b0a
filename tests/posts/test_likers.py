"""Who likes a post and how often it is liked: for whom that is to be seen."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import caches
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Block, User
from notes_site.ids import new_id
from posts import likes
from posts.models import Like, Post
from posts.views.likes import PEOPLE_A_PAGE
from tests.making import MakePost

SignIn = Callable[[User | None], Client]
COUNT = 'class="count">'


@pytest.fixture
def post(owner: User, friend: User, make_post: MakePost) -> Post:
    """A post that somebody likes."""
    caches["fragments"].clear()
    post = make_post(owner)
    likes.like(user=friend, post=post)
    return post


def count_of(html: str, post: Post) -> str | None:
    """The number on the like button of a post; None where no number stands at all."""
    inside = html.partition(f'id="like-{post.code}"')[2].partition("</button>")[0]
    assert inside
    return inside.partition(COUNT)[2].partition("<")[0] if COUNT in inside else None


def counts(browser: Client, post: Post) -> set[str | None]:
    """The numbers on the post's page, on its card, and on the button that an answer brings."""
    caches["fragments"].clear()
    pages = [browser.get(f"/p/{post.code}/"), browser.get("/?tab=latest"), browser.get("/")]
    htmx = {"HX-Request": "true"}
    browser.post(f"/p/{post.code}/like", headers=htmx)
    pages.append(browser.delete(f"/p/{post.code}/like", headers=htmx))
    return {count_of(page.content.decode(), post) for page in pages}


def test_people_stand_there_the_latest_first(post: Post, stranger: User, as_person: SignIn) -> None:
    likes.like(user=stranger, post=post)
    page = as_person(stranger).get(f"/p/{post.code}/likes/").content.decode()
    assert page.index("@stranger") < page.index("@friend")
    assert Client().get(f"/p/{post.code}/likes/").status_code == 302
    there = as_person(stranger).get(f"/p/{post.code}/").content.decode()
    assert f'href="/p/{post.code}/likes/"' in there
    assert f'href="/p/{post.code}/likes/"' not in Client().get(f"/p/{post.code}/").content.decode()


@pytest.mark.parametrize("how", ["suspended", "leaving", "inactive", "blocks", "blocked"])
def test_who_is_not_there_for_the_viewer_is_not_on_the_list(
    how: str, post: Post, friend: User, stranger: User, as_person: SignIn
) -> None:
    if how == "blocks":
        Block.objects.create(blocker=friend, blocked=stranger)
    elif how == "blocked":
        Block.objects.create(blocker=stranger, blocked=friend)
    else:
        now = timezone.now()
        away: dict[str, dict[str, Any]] = {
            "suspended": {"suspended_at": now},
            "leaving": {"leaving_at": now},
            "inactive": {"is_active": False},
        }
        User.objects.filter(pk=friend.pk).update(**away[how])
    page = as_person(stranger).get(f"/p/{post.code}/likes/")
    assert page.status_code == 200
    assert b"@friend" not in page.content
    assert b"No likes to show" in page.content


def test_it_pages_and_asks_no_more_for_many(
    post: Post, owner: User, make_post: MakePost, stranger: User, as_person: SignIn
) -> None:
    large = make_post(owner)
    people = User.objects.bulk_create(
        [User(username=f"person{number}", email=f"{number}@example.org") for number in range(50)]
    )
    Like.objects.bulk_create([Like(user=person, post=large) for person in people])
    browser = as_person(stranger)
    counted = []
    for one in (post, large):
        browser.get(f"/p/{one.code}/likes/")
        with CaptureQueriesContext(connection) as captured:
            page = browser.get(f"/p/{one.code}/likes/")
        counted.append(len(captured))
    assert counted[0] == counted[1] <= 8
    assert page.content.count(b'class="person"') == PEOPLE_A_PAGE
    rest = browser.get(page.context["next_url"], headers={"HX-Request": "true"})
    assert rest.content.count(b'class="person"') == 50 - PEOPLE_A_PAGE
    assert b"<html" not in rest.content


def test_everyone_sees_the_number_unless_somebody_hides_it(
    post: Post, owner: User, stranger: User, as_person: SignIn
) -> None:
    assert counts(as_person(stranger), post) == {"1"}
    assert counts(as_person(owner), post) == {"1"}


def test_an_author_hides_it_from_all_others(
    post: Post, owner: User, stranger: User, moderator: User, as_person: SignIn
) -> None:
    as_person(stranger).get("/")
    Post.objects.filter(pk=post.pk).bump(hides_like_count=True)
    for person in (stranger, moderator):
        browser = as_person(person)
        assert counts(browser, post) == {None}
        refused = browser.get(f"/p/{post.code}/likes/")
        never = browser.get(f"/p/{Post(pk=new_id()).code}/likes/")
        assert (refused.status_code, refused.content) == (404, never.content)
        assert b"/likes/" not in browser.get(f"/p/{post.code}/").content
    for page in (f"/p/{post.code}/", "/"):
        assert COUNT + "1" not in Client().get(page).content.decode()
    browser = as_person(owner)
    assert counts(browser, post) == {"1"}
    assert b"@friend" in browser.get(f"/p/{post.code}/likes/").content


def test_a_viewer_hides_it_from_themselves_but_for_their_own(
    post: Post, owner: User, stranger: User, make_post: MakePost, as_person: SignIn
) -> None:
    own = make_post(stranger)
    likes.like(user=owner, post=own)
    browser = as_person(stranger)
    assert counts(browser, post) == {"1"}
    User.objects.filter(pk=stranger.pk).update(hides_like_counts=True)
    assert counts(browser, post) == {None}
    assert counts(browser, own) == {"1"}
    assert browser.get(f"/p/{post.code}/likes/").status_code == 404
    assert browser.get(f"/p/{own.code}/likes/").status_code == 200
    assert counts(as_person(owner), post) == {"1"}, "others still see it"


def test_kept_cards_do_not_mix_the_two_kinds_of_viewers(
    post: Post, owner: User, stranger: User, moderator: User, as_person: SignIn
) -> None:
    User.objects.filter(pk=stranger.pk).update(hides_like_counts=True)
    order = [(moderator, "1"), (stranger, None), (owner, "1"), (moderator, "1")]
    for person, shown in order:
        assert count_of(as_person(person).get("/").content.decode(), post) == shown


def test_a_post_that_goes_while_it_is_liked_is_not_found(
    owner: User,
    friend: User,
    make_post: MakePost,
    as_person: SignIn,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    post = make_post(owner)

    def like_and_lose(*, user: User, post: Post) -> None:
        Post.objects.filter(pk=post.pk).delete()

    monkeypatch.setattr(likes, "like", like_and_lose)
    answer = as_person(friend).post(f"/p/{post.code}/like", headers={"HX-Request": "true"})
    assert answer.status_code == 404
