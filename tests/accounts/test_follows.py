"""Following and unfollowing, each as often as one likes."""

from collections.abc import Callable

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from accounts.models import Follow, User
from accounts.social import follows
from notes_site.models import Event

SignIn = Callable[[User | None], Client]


def test_following_twice_is_following_once(owner: User, stranger: User) -> None:
    assert follows.follow(follower=stranger, followee=owner)
    assert not follows.follow(follower=stranger, followee=owner)
    assert Follow.objects.count() == 1
    event = Event.objects.get(kind="follow.created")
    assert event.subject_id == owner.pk
    assert event.payload == {"follower": str(stranger.pk)}


def test_unfollowing_twice_is_unfollowing_once(owner: User, friend: User) -> None:
    assert follows.unfollow(follower=friend, followee=owner)
    assert not follows.unfollow(follower=friend, followee=owner)
    assert list(Follow.objects.values_list("follower", flat=True)) == [owner.pk]


def test_nobody_follows_oneself(owner: User) -> None:
    assert not follows.follow(follower=owner, followee=owner)
    with pytest.raises(IntegrityError), transaction.atomic():
        Follow.objects.create(follower=owner, followee=owner)


def test_by_form_by_method_and_by_htmx(owner: User, stranger: User, as_person: SignIn) -> None:
    browser = as_person(stranger)
    address = "/@owner/follow"
    for _ in range(2):
        answer = browser.post(address)
        assert (answer.status_code, answer["Location"]) == (303, "/@owner/")
        assert Follow.objects.count() == 1
    for _ in range(2):
        assert browser.post(address, {"_method": "delete"}).status_code == 303
        assert Follow.objects.count() == 0
    button = browser.post("/@OWNER/follow", headers={"HX-Request": "true"})
    assert b'aria-pressed="true"' in button.content
    button = browser.delete(address, headers={"HX-Request": "true"})
    assert b'aria-pressed="false"' in button.content
    assert Follow.objects.count() == 0


def test_back_to_the_page_the_button_stood_on(
    owner: User, stranger: User, as_person: SignIn
) -> None:
    browser = as_person(stranger)
    here = browser.post("/@owner/follow", headers={"Referer": "http://testserver/p/abc/"})
    assert here["Location"] == "http://testserver/p/abc/"
    foreign = browser.post("/@owner/follow", headers={"Referer": "https://evil.example/"})
    assert foreign["Location"] == "/@owner/"


def test_visitors_sign_in_first(owner: User, client: Client) -> None:
    assert client.post("/@owner/follow").status_code == 302
    assert not Follow.objects.exists()


def test_the_suspended_and_the_gone_are_not_there(
    owner: User, stranger: User, as_person: SignIn
) -> None:
    User.objects.filter(pk=owner.pk).update(suspended_at=timezone.now())
    assert as_person(stranger).post("/@owner/follow").status_code == 404
    assert as_person(stranger).post("/@nobody/follow").status_code == 404
