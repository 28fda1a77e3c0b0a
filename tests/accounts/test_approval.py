"""Asking to be let in: what the person sees, what a moderator's answer does."""

from collections.abc import Callable
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client

from accounts.models import SignUp, User
from accounts.signup import invites, registration
from notes_site.models import Event
from notes_site.queue import events
from tests.accounts.test_sign_up_modes import SIGN_UP, typed
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db
AsPerson = Callable[[User | None], Client]
REASON = "I photograph harbours."


@pytest.fixture(autouse=True)
def asking_first(settings: Any) -> None:
    """A site where a moderator lets people in."""
    settings.REGISTRATION = "approval"


@pytest.fixture
def waiting(client: Client) -> User:
    """Somebody who asked to join."""
    client.post(SIGN_UP, typed(reason=REASON))
    return User.objects.get(username="newcomer")


def sign_in(browser: Client, name: str = "newcomer", word: str = PASSWORD) -> Any:
    return browser.post("/accounts/login/", {"login": name, "password": word})


def handle(kind: str) -> Event:
    event = Event.objects.get(kind=kind)
    events.handle(event.pk)
    return Event.objects.get(pk=event.pk)


def test_who_asks_waits_and_is_told_what_comes_next(client: Client) -> None:
    answer = client.post(SIGN_UP, typed(reason=REASON))
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/waiting/")
    page = client.get(answer["Location"])
    assert page.status_code == 200
    assert "A moderator decides" in page.content.decode()
    person = User.objects.get()
    assert not person.is_active
    assert (person.sign_up.reason, person.sign_up.decided_at) == (REASON, None)
    assert client.get("/new/").status_code == 302, "not signed in"
    event = Event.objects.get(kind="sign_up.requested")
    assert event.subject_id == person.pk


def test_without_a_reason_it_is_asked_for(client: Client) -> None:
    for reason in ("", "   "):
        answer = client.post(SIGN_UP, typed(reason=reason))
        assert answer.status_code == 422
        assert "Tell us in a sentence or two why" in answer.content.decode()
    answer = client.post(SIGN_UP, typed(reason="a" * 501))
    assert answer.status_code == 422
    assert not User.objects.exists()


def test_an_invitation_lets_in_at_once(client: Client) -> None:
    invite = invites.make(by=None, most_uses=1, days=1)
    link = invites.link(invite)
    page = client.get(link.partition("8000")[2]).content.decode()
    assert 'name="reason"' not in page, "nobody needs to say why"
    answer = client.post(SIGN_UP, typed(invite=invite.code))
    assert answer["Location"] == "/welcome/"
    assert client.get("/new/").status_code == 200
    sign_up = SignUp.objects.get()
    assert (sign_up.invite, sign_up.user.is_active) == (invite, True)
    assert sign_up.decided_at
    assert not Event.objects.filter(kind="sign_up.requested").exists()


def test_with_a_passkey_only_who_is_let_in_at_once(client: Client) -> None:
    without = {"username": "newcomer", "email": "newcomer@example.org"}
    answer = client.post("/accounts/signup/passkey/", without | {"reason": REASON})
    assert answer.status_code == 422
    assert "Please choose a password for now" in answer.content.decode()
    assert not User.objects.exists(), "else nothing would let them in"
    invite = invites.make(by=None, most_uses=1, days=1)
    answer = client.post("/accounts/signup/passkey/", without | {"invite": invite.code})
    assert answer.status_code == 302
    assert User.objects.get().is_active


def test_a_bad_invitation_asks_for_a_reason_instead(client: Client) -> None:
    answer = client.post(SIGN_UP, typed(invite="AAAA-AAAA-AAAA"))
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "Leave it out and tell us why" in page
    assert 'name="reason"' in page
    assert not User.objects.exists()


def test_who_waits_is_nobody_to_others(waiting: User, owner: User, as_person: AsPerson) -> None:
    never_was = "/@nobody-such/"
    for viewer in (None, owner):
        browser = as_person(viewer)
        assert browser.get(waiting.get_absolute_url()).status_code == 404
        assert browser.get(waiting.get_absolute_url()).content.replace(
            b"newcomer", b""
        ) == browser.get(never_was).content.replace(b"nobody-such", b"")
    assert waiting not in User.objects.visible_to(owner)


@pytest.mark.parametrize("name", ["newcomer", "newcomer@example.org"])
def test_who_waits_is_told_so_at_the_door(waiting: User, name: str) -> None:
    answer = sign_in(Client(), name)
    assert answer["Location"] == "/accounts/waiting/"
    nobodys = name.replace("newcomer", "nobody")
    wrong, nobody = sign_in(Client(), name, "wrong"), sign_in(Client(), nobodys, "wrong")
    assert wrong.status_code == nobody.status_code == 200
    assert str(wrong.context["form"].errors) == str(nobody.context["form"].errors)


def test_who_waits_gets_no_link_for_a_new_password(waiting: User) -> None:
    mail.outbox.clear()
    Client().post("/accounts/password/reset/", {"email": waiting.email})
    assert not any("/reset/key/" in str(letter.body) for letter in mail.outbox)


def test_let_in_they_are_told_and_sign_in(waiting: User, moderator: User) -> None:
    assert registration.approve(person=waiting, by=moderator)
    assert not registration.approve(person=waiting, by=moderator)
    assert not registration.decline(person=waiting, by=moderator)
    sign_up = SignUp.objects.get()
    assert sign_up.decided_by == moderator
    mail.outbox.clear()
    handle("sign_up.approved")
    (letter,) = mail.outbox
    assert letter.to == ["newcomer@example.org"]
    assert letter.subject == "[Notes] You’re in"
    assert "http://localhost:8000/accounts/login/" in letter.body
    assert "Your username is newcomer." in letter.body
    browser = Client()
    assert sign_in(browser)["Location"] == "/welcome/"
    assert browser.get("/new/").status_code == 200


def test_turned_away_nothing_is_left(waiting: User, moderator: User) -> None:
    assert registration.decline(person=waiting, by=moderator)
    assert not User.objects.filter(username="newcomer").exists()
    assert not SignUp.objects.exists()
    assert not EmailAddress.objects.filter(email="newcomer@example.org").exists()
    mail.outbox.clear()
    event = handle("sign_up.refused")
    (letter,) = mail.outbox
    assert letter.to == ["newcomer@example.org"]
    assert "declined your request" in str(letter.body)
    assert event.payload == {}, "the address is forgotten once it was used"
    events.handle(event.pk)
    assert len(mail.outbox) == 1
    assert sign_in(Client()).status_code == 200, "as for somebody who never was"
    assert Client().post(SIGN_UP, typed(reason="Again"))["Location"] == "/accounts/waiting/"


def test_an_account_that_is_open_is_nobodys_to_turn_away(owner: User, moderator: User) -> None:
    assert not registration.decline(person=owner, by=moderator)
    assert not registration.approve(person=owner, by=moderator)
    assert User.objects.filter(pk=owner.pk, is_active=True).exists()


def test_without_mail_nothing_is_sent_and_the_page_says_so(
    client: Client, settings: Any, moderator: User
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    client.post(SIGN_UP, typed(reason=REASON))
    assert "come back and try to sign in" in client.get("/accounts/waiting/").content.decode()
    assert registration.approve(person=User.objects.get(username="newcomer"), by=moderator)
    handle("sign_up.approved")
    assert not mail.outbox
