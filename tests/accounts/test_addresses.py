"""Whose an address is: taking an account over by somebody else's address, and telling nobody."""

import re
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import retention
from accounts.email import addresses, owner_help
from accounts.models import PendingAddress, User
from tests import making
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db
VICTIM = "victim@example.org"
SECOND = "attacker@example.net"
NEW = "a password of the victim's own"
AsPerson = Callable[[User | None], Client]


def sign_up(username: str, email: str = VICTIM, path: str = "/accounts/signup/") -> Client:
    browser = Client()
    fields = {"username": username, "email": email}
    if "passkey" not in path:
        fields |= {"password1": PASSWORD, "password2": PASSWORD}
    assert browser.post(path, fields).status_code == 302
    return browser


def person(username: str) -> User:
    return User.objects.get(username=username)


def link_to(address: str, kind: str) -> str:
    """The path of the newest link of a kind that was mailed to an address."""
    for message in reversed(mail.outbox):
        found = re.search(rf"http://localhost:8000(/accounts/{kind}/\S+)", str(message.body))
        if found and message.to == [address]:
            return found.group(1)
    raise AssertionError(f"no {kind} for {address}")


def use(link: str, password: str) -> int:
    """Choose a password by a link; the status of the last answer."""
    browser = Client()
    page = browser.get(link, follow=True)
    fields = {"password1": password, "password2": password}
    return browser.post(page.request["PATH_INFO"], fields).status_code


def reset(address: str, password: str = NEW) -> int:
    assert Client().post("/accounts/password/reset/", {"email": address}).status_code == 302
    return use(link_to(address, "password/reset/key"), password)


def is_in(browser: Client) -> bool:
    return bool(browser.get("/new/").status_code == 200)


def confirms_a_second_address(attacker: User, browser: Client) -> None:
    browser.post("/accounts/reauthenticate/", {"password": PASSWORD})
    browser.post("/accounts/email/", {"action_add": "", "email": SECOND})
    browser.post(link_to(SECOND, "confirm-email"))
    assert EmailAddress.objects.get(email=SECOND).verified


def types_a_second_address(attacker: User, browser: Client) -> None:
    browser.post("/accounts/reauthenticate/", {"password": PASSWORD})
    browser.post("/accounts/email/", {"action_add": "", "email": SECOND})


def makes_it_the_main_one(attacker: User, browser: Client) -> None:
    confirms_a_second_address(attacker, browser)
    browser.post("/accounts/email/", {"action_primary": "", "email": SECOND})


def adds_a_passkey(attacker: User, _browser: Client) -> None:
    Authenticator.objects.create(
        user=attacker, type=Authenticator.Type.WEBAUTHN, data={"name": "Key", "credential": {}}
    )


def adds_an_authenticator_app(attacker: User, _browser: Client) -> None:
    totp.TOTP.activate(attacker, totp.generate_totp_secret())


def adds_recovery_codes(attacker: User, browser: Client) -> None:
    adds_an_authenticator_app(attacker, browser)
    RecoveryCodes.activate(attacker)


def stays_signed_in(attacker: User, browser: Client) -> None:
    assert is_in(browser)


@pytest.mark.parametrize(
    "plant",
    [
        confirms_a_second_address,
        types_a_second_address,
        makes_it_the_main_one,
        adds_a_passkey,
        adds_an_authenticator_app,
        adds_recovery_codes,
        stays_signed_in,
    ],
)
def test_a_reset_through_the_real_address_leaves_nothing_of_who_typed_it(
    plant: Callable[[User, Client], None],
) -> None:
    browser = sign_up("attacker")
    attacker = person("attacker")
    plant(attacker, browser)
    had_second = EmailAddress.objects.filter(email=SECOND).exists()
    if had_second:
        Client().post("/accounts/password/reset/", {"email": SECOND})
        old_link = link_to(SECOND, "password/reset/key")
        confirmations = [link_to(SECOND, "confirm-email")]
    assert reset(VICTIM) == 302
    rows = EmailAddress.objects.filter(user=attacker).values_list("email", "verified", "primary")
    assert list(rows) == [(VICTIM, True, True)]
    attacker.refresh_from_db()
    assert attacker.email == VICTIM
    assert attacker.check_password(NEW)
    assert not Authenticator.objects.filter(user=attacker).exists()
    assert not is_in(browser)
    victim = Client()
    answer = victim.post("/accounts/login/", {"login": VICTIM, "password": NEW})
    assert (answer.status_code, is_in(victim)) == (302, True)
    if had_second:
        told = [each for each in mail.outbox if each.to == [SECOND]]
        assert "was removed from the account attacker" in str(told[-1].body)
        mail.outbox.clear()
        Client().post("/accounts/password/reset/", {"email": SECOND})
        assert "/reset/key/" not in str(mail.outbox[-1].body)
        for path in confirmations:
            assert Client().post(path).status_code == 404
        assert not EmailAddress.objects.filter(email=SECOND).exists()
        use(old_link, "the attacker's again")
        attacker.refresh_from_db()
        assert attacker.check_password(NEW)


def test_a_sign_up_that_waits_for_its_passkey_ends_with_the_reset() -> None:
    browser = sign_up("attacker", path="/accounts/signup/passkey/")
    assert browser.get("/accounts/2fa/webauthn/signup/").status_code == 200
    assert reset(VICTIM) == 302
    assert browser.get("/accounts/2fa/webauthn/signup/").status_code == 302
    browser.post("/accounts/signup/passkey/instead/")
    assert not is_in(browser)


def test_a_sign_in_that_waits_for_its_code_ends_with_the_password() -> None:
    sign_up("attacker")
    attacker = person("attacker")
    adds_an_authenticator_app(attacker, Client())
    waiting = Client()
    waiting.post("/accounts/login/", {"login": "attacker", "password": PASSWORD})
    assert waiting.get("/accounts/2fa/authenticate/").status_code == 200
    attacker.set_password("another one by now")
    attacker.save(update_fields=["password"])
    assert waiting.get("/accounts/2fa/authenticate/").status_code == 302


def test_a_reset_through_a_confirmed_address_keeps_the_rest(owner: User) -> None:
    EmailAddress.objects.create(user=owner, email=owner.email, primary=True, verified=True)
    EmailAddress.objects.create(user=owner, email=SECOND, verified=True)
    EmailAddress.objects.create(user=owner, email="typed@example.org")
    adds_a_passkey(owner, Client())
    adds_recovery_codes(owner, Client())
    for number, address in enumerate((owner.email, SECOND)):
        assert reset(address, f"password number {number}") == 302
    assert EmailAddress.objects.filter(user=owner).count() == 3
    assert Authenticator.objects.filter(user=owner).count() == 3
    assert EmailAddress.objects.get(user=owner, primary=True).email == owner.email


def test_a_link_handed_over_by_an_owner_proves_no_address(owner: User) -> None:
    EmailAddress.objects.create(user=owner, email=owner.email, primary=True)
    EmailAddress.objects.create(user=owner, email=SECOND, verified=True)
    adds_a_passkey(owner, Client())
    path = owner_help.reset_link(owner).removeprefix("http://localhost:8000")
    assert use(path, NEW) == 302
    owner.refresh_from_db()
    assert owner.check_password(NEW)
    assert not EmailAddress.objects.get(email=owner.email).verified
    assert EmailAddress.objects.filter(user=owner).count() == 2
    assert Authenticator.objects.filter(user=owner).count() == 1


@pytest.mark.parametrize("change", ["address", "no address", "nonsense"])
def test_the_address_in_a_link_can_t_be_changed(owner: User, change: str) -> None:
    EmailAddress.objects.create(user=owner, email=owner.email, primary=True)
    other = EmailAddress.objects.create(user=owner, email=SECOND)
    Client().post("/accounts/password/reset/", {"email": SECOND})
    plain, _dash, _number = link_to(SECOND, "password/reset/key").strip("/").rpartition("-")
    forged = {"address": f"-{other.pk - 1}", "no address": "", "nonsense": "-!!"}[change]
    assert Client().get(f"/{plain}{forged}/", follow=True).context["token_fail"]


# --- Who confirms first -----------------------------------------------------------------------


def test_an_address_that_was_only_typed_is_confirmed_by_another_account() -> None:
    sign_up("attacker")
    sign_up("victim")
    both = EmailAddress.objects.filter(email=VICTIM)
    assert both.count() == 2
    old = EmailConfirmationHMAC(both.get(user__username="attacker")).key
    Client().post(link_to(VICTIM, "confirm-email"))
    assert [(row.user.username, row.verified) for row in both] == [("victim", True)]
    assert person("attacker").email == ""
    assert Client().post(f"/accounts/confirm-email/{old}/").status_code == 404
    assert [(row.user.username, row.verified) for row in both] == [("victim", True)]
    mail.outbox.clear()
    Client().post("/accounts/password/reset/", {"email": VICTIM})
    (message,) = mail.outbox
    assert "Your username is victim." in str(message.body)


def test_a_link_for_an_address_that_another_account_confirmed_works_no_more() -> None:
    sign_up("attacker")
    Client().post("/accounts/password/reset/", {"email": VICTIM})
    link = link_to(VICTIM, "password/reset/key")
    sign_up("victim")
    addresses.confirm(EmailAddress.objects.get(user__username="victim"))
    use(link, NEW)
    assert not person("attacker").check_password(NEW)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_confirm_at_once_one_gets_it() -> None:
    people = [User.objects.create_user(f"person{number}", email=VICTIM) for number in range(4)]
    rows = [EmailAddress.objects.create(user=each, email=VICTIM, primary=True) for each in people]
    gate, outcomes = threading.Barrier(4), []

    def confirm(address: EmailAddress) -> None:
        with making.own_connection():
            gate.wait()
            try:
                outcomes.append(addresses.confirm(address))
            except addresses.AddressTakenError:
                outcomes.append(False)

    threads = [threading.Thread(target=confirm, args=(row,)) for row in rows]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == [False, False, False, True]
    left = EmailAddress.objects.get(email=VICTIM)
    assert (left.verified, left.primary) == (True, True)
    assert list(User.objects.filter(email=VICTIM)) == [left.user]


def lapse_after(days: float) -> None:
    retention.forget()
    PendingAddress.objects.update(since=timezone.now() - timedelta(days=days))
    retention.forget()


@pytest.mark.parametrize(("days", "kept"), [(6.9, True), (7.1, False)])
@pytest.mark.parametrize("pending_is_main", [True, False])
def test_an_unconfirmed_address_lapses_beside_a_confirmed_one(
    owner: User, days: float, kept: bool, pending_is_main: bool
) -> None:
    User.objects.filter(pk=owner.pk).update(email=VICTIM if pending_is_main else SECOND)
    EmailAddress.objects.create(user=owner, email=VICTIM, primary=pending_is_main)
    EmailAddress.objects.create(
        user=owner, email=SECOND, verified=True, primary=not pending_is_main
    )
    lapse_after(days)
    assert EmailAddress.objects.filter(email=VICTIM).exists() == kept
    if not kept:
        owner.refresh_from_db()
        assert owner.email == EmailAddress.objects.get(user=owner, primary=True).email == SECOND


def test_the_only_address_of_an_account_does_not_lapse(owner: User) -> None:
    EmailAddress.objects.create(user=owner, email=owner.email, primary=True)
    lapse_after(400)
    assert EmailAddress.objects.filter(user=owner).exists()


# --- Nobody is told that an address is taken --------------------------------------------------


def comparable(page: bytes, *names: str) -> str:
    text = re.sub(r'(name="csrfmiddlewaretoken" value="|nonce=)[^"]*', r"\1", page.decode())
    for name in names:
        text = text.replace(name, "NAME")
    return text


def take(owner: User) -> str:
    EmailAddress.objects.create(user=owner, email=owner.email, primary=True, verified=True)
    return owner.email


@pytest.mark.parametrize("path", ["/accounts/signup/", "/accounts/signup/passkey/"])
def test_signing_up_with_a_taken_address_goes_on_like_any_other(owner: User, path: str) -> None:
    taken = take(owner)
    seen = []
    tries = [("newbie0", "first@example.org"), ("newbie1", "free@example.org"), ("newbie2", taken)]
    for username, email in tries:
        browser = Client()
        fields = {"username": username, "email": email}
        if "passkey" not in path:
            fields |= {"password1": PASSWORD, "password2": PASSWORD}
        with CaptureQueriesContext(connection) as queries:
            answer = browser.post(path, fields)
        steps = [re.findall(r'^[A-Z]+|(?:FROM|INTO|UPDATE) "\w+"', each["sql"]) for each in queries]
        page = browser.get("/accounts/email/").content
        seen.append(
            (
                answer.status_code,
                answer["Location"],
                comparable(page, email, username),
                steps,
            )
        )
        row = EmailAddress.objects.get(user__username=username)
        assert (row.email, row.verified, row.primary) == (email, False, True)
        assert is_in(browser) == ("passkey" not in path)
    # The first one finds caches empty.
    assert seen[1] == seen[2]


def test_the_taken_address_is_told_by_mail_and_stays_its_owner_s(owner: User) -> None:
    taken = take(owner)
    browser = sign_up("newbie", taken)
    (message,) = mail.outbox
    assert message.to == [taken]
    assert "You already have an account with it" in str(message.body)
    assert "confirm-email" not in str(message.body)
    browser.post("/accounts/email/", {"action_send": "", "email": taken})
    assert not any("confirm-email" in str(each.body) for each in mail.outbox)
    mail.outbox.clear()
    Client().post("/accounts/password/reset/", {"email": taken})
    (message,) = mail.outbox
    assert "Your username is owner." in str(message.body)
    assert Client().post("/accounts/login/", {"login": taken, "password": PASSWORD})["Location"]


def test_adding_a_taken_address_answers_like_any_other(
    owner: User, stranger: User, as_person: AsPerson
) -> None:
    taken = take(owner)
    # Both times they were here before, and are told so in the same words.
    User.objects.filter(pk=stranger.pk).update(last_login=timezone.now())
    pages = []
    for email in ("free1@example.org", taken):
        EmailAddress.objects.filter(user=stranger).delete()
        browser = Client()
        browser.post("/accounts/login/", {"login": "stranger", "password": PASSWORD})
        browser.post("/accounts/reauthenticate/", {"password": PASSWORD})
        answer = browser.post("/accounts/email/", {"action_add": "", "email": email}, follow=True)
        pages.append((answer.redirect_chain, comparable(answer.content, email)))
    assert pages[0][1].splitlines() == pages[1][1].splitlines()
    assert pages[0] == pages[1]
    assert "You already have an account with it" in str(mail.outbox[-1].body)


# --- Links in mail ----------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["127.0.0.1:9999", "localhost", "[::1]:81"])
def test_links_in_mail_are_the_site_s_whatever_host_was_asked(
    owner: User, settings: Any, host: str
) -> None:
    settings.SITE_URL = "https://photos.example.org"
    take(owner)
    browser = Client(headers={"host": host})
    browser.post("/accounts/password/reset/", {"email": owner.email})
    browser.post("/accounts/password/reset/", {"email": "nobody@example.org"})
    for username, email in (("newbie1", "free@example.org"), ("newbie2", owner.email)):
        fields = {"username": username, "email": email}
        Client(headers={"host": host}).post(
            "/accounts/signup/", {**fields, "password1": PASSWORD, "password2": PASSWORD}
        )
    browser.post("/accounts/login/", {"login": "owner", "password": PASSWORD})
    fields = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    browser.post("/accounts/password/change/", fields)
    assert len(mail.outbox) == 5
    for message in mail.outbox:
        whole = message.message().as_string()
        if host != "localhost":
            assert host not in whole
        links = re.findall(r"https?://[^/\s]+", str(message.body))
        assert set(links) <= {"https://photos.example.org"}
