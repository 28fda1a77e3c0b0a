"""Who may sign up: what the form asks, what it says, and what the owner chose."""

import re
from typing import Any

import pytest
from allauth.account.forms import AddEmailForm
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import BlockedDomain, SignUp, User
from notes_site import site
from notes_site.env import REGISTRATIONS
from notes_site.models import SiteSettings
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db
SIGN_UP = "/accounts/signup/"


def typed(**changed: str) -> dict[str, str]:
    return {
        "username": "newcomer",
        "email": "newcomer@example.org",
        "password1": PASSWORD,
        "password2": PASSWORD,
    } | changed


def names(page: str) -> set[str]:
    return set(re.findall(r'<(?:input|textarea)[^>]* name="([^"]+)"', page))


def test_the_environment_and_the_rows_know_the_same_modes() -> None:
    assert {mode.value for mode in site.Registration} == set(REGISTRATIONS)


@pytest.mark.parametrize(
    ("mode", "more"),
    [("open", set()), ("approval", {"reason", "invite"}), ("invite", {"invite"})],
)
def test_each_mode_asks_what_it_needs(
    client: Client, settings: Any, mode: str, more: set[str]
) -> None:
    settings.REGISTRATION = mode
    page = client.get(SIGN_UP).content.decode()
    assert "Choose a username and a password" not in page
    assert names(page) == {*typed(), "csrfmiddlewaretoken", "website"} | more


def test_closed_is_said_kindly_and_makes_nobody(client: Client, settings: Any) -> None:
    settings.REGISTRATION = "closed"
    for answer in (client.get(SIGN_UP), client.post(SIGN_UP, typed())):
        assert answer.status_code == 200
        page = answer.content.decode()
        assert "accepting new members at the moment" in page
        assert 'name="password1"' not in page
    assert not User.objects.exists()
    assert b'href="/accounts/signup/"' not in client.get("/").content


def test_what_the_owner_chose_is_stronger_than_the_environment(
    client: Client, settings: Any
) -> None:
    settings.REGISTRATION = "closed"
    site.change(name="", registration="open")
    client.post(SIGN_UP, typed())
    assert User.objects.get().is_active
    site.change(name="", registration="closed")
    Client().post(SIGN_UP, typed(username="another", email="another@example.org"))
    assert User.objects.count() == 1


def test_the_chosen_name_stands_on_every_page(client: Client, settings: Any) -> None:
    settings.SITE_NAME = "Plain"
    assert "<b>Plain</b>" in client.get("/").content.decode()
    site.change(name="Harbour & Co", registration="")
    for page in ("/", SIGN_UP, "/accounts/login/", "/accounts/password/reset/"):
        body = client.get(page).content.decode()
        assert "Harbour &amp; Co" in body, page
        assert "Plain" not in body, page


def test_a_new_name_and_a_new_mode_make_kept_pages_stale(client: Client) -> None:
    tags = [client.get("/")["ETag"]]
    for name, mode in (("Harbour", ""), ("Harbour", "closed")):
        site.change(name=name, registration=mode)
        answer = client.get("/", headers={"If-None-Match": tags[-1]})
        assert answer.status_code == 200
        tags.append(answer["ETag"])
        again = client.get("/", headers={"If-None-Match": tags[-1]})
        assert again.status_code == 304
    assert len(set(tags)) == 3


def test_the_row_is_read_once_in_a_while_and_not_with_every_page(client: Client) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get("/")
        return sum("notes_site_sitesettings" in each["sql"] for each in captured)

    site.forget()
    assert [queries(), queries(), queries()] == [1, 0, 0]


def test_another_process_learns_of_a_change(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(site, "KEPT_SECONDS", 0.0)
    site.forget()
    assert site.current().name == "Notes"
    # As another process writes it: nothing tells this one.
    SiteSettings.objects.update_or_create(pk=1, defaults={"name": "Harbour"})
    assert site.current().name == "Harbour"


@pytest.mark.parametrize(
    ("address", "refused"),
    [
        ("someone@spam.example", True),
        ("someone@SPAM.Example", True),
        ("someone@mx.deep.spam.example", True),
        ("someone@notspam.example", False),
        ("someone@spam.example.org", False),
        ("someone@bücher.example", True),
        ("someone@shop.xn--bcher-kva.example", True),
        ("someone@example", False),
    ],
)
def test_a_blocked_domain_is_refused_with_all_below_it(
    client: Client, address: str, refused: bool
) -> None:
    for domain in ("spam.example", "xn--bcher-kva.example"):
        BlockedDomain.objects.create(domain=domain)
    answer = client.post(SIGN_UP, typed(email=address))
    said = "are not accepted here. Please use another one." in answer.content.decode()
    assert said == refused
    if refused:
        assert answer.status_code == 422
        assert not User.objects.exists()


def test_an_address_of_a_blocked_domain_cannot_be_added_later(owner: User) -> None:
    BlockedDomain.objects.create(domain="spam.example")
    refused, taken = (
        AddEmailForm(user=owner, data={"email": f"me@{domain}"})
        for domain in ("spam.example", "notspam.example")
    )
    assert "are not accepted here" in str(refused.errors)
    assert taken.is_valid()


@pytest.mark.parametrize("mode", ["open", "approval", "invite"])
def test_nothing_typed_is_lost_but_the_passwords(client: Client, settings: Any, mode: str) -> None:
    settings.REGISTRATION = mode
    fields = typed(
        username="ab", reason="I like\nharbours", invite="K7QX-M3PD-2NVT", password2="differs"
    )
    answer = client.post(SIGN_UP, fields)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert 'value="ab"' in page
    assert 'value="newcomer@example.org"' in page
    assert 'value="K7QX-M3PD-2NVT"' in page
    assert ("I like\nharbours" in page) == (mode == "approval")
    assert PASSWORD not in page
    assert "differs" not in page


def test_where_everyone_may_join_no_sign_up_is_kept(client: Client) -> None:
    client.post(SIGN_UP, typed())
    assert User.objects.get().is_active
    assert not SignUp.objects.exists()


def test_without_mail_no_letter_is_promised(client: Client, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    page = client.post(SIGN_UP, typed(), follow=True).content.decode()
    assert "newcomer@example.org" not in page
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    other = typed(username="another", email="another@example.org")
    page = Client().post(SIGN_UP, other, follow=True).content.decode()
    assert "Your account was created, and an email is on its way to another@example.org." in page
