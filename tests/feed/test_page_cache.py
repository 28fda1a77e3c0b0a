"""Visitors' pages are kept whole, and yet always tell the truth."""

from collections.abc import Callable
from unittest import mock

from django.test import Client

from accounts import suspension
from accounts.models import User
from posts import likes
from posts.authoring import publishing
from tests.making import MakePost

As = Callable[[User | None], Client]
GZIP = {"Accept-Encoding": "gzip"}


def test_the_second_visitor_gets_the_kept_page(
    owner: User, make_post: MakePost, as_person: As
) -> None:
    make_post(owner, title="Harbour")
    first = as_person(None).get("/")
    with mock.patch("feed.views.stream.render", side_effect=AssertionError("rendered again")):
        assert as_person(None).get("/").content == first.content
    assert "nonce=" not in first.text
    assert "csrf" not in first.text


def test_each_encoding_has_its_own(owner: User, make_post: MakePost, as_person: As) -> None:
    make_post(owner, title="Harbour")
    for _ in range(2):
        assert as_person(None).get("/", headers=GZIP)["Content-Encoding"] == "gzip"
        assert "Harbour" in as_person(None).get("/").text


def test_unchanged_is_304_and_changed_is_not(
    owner: User, friend: User, make_post: MakePost, as_person: As
) -> None:
    post = make_post(owner, title="Harbour")
    headers = {**GZIP, "If-None-Match": as_person(None).get("/", headers=GZIP)["ETag"]}
    assert as_person(None).get("/", headers=headers).status_code == 304
    likes.like(user=friend, post=post)
    assert as_person(None).get("/", headers=headers).status_code == 200


def test_hidden_is_gone_at_once_and_back_when_restored(
    owner: User, make_post: MakePost, as_person: As
) -> None:
    post = make_post(owner, title="Harbour")
    for visitor in (as_person(None), as_person(owner)):
        assert "Harbour" in visitor.get("/").text
        publishing.hide_post(post, "spam")
        assert "Harbour" not in visitor.get("/").text
        publishing.restore_post(post)
        assert "Harbour" in visitor.get("/").text


def test_suspended_is_gone_at_once(owner: User, make_post: MakePost, as_person: As) -> None:
    make_post(owner, title="Harbour")
    assert "Harbour" in as_person(None).get("/").text
    suspension.suspend(person=owner, reason="spam")
    assert "Harbour" not in as_person(None).get("/").text


def test_one_address_is_not_another(owner: User, make_post: MakePost, as_person: As) -> None:
    make_post(owner, title="Harbour")
    latest = as_person(None).get("/?tab=latest").text
    assert "next=/%3Ftab%3Dlatest" in latest
    assert "next=/%3Ftab%3Dlatest" not in as_person(None).get("/").text


def test_a_message_is_shown_once_and_to_one(
    owner: User, make_post: MakePost, as_person: As
) -> None:
    make_post(owner, title="Harbour")
    visitor = as_person(None)
    plain = visitor.get("/").content
    leaving = as_person(owner)
    leaving.post("/accounts/logout/")
    farewell = leaving.get("/")
    assert 'class="messages"' in farewell.text
    assert "ETag" not in farewell
    assert leaving.get("/").content == visitor.get("/").content == plain
