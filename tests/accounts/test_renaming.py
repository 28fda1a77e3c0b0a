"""Another username: the old one leads on for a while, and is nobody else's meanwhile."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import FormerUsername, User
from accounts.profile import renaming
from accounts.profile.renaming import current_username
from accounts.social import relations
from notes_site.models import Event
from tests.conftest import PASSWORD

SignIn = Callable[[User | None], Client]


@pytest.fixture
def owner(owner: User) -> User:
    """Under a name that people can choose, and choose again."""
    User.objects.filter(pk=owner.pk).update(username="june")
    owner.refresh_from_db()
    return owner


def rename(browser: Client, name: str) -> object:
    return browser.post("/settings/username/", {"username": name})


def later(days: int) -> None:
    """As if so many days had gone by."""
    for row in FormerUsername.objects.all():
        FormerUsername.objects.filter(pk=row.pk).update(until=row.until - timedelta(days=days))


def test_the_old_address_leads_to_the_new_one(owner: User, as_person: SignIn) -> None:
    browser = as_person(owner)
    answer = rename(browser, "Fresh.Name")
    assert answer.status_code == 302  # type: ignore[attr-defined]
    owner.refresh_from_db()
    assert owner.username == "fresh.name"
    for viewer in (browser, Client()):
        answer = viewer.get("/@june/")
        assert (answer.status_code, answer["Location"]) == (302, "/@fresh.name/")
        assert viewer.get("/@JUNE/", follow=True).status_code == 200
    assert Event.objects.filter(kind="user.changed", subject_id=owner.pk).exists()
    assert browser.get("/@june/nothing/here?x=1")["Location"] == "/@fresh.name/nothing/here?x=1"
    assert browser.head("/@june/").status_code == 302
    assert browser.post("/@june/").status_code in (404, 405)


def test_it_ends_after_thirty_days(owner: User, as_person: SignIn) -> None:
    rename(as_person(owner), "fresh")
    later(29)
    assert Client().get("/@june/").status_code == 302
    later(1)
    assert Client().get("/@june/").status_code == 404
    assert current_username("june") == "june"


def test_signing_in_goes_by_the_new_name(owner: User, as_person: SignIn) -> None:
    rename(as_person(owner), "fresh")

    def status(name: str) -> int:
        fields = {"login": name, "password": PASSWORD}
        return Client().post("/accounts/login/", fields).status_code

    assert [status(name) for name in ("june", "fresh", "owner@example.org")] == [200, 302, 302]


def sign_up(name: str) -> bool:
    fields = {"username": name, "email": f"{name}x@example.org"}
    Client().post("/accounts/signup/", fields | {"password1": PASSWORD, "password2": PASSWORD})
    return User.objects.filter(username=name).exists()


def test_nobody_else_takes_the_old_name_meanwhile(
    owner: User, stranger: User, as_person: SignIn
) -> None:
    rename(as_person(owner), "fresh")
    assert not sign_up("june")
    answer = rename(as_person(stranger), "june")
    assert b"This username is taken" in answer.content  # type: ignore[attr-defined]
    later(30)
    assert rename(as_person(stranger), "june").status_code == 302  # type: ignore[attr-defined]
    assert Client().get("/@june/").status_code == 200
    assert FormerUsername.objects.get(user=stranger).username == "stranger"


def test_its_owner_takes_it_back_at_once(owner: User, as_person: SignIn) -> None:
    browser = as_person(owner)
    rename(browser, "fresh")
    assert b"Take it back" in browser.get("/settings/username/").content
    rename(browser, "june")
    owner.refresh_from_db()
    assert owner.username == "june"
    assert Client().get("/@fresh/")["Location"] == "/@june/"
    assert Client().get("/@june/").status_code == 200


def test_a_third_name_waits_fourteen_days(owner: User, as_person: SignIn) -> None:
    browser = as_person(owner)
    rename(browser, "fresh")
    answer = rename(browser, "third")
    assert answer.status_code == 422  # type: ignore[attr-defined]
    assert b"changed your username recently" in answer.content  # type: ignore[attr-defined]
    rename(browser, "june")
    assert rename(browser, "third").status_code == 422  # type: ignore[attr-defined]
    later(14)
    assert rename(browser, "third").status_code == 302  # type: ignore[attr-defined]
    owner.refresh_from_db()
    assert owner.username == "third"
    # Both names in between still lead here.
    assert {Client().get(f"/@{name}/")["Location"] for name in ("june", "fresh")} == {"/@third/"}


@pytest.mark.parametrize("name", ["ab", "admin", "two words", ".dot", "x" * 31, "stranger", ""])
def test_names_that_are_refused(owner: User, stranger: User, as_person: SignIn, name: str) -> None:
    assert rename(as_person(owner), name).status_code == 422  # type: ignore[attr-defined]
    owner.refresh_from_db()
    assert owner.username == "june"
    assert not FormerUsername.objects.exists()


def test_the_same_name_changes_nothing(owner: User) -> None:
    assert renaming.change_username(person=owner, username="JUNE") is False
    assert not FormerUsername.objects.exists()


@pytest.fixture
def renamed(owner: User, as_person: SignIn) -> Iterator[User]:
    rename(as_person(owner), "fresh")
    owner.refresh_from_db()
    yield owner


@pytest.mark.parametrize("how", ["suspended", "leaving", "inactive", "blocked"])
def test_an_old_name_tells_nothing_of_somebody_hidden(
    renamed: User, stranger: User, as_person: SignIn, how: str
) -> None:
    browser = as_person(stranger)
    now = timezone.now()
    columns: dict[str, dict[str, Any]] = {
        "suspended": {"suspended_at": now},
        "leaving": {"leaving_at": now},
        "inactive": {"is_active": False},
    }
    if how == "blocked":
        relations.block(blocker=renamed, blocked=stranger)
    else:
        User.objects.filter(pk=renamed.pk).update(**columns[how])
    never = browser.get("/@nobody/")
    answer = browser.get("/@june/")
    assert (answer.status_code, answer.content) == (404, never.content)
    assert browser.get("/@june/followers/").status_code == 404


def test_changes_are_few(rate_limits: dict[str, str], owner: User, as_person: SignIn) -> None:
    browser = as_person(owner)
    answers = [rename(browser, "ab") for _ in range(11)]
    assert [answer.status_code for answer in answers] == [422] * 10 + [429]  # type: ignore[attr-defined]
