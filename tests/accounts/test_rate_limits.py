"""How often a person may do a thing: the figures a site really has."""

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import User
from tests.conftest import PASSWORD
from tests.making import MakePost

SignIn = Callable[[User | None], Client]
Limits = dict[str, str]


def assert_wait(answer: object) -> None:
    assert answer.status_code == 429  # type: ignore[attr-defined]
    assert 1 <= int(answer["Retry-After"]) <= 3600  # type: ignore[index]


def sign_in(browser: Client, word: str, address: str = "203.0.113.5") -> object:
    fields = {"login": "owner", "password": word}
    return browser.post("/accounts/login/", fields, REMOTE_ADDR=address)


def test_after_25_sign_ins_an_address_waits(rate_limits: Limits, owner: User) -> None:
    for _ in range(25):
        assert sign_in(Client(), PASSWORD).status_code == 302  # type: ignore[attr-defined]
    assert_wait(sign_in(Client(), PASSWORD))
    elsewhere = sign_in(Client(), PASSWORD, "203.0.113.6")
    assert elsewhere.status_code == 302, "the owner gets in elsewhere"  # type: ignore[attr-defined]


def test_one_ipv6_network_is_one_address(rate_limits: Limits, owner: User) -> None:
    for number in range(25):
        sign_in(Client(), PASSWORD, f"2001:db8:1:1::{number:x}")
    assert_wait(sign_in(Client(), PASSWORD, "2001:db8:1:1:ffff::1"))
    other = sign_in(Client(), PASSWORD, "2001:db8:1:2::1")
    assert other.status_code == 302  # type: ignore[attr-defined]


def test_guessing_from_many_addresses_stops(rate_limits: Limits, owner: User) -> None:
    for number in range(100):
        sign_in(Client(), "wrong", f"203.0.113.{number}")
    answer = sign_in(Client(), PASSWORD, "198.51.100.1")
    assert answer.status_code != 302  # type: ignore[attr-defined]


def test_sign_ups_are_few(rate_limits: Limits, db: None) -> None:
    def join(number: int) -> object:
        fields = {"username": f"person{number}", "email": f"p{number}@example.org"}
        return Client().post(
            "/accounts/signup/", fields | {"password1": PASSWORD, "password2": PASSWORD}
        )

    answers = [join(number) for number in range(5)]
    assert [answer.status_code for answer in answers] == [302] * 5  # type: ignore[attr-defined]
    assert_wait(join(6))
    assert User.objects.count() == 5


def test_comments_are_counted_by_person(
    rate_limits: Limits, owner: User, friend: User, make_post: MakePost, as_person: SignIn
) -> None:
    post = make_post(owner)
    browser = as_person(friend)
    for number in range(30):
        answer = browser.post(f"/p/{post.code}/comments/", {"text": f"hello {number}"})
        assert answer.status_code == 303
    answer = browser.post(f"/p/{post.code}/comments/", {"text": "hello 31"})
    assert_wait(answer)
    # What was typed is still there, with what to do about it.
    assert b"send it later" in answer.content
    assert b"hello 31</textarea>" in answer.content
    assert post.comments.count() == 30
    other = as_person(owner).post(f"/p/{post.code}/comments/", {"text": "hello"})
    assert other.status_code == 303


def test_uploads_answer_in_json(
    rate_limits: Limits, owner: User, as_person: SignIn, settings: object
) -> None:
    settings.ACCOUNT_RATE_LIMITS = rate_limits | {"upload": "2/1h/user"}  # type: ignore[attr-defined]
    browser = as_person(owner)
    assert [browser.post("/uploads/").status_code for _ in range(2)] == [422, 422]
    answer = browser.post("/uploads/")
    assert_wait(answer)
    assert answer.json()["code"] == "too_many_requests"


@pytest.mark.parametrize("number", range(2))
def test_nothing_is_counted_while_limits_are_off(number: int, owner: User) -> None:
    answers = [sign_in(Client(), PASSWORD) for _ in range(14)]
    assert [answer.status_code for answer in answers] == [302] * 14  # type: ignore[attr-defined]
