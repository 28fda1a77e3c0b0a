"""Passkeys in a real Chromium, whose virtual authenticator stands in for a fingerprint reader."""

import secrets
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import MakePerson, Person
from tests.browser.people import shows_passkey, with_reader
from tests.site import Site
from tests.visitor import PASSWORD, Visitor

pytestmark = pytest.mark.once


def sign_out(someone: Person) -> None:
    someone.go("/accounts/logout/")
    someone.page.get_by_role("button", name="Sign out").click()
    expect(someone.page.get_by_role("link", name="Sign in").first).to_be_visible()


def sign_in_with_passkey(someone: Person, then: str = "") -> None:
    someone.go(f"/accounts/login/?next={then}" if then else "/accounts/login/")
    shows_passkey(someone.page, "Sign in with a passkey")
    someone.page.wait_for_url(lambda url: "/accounts/" not in url)


def add_passkey(someone: Person, name: str) -> None:
    someone.go("/settings/security/")
    someone.page.get_by_role("link", name="Add a passkey").click()
    if "reauthenticate" in someone.page.url:
        someone.page.get_by_label("Password").fill(PASSWORD)
        someone.page.get_by_role("button", name="Continue").click()
    someone.page.get_by_label("What should it be called?").fill(name)
    shows_passkey(someone.page, "Create passkey")
    expect(someone.page.get_by_role("heading", name="Recovery codes")).to_be_visible()


def member_with_reader(named_site: Site, named_person: MakePerson) -> tuple[Person, Any, str]:
    visitor = Visitor(named_site.url)
    visitor.sign_up(f"p{secrets.token_hex(4)}")
    someone = named_person(visitor)
    devtools, reader = with_reader(someone)
    return someone, devtools, reader


def test_a_passkey_from_adding_to_removing(named_site: Site, named_person: MakePerson) -> None:
    someone, _devtools, _reader = member_with_reader(named_site, named_person)
    page = someone.page
    add_passkey(someone, "Blue phone")
    sign_out(someone)

    sign_in_with_passkey(someone, "/settings/security/")
    expect(page.get_by_text("Your account is well protected")).to_be_visible()
    expect(page.get_by_text("With a passkey", exact=True)).to_be_visible()
    expect(page.get_by_text("Blue phone")).to_be_visible()

    page.get_by_role("link", name="Rename Blue phone").click()
    prove_again(someone)
    page.get_by_label("Name").fill("Green phone")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="Remove Green phone").click()
    page.get_by_role("button", name="Remove it").click()
    expect(page.get_by_role("heading", name="Security", exact=True)).to_be_visible()
    expect(page.get_by_text("Only a password protects your account")).to_be_visible()


def prove_again(someone: Person) -> None:
    """The pages that change one's protection ask once more who is there."""
    expect(someone.page.get_by_role("heading", name="Is this you?")).to_be_visible()
    shows_passkey(someone.page, "Use a passkey")


def test_signing_up_with_a_passkey(named_site: Site, named_person: MakePerson) -> None:
    someone = named_person()
    with_reader(someone)
    name = f"new{secrets.token_hex(4)}"
    someone.go("/accounts/signup/")
    someone.page.get_by_role("link", name="Join with a passkey instead").click()
    someone.page.get_by_label("Username").fill(name)
    someone.page.locator("#id_email").fill(f"{name}@example.org")
    someone.page.get_by_role("button", name="Continue").click()
    shows_passkey(someone.page, "Create passkey and sign in")
    someone.page.wait_for_url(f"{named_site.url}/welcome/picture/")
    someone.go("/settings/security/")
    expect(someone.page.get_by_text(f"@{name}")).to_be_visible()
    expect(someone.page.get_by_text("None: you sign in with a passkey.")).to_be_visible()

    sign_out(someone)
    sign_in_with_passkey(someone)
    someone.go("/new/")
    assert someone.page.url.endswith("/new/")

    someone.go("/settings/security/")
    someone.page.get_by_role("link", name="Remove").click()
    prove_again(someone)
    expect(someone.page.get_by_text("This passkey is your only way to sign in")).to_be_visible()


def test_who_can_make_none_chooses_a_password(named_site: Site, named_person: MakePerson) -> None:
    someone = named_person()
    name = f"new{secrets.token_hex(4)}"
    someone.go("/accounts/signup/passkey/")
    someone.page.get_by_label("Username").fill(name)
    someone.page.locator("#id_email").fill(f"{name}@example.org")
    someone.page.get_by_role("button", name="Continue").click()
    someone.page.get_by_role("button", name="Use a password instead").click()
    someone.page.get_by_label("Password", exact=True).fill(PASSWORD)
    someone.page.get_by_label("Password (again)").fill(PASSWORD)
    someone.page.get_by_role("button", name="Save the password").click()
    someone.page.wait_for_url(f"{named_site.url}/welcome/picture/")
    Visitor(named_site.url).sign_in(name)


def test_the_password_alone_is_not_enough_any_more(
    named_site: Site, named_person: MakePerson
) -> None:
    someone, _devtools, _reader = member_with_reader(named_site, named_person)
    add_passkey(someone, "Key")
    sign_out(someone)
    someone.go("/accounts/login/")
    someone.page.get_by_label("Username or email").fill(someone.visitor.username)
    someone.page.get_by_label("Password").fill(PASSWORD)
    someone.page.get_by_role("button", name="Sign in", exact=True).click()
    expect(someone.page.get_by_role("heading", name="One more step")).to_be_visible()
    assert Visitor(named_site.url).get("/new/").status == 302
    shows_passkey(someone.page, "Use your passkey")
    someone.page.wait_for_url(f"{named_site.url}/")


def test_a_device_that_refuses_says_so_and_can_try_again(
    named_site: Site, named_person: MakePerson
) -> None:
    someone, devtools, reader = member_with_reader(named_site, named_person)
    add_passkey(someone, "Key")
    sign_out(someone)
    devtools.send("WebAuthn.setUserVerified", {"authenticatorId": reader, "isUserVerified": False})
    someone.go("/accounts/login/")
    button = someone.page.get_by_role("button", name="Sign in with a passkey")
    button.click()
    expect(someone.page.get_by_text("Nothing was changed")).to_be_visible()
    devtools.send("WebAuthn.setUserVerified", {"authenticatorId": reader, "isUserVerified": True})
    button.click()
    someone.page.wait_for_url(f"{named_site.url}/")
