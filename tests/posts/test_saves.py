"""Saving: for oneself alone, whoever clicks how often, and shown only while it may be seen."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import caches
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from notes_site.models import Event
from posts.collecting import collections, saves
from posts.models import CollectionItem, Post, Save
from posts.views.saves import CARDS_A_PAGE
from tests.making import MakePost

SignIn = Callable[[User | None], Client]


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    """Cards live in the process, beyond a test."""
    caches["fragments"].clear()


def copies(post: Post, count: int) -> list[Post]:
    """Posts with the same picture, without the work of rendering it."""
    made = [
        Post(
            author=post.author,
            title=f"number {number}",
            state=post.state,
            published_at=post.published_at,
            cover=post.cover,
        )
        for number in range(count)
    ]
    return Post.objects.bulk_create(made)


def test_it_counts_nowhere_and_tells_nobody(owner: User, friend: User, make_post: MakePost) -> None:
    post = make_post(owner)
    Event.objects.all().delete()
    version = Post.objects.get().version
    assert saves.save(user=friend, post=post)
    assert not saves.save(user=friend, post=post)
    assert saves.unsave(user=friend, post=post)
    assert not saves.unsave(user=friend, post=post)
    assert not Event.objects.exists()
    assert Post.objects.get().version == version


def test_who_lets_a_post_go_has_it_in_no_collection_but_others_have(
    owner: User, friend: User, stranger: User, make_post: MakePost
) -> None:
    post = make_post(owner)
    mine = collections.create(owner=friend, name="Mine")
    theirs = collections.create(owner=stranger, name="Theirs")
    collections.add(collection=mine, post=post)
    collections.add(collection=theirs, post=post)
    collections.choose_cover(collection=mine, post=post)
    assert Save.objects.count() == 2, "what is in a collection is saved"
    saves.unsave(user=friend, post=post)
    assert CollectionItem.objects.get().collection == theirs
    mine.refresh_from_db()
    assert mine.cover is None


def test_the_button_says_how_it_stands(
    owner: User, friend: User, stranger: User, make_post: MakePost, as_person: SignIn
) -> None:
    post = make_post(owner)
    browser, address = as_person(friend), f"/p/{post.code}/save"
    for _ in range(2):
        answer = browser.post(address)
        assert (answer.status_code, answer["Location"]) == (303, f"/p/{post.code}/")
        assert Save.objects.get().user == friend
    pressed = f'id="save-{post.code}" form="acts" formaction="{address}"'
    for page in (f"/p/{post.code}/", "/"):
        shown = browser.get(page).content.decode()
        assert 'aria-pressed="true"' in shown.partition(pressed)[2].partition(">")[0], page
        other = as_person(stranger).get(page).content.decode()
        assert 'aria-pressed="false"' in other.partition(pressed)[2].partition(">")[0], page
        assert pressed not in Client().get(page).content.decode()
    button = browser.delete(address, headers={"HX-Request": "true"}).content.decode()
    assert 'aria-pressed="false"' in button
    button = browser.post(address, headers={"HX-Request": "true"}).content.decode()
    assert 'value="delete" aria-pressed="true"' in button
    assert browser.post(address, {"_method": "delete"}).status_code == 303
    assert not Save.objects.exists()
    assert browser.get(address).status_code == 405


def test_all_saved_is_the_latest_first_and_for_oneself(
    owner: User, friend: User, stranger: User, make_post: MakePost, as_person: SignIn
) -> None:
    first, second = make_post(owner, title="Earlier"), make_post(owner, title="Later")
    saves.save(user=friend, post=second)
    saves.save(user=friend, post=first)
    page = as_person(friend).get("/collections/saved/").content.decode()
    assert page.index("Earlier") < page.index("Later"), "by when it was saved"
    assert "Nothing saved yet" in as_person(stranger).get("/collections/saved/").content.decode()
    assert Client().get("/collections/saved/").status_code == 302


@pytest.mark.parametrize("how", ["hidden", "self", "deleted", "suspended", "leaving", "private"])
def test_what_went_out_of_sight_shows_as_nothing_and_comes_back(
    how: str, owner: User, stranger: User, make_post: MakePost, as_person: SignIn
) -> None:
    post = make_post(owner, title="Secret")
    saves.save(user=stranger, post=post)
    now = timezone.now()
    people, posts = User.objects.filter(pk=owner.pk), Post.objects.filter(pk=post.pk)
    away: dict[str, tuple[Any, dict[str, Any], dict[str, Any]]] = {
        "hidden": (posts, {"hidden_at": now}, {"hidden_at": None}),
        "self": (posts, {"audience": "self"}, {"audience": "public"}),
        "deleted": (posts, {"state": "deleted"}, {"state": "published"}),
        "suspended": (people, {"suspended_at": now}, {"suspended_at": None}),
        "leaving": (people, {"leaving_at": now}, {"leaving_at": None}),
        "private": (people, {"is_private": True}, {"is_private": False}),
    }
    rows, gone, back = away[how]
    browser = as_person(stranger)
    assert "Secret" in browser.get("/collections/saved/").content.decode()
    rows.update(**gone)
    page = browser.get("/collections/saved/").content.decode()
    assert "Secret" not in page
    assert post.code not in page
    assert "1 post is no longer visible to you" in page
    shelf = browser.get("/collections/").content.decode()
    assert "/renditions/" not in shelf
    rows.update(**back)
    page = browser.get("/collections/saved/").content.decode()
    assert "Secret" in page
    assert "no longer visible" not in page


def test_it_pages_and_asks_no_more_for_many(
    owner: User, friend: User, make_post: MakePost, as_person: SignIn
) -> None:
    post = make_post(owner)
    browser = as_person(friend)
    now = timezone.now()
    counts = []
    for number in (3, 27):
        for index, one in enumerate(copies(post, number)):
            saves.save(user=friend, post=one)
            at = now - timedelta(seconds=index)
            Save.objects.filter(post=one).update(created_at=at)
        browser.get("/collections/saved/")
        caches["fragments"].clear()
        with CaptureQueriesContext(connection) as captured:
            page = browser.get("/collections/saved/")
        counts.append(len(captured))
    assert counts[0] == counts[1] <= 12
    assert page.content.decode().count('class="card"') == CARDS_A_PAGE
    rest = browser.get(page.context["next_url"], headers={"HX-Request": "true"}).content.decode()
    assert rest.count('class="card"') == 30 - CARDS_A_PAGE
    assert "<html" not in rest


def test_saving_has_a_limit(
    rate_limits: Any, owner: User, friend: User, make_post: MakePost, as_person: SignIn
) -> None:
    post = make_post(owner)
    browser = as_person(friend)
    rate_limits["save"] = "2/5m/user"
    statuses = [browser.post(f"/p/{post.code}/save").status_code for _ in range(3)]
    assert statuses == [303, 303, 429]
