"""The owner's account: made once, by whoever holds the printed link."""

import re
from urllib.parse import urlsplit

import pytest
from django.test import Client

from accounts.models import SetupToken, User
from accounts.signup.setup import SetupDoneError, create_owner, new_setup_link
from notes_site import site
from notes_site.models import SiteSettings
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db


def form(token: str, **changed: str) -> dict[str, str]:
    return {
        "token": token,
        "username": "ann",
        "email": "ann@example.org",
        "password1": PASSWORD,
        "password2": PASSWORD,
    } | changed


@pytest.fixture
def token() -> str:
    """The token of a printed link."""
    query = urlsplit(new_setup_link()).query
    return query.removeprefix("token=")


def test_the_link_leads_to_the_form(client: Client, token: str) -> None:
    answer = client.get(f"/setup/?token={token}")
    assert answer.status_code == 200
    assert f'value="{token}"' in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]


def test_the_owner_is_made_and_signed_in(client: Client, token: str) -> None:
    answer = client.post("/setup/", form(token, username="Ann"))
    assert answer.status_code == 302
    assert "2fa" in answer["Location"]
    owner = User.objects.get()
    assert (owner.username, owner.is_superuser, owner.is_staff) == ("ann", True, True)
    assert owner.check_password(PASSWORD)
    assert client.get("/new/").status_code == 200


def test_the_owner_names_the_site_and_says_who_may_sign_up(client: Client, token: str) -> None:
    page = client.get(f"/setup/?token={token}").content.decode()
    assert 'value="Notes"' in page
    assert '<option value="open" selected>' in page
    client.post("/setup/", form(token, site_name="Harbour", registration="invite"))
    assert site.current() == site.Site("Harbour", site.Registration.INVITE)
    row = SiteSettings.objects.get()
    assert (row.pk, row.name, row.registration) == (1, "Harbour", "invite")


def test_what_the_owner_left_as_it_was_stays_the_environments(client: Client, token: str) -> None:
    client.post("/setup/", form(token, site_name="Notes", registration="open"))
    row = SiteSettings.objects.get()
    assert (row.name, row.registration) == ("", "")


def test_it_works_once(client: Client, token: str) -> None:
    client.post("/setup/", form(token))
    for answer in (
        Client().get(f"/setup/?token={token}"),
        Client().post("/setup/", form(token, username="eve", email="eve@example.org")),
    ):
        assert answer.status_code == 404
    assert User.objects.count() == 1
    assert new_setup_link() == ""


@pytest.mark.parametrize("wrong", ["", "wrong", "0" * 32])
def test_without_the_token_it_never_was(client: Client, token: str, wrong: str) -> None:
    nothing = client.get("/nowhere").content
    for answer in (client.get(f"/setup/?token={wrong}"), client.post("/setup/", form(wrong))):
        assert (answer.status_code, answer.content) == (404, nothing)
    assert not User.objects.exists()


def test_a_newer_link_ends_the_older_one(client: Client, token: str) -> None:
    newer = new_setup_link()
    assert client.get(f"/setup/?token={token}").status_code == 404
    assert client.get(f"/setup/?{urlsplit(newer).query}").status_code == 200


def test_an_owner_made_by_hand_ends_it_too(client: Client, token: str) -> None:
    User.objects.create_superuser("ann")
    assert client.get(f"/setup/?token={token}").status_code == 404
    with pytest.raises(SetupDoneError):
        create_owner(token=token, username="eve", email="eve@example.org", password=PASSWORD)


def test_the_database_holds_no_token(token: str) -> None:
    kept = SetupToken.objects.get().digest
    assert token not in kept
    assert re.fullmatch(r"[0-9a-f]{64}", kept)


def test_two_tabs_make_one_owner(token: str) -> None:
    create_owner(token=token, username="ann", email="ann@example.org", password=PASSWORD)
    with pytest.raises(SetupDoneError):
        create_owner(token=token, username="eve", email="eve@example.org", password=PASSWORD)
    assert User.objects.count() == 1


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"username": "admin"}, "username"),
        ({"email": "nobody"}, "email"),
        ({"password2": "something else here"}, "password2"),
        ({"password1": "12345678", "password2": "12345678"}, "password1"),
        ({"site_name": "a" * 61}, "site_name"),
        ({"registration": "sometimes"}, "registration"),
    ],
)
def test_what_is_wrong_is_said_and_the_token_kept(
    client: Client, token: str, changed: dict[str, str], field: str
) -> None:
    answer = client.post("/setup/", form(token, **changed))
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert client.post("/setup/", form(token)).status_code == 302


def test_a_taken_name_is_said(client: Client, token: str, stranger: User) -> None:
    answer = client.post("/setup/", form(token, username="STRANGER"))
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["username"]
