"""A person's own settings."""

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import User

SignIn = Callable[[User | None], Client]
ADDRESS = "/settings/profile/"


def test_name_and_bio_are_saved(owner: User, as_person: SignIn) -> None:
    browser = as_person(owner)
    answer = browser.post(ADDRESS, {"display_name": "Ann Onym", "bio": "Paints.\nBadly."})
    assert (answer.status_code, answer["Location"]) == (302, ADDRESS)
    owner.refresh_from_db()
    assert (owner.display_name, owner.name, owner.initial) == ("Ann Onym", "Ann Onym", "A")
    page = browser.get("/@owner/").content.decode()
    assert "Ann Onym" in page
    assert "Paints." in page


@pytest.mark.parametrize(("field", "most"), [("display_name", 50), ("bio", 300)])
def test_what_is_too_long_is_refused_and_kept(
    field: str, most: int, owner: User, as_person: SignIn
) -> None:
    typed = {"display_name": "Ann", "bio": "About me"} | {field: "x" * (most + 1)}
    answer = as_person(owner).post(ADDRESS, typed)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert all(value in page for value in typed.values())
    owner.refresh_from_db()
    assert (owner.display_name, owner.bio) == ("", "")


def test_nothing_else_can_be_set(owner: User, as_person: SignIn) -> None:
    as_person(owner).post(
        ADDRESS,
        {"display_name": "Ann", "username": "boss", "is_staff": "1", "is_superuser": "1"},
    )
    owner.refresh_from_db()
    assert (owner.username, owner.is_staff, owner.is_superuser) == ("owner", False, False)


def test_markup_in_a_name_is_text(owner: User, as_person: SignIn) -> None:
    as_person(owner).post(ADDRESS, {"display_name": "<b>Ann</b>", "bio": "<script>x</script>"})
    page = Client().get("/@owner/").content.decode()
    assert "<b>Ann" not in page
    assert "<script>x" not in page
    assert "&lt;b&gt;Ann" in page


def test_a_person_without_a_name_goes_by_the_username(owner: User) -> None:
    assert (owner.name, owner.get_full_name(), owner.initial, owner.avatar_url) == (
        "owner",
        "owner",
        "O",
        "",
    )
