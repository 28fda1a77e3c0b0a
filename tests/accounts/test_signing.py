"""Signing up, in and out, and the way back in by mail."""

import re
from collections.abc import Callable

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts.models import User
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db
SignIn = Callable[[User | None], Client]
GOOD = {
    "username": "newcomer",
    "email": "newcomer@example.org",
    "password1": PASSWORD,
    "password2": PASSWORD,
}


def test_the_form_asks_for_four_things_and_no_more(client: Client) -> None:
    page = client.get("/accounts/signup/").content.decode()
    names = set(re.findall(r'<input[^>]* name="([^"]+)"', page))
    assert names == {*GOOD, "csrfmiddlewaretoken", "website"}


def was_here_before(person: User) -> None:
    """So signing in doesn't begin with the welcome."""
    User.objects.filter(pk=person.pk).update(last_login=timezone.now())


def test_who_signs_up_is_signed_in(client: Client) -> None:
    answer = client.post("/accounts/signup/", GOOD)
    assert (answer.status_code, answer["Location"]) == (302, "/welcome/")
    person = User.objects.get()
    assert person.username == "newcomer"
    assert person.check_password(PASSWORD)
    assert not person.is_staff
    assert client.get("/new/").status_code == 200


def test_the_robots_trap_makes_no_account(client: Client) -> None:
    client.post("/accounts/signup/", GOOD | {"website": "https://spam.example"})
    assert not User.objects.exists()


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"username": "ab"}, "3"),
        ({"username": "admin"}, "reserved for the site itself"),
        ({"username": "Admin"}, "reserved for the site itself"),
        ({"username": "two words"}, "letters (a to z)"),
        ({"username": ".dot"}, "letters (a to z)"),
        ({"username": "münchen"}, "letters (a to z)"),
        ({"username": "x" * 31}, "30"),
        ({"email": "nobody"}, "email"),
        ({"password1": "12345678", "password2": "12345678"}, "common"),
        ({"password2": "another one entirely"}, "password"),
        ({"password1": "newcomer", "password2": "newcomer"}, "similar"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_is_kept(
    client: Client, changed: dict[str, str], words: str
) -> None:
    answer = client.post("/accounts/signup/", GOOD | changed)
    assert answer.status_code in (200, 422)
    page = answer.content.decode()
    assert words in page
    assert f'value="{(GOOD | changed)["email"]}"' in page
    assert PASSWORD not in page
    assert not User.objects.exists()


def test_a_taken_name_is_taken_in_any_case(client: Client, owner: User) -> None:
    client.post("/accounts/signup/", GOOD | {"username": "OWNER"})
    assert list(User.objects.values_list("username", flat=True)) == ["owner"]


def test_names_are_kept_in_lower_case(client: Client) -> None:
    client.post("/accounts/signup/", GOOD | {"username": "NewComer"})
    assert User.objects.get().username == "newcomer"


def test_a_closed_site_makes_no_accounts(client: Client, settings: object) -> None:
    settings.REGISTRATION = "closed"  # type: ignore[attr-defined]
    assert client.get("/accounts/signup/").status_code == 200
    client.post("/accounts/signup/", GOOD)
    assert not User.objects.exists()


@pytest.mark.parametrize("name", ["owner", "OWNER", "owner@example.org"])
def test_in_by_name_or_mail_and_out_again(client: Client, owner: User, name: str) -> None:
    was_here_before(owner)
    answer = client.post("/accounts/login/?next=/new/", {"login": name, "password": PASSWORD})
    assert (answer.status_code, answer["Location"]) == (302, "/new/")
    assert client.get("/new/").status_code == 200
    answer = client.post("/accounts/logout/")
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert client.get("/new/").status_code == 302


def test_no_one_gets_in_with_another_word(client: Client, owner: User) -> None:
    known = client.post("/accounts/login/", {"login": "owner", "password": "wrong"})
    unknown = client.post("/accounts/login/", {"login": "nobody", "password": "wrong"})
    assert client.get("/new/").status_code == 302
    sentences = [str(answer.context["form"].errors) for answer in (known, unknown)]
    assert sentences[0] == sentences[1] != "", "else it tells who has an account"


def test_signing_in_leads_to_no_other_site(client: Client, owner: User) -> None:
    was_here_before(owner)
    answer = client.post(
        "/accounts/login/?next=https://evil.example/", {"login": "owner", "password": PASSWORD}
    )
    assert answer["Location"] == "/"


def test_a_forgotten_password_comes_back_by_mail(
    client: Client, owner: User, as_person: SignIn
) -> None:
    elsewhere = as_person(owner)
    answer = client.post("/accounts/password/reset/", {"email": "owner@example.org"})
    assert answer.status_code == 302
    link = re.search(r"http\S+(/accounts/password/reset/key/\S+)", str(mail.outbox[0].body))
    assert link
    form = client.get(link.group(1), follow=True)
    again = "quite another password"
    answer = client.post(form.request["PATH_INFO"], {"password1": again, "password2": again})
    assert answer.status_code == 302
    owner.refresh_from_db()
    assert owner.check_password(again)
    assert elsewhere.get("/new/").status_code == 302, "every session ended"
    used = client.get(link.group(1), follow=True)
    assert 'name="password1"' not in used.content.decode(), "the link works once"


def test_a_reset_tells_nobody_who_has_an_account(client: Client, owner: User) -> None:
    known = client.post("/accounts/password/reset/", {"email": "owner@example.org"})
    unknown = client.post("/accounts/password/reset/", {"email": "nobody@example.org"})
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])


def test_a_new_password_ends_the_other_sessions(owner: User, as_person: SignIn) -> None:
    here, there = as_person(owner), as_person(owner)
    again = "quite another password"
    answer = here.post(
        "/accounts/password/change/",
        {"oldpassword": PASSWORD, "password1": again, "password2": again},
    )
    assert answer.status_code == 302
    assert there.get("/new/").status_code == 302
