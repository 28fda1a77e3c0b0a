"""A suspended person is out by the next request; staff need a second factor."""

from collections.abc import Callable
from typing import Any

from allauth.mfa.models import Authenticator
from django.test import Client
from django.utils import timezone

from accounts.models import User
from tests.conftest import PASSWORD

SignIn = Callable[[User | None], Client]


def suspend(person: User) -> None:
    User.objects.filter(pk=person.pk).update(suspended_at=timezone.now())


def test_all_sessions_end_by_the_next_request(owner: User, as_person: SignIn) -> None:
    browsers = [as_person(owner), as_person(owner)]
    assert all(browser.get("/new/").status_code == 200 for browser in browsers)
    suspend(owner)
    assert all(browser.get("/new/").status_code == 302 for browser in browsers)
    User.objects.update(suspended_at=None)
    assert all(browser.get("/new/").status_code == 302 for browser in browsers), "ended for good"


def test_nothing_is_done_for_the_suspended(owner: User, stranger: User, as_person: SignIn) -> None:
    browser = as_person(owner)
    suspend(owner)
    browser.post(f"/@{stranger.username}/follow")
    assert not owner.following.exists()


def test_a_suspended_person_does_not_get_in(client: Client, owner: User) -> None:
    suspend(owner)
    client.post("/accounts/login/", {"login": "owner", "password": PASSWORD})
    assert client.get("/new/").status_code == 302


def test_staff_moderate_with_a_second_factor_only(
    moderator: User, as_person: SignIn, settings: Any
) -> None:
    settings.STAFF_SECOND_FACTOR = True
    browser = as_person(moderator)
    answer = browser.get("/admin/")
    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/2fa/totp/activate/")
    assert browser.get("/").status_code == 200
    Authenticator.objects.create(user=moderator, type=Authenticator.Type.TOTP, data={"secret": "x"})
    assert browser.get("/admin/").status_code == 200


def test_members_do_not_moderate(owner: User, as_person: SignIn) -> None:
    answer = as_person(owner).get("/admin/", follow=True)
    assert b"admin" not in answer.content or answer.request["PATH_INFO"] != "/admin/"
