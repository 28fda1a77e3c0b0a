"""Who mail is from: EMAIL_FROM, under whatever name the owner chose."""

from collections.abc import Iterator
from email import message_from_bytes, policy
from typing import Any

import pytest
from django.core import mail as django_mail
from django.core.exceptions import ImproperlyConfigured
from django.test import Client

from accounts.models import User
from notes_site import doctor, site
from notes_site.doctor import mail
from notes_site.env import default_email_from, read_environment
from notes_site.mail import outgoing
from tests.conftest import PASSWORD
from tests.mail_server import ACCEPTS, AWAY, HANGS, MailServer

NAMES = [
    "Notes",
    "Ann, Bob & Co.",
    "Notes: photos",
    "photos@home",
    'The "Best" \\ Site',
    "<Notes>",
    "a; (b) [c]",
    "Fotos für alle, überall",
    "📷 Photos 🎉",
    "אתר תמונות",
    "みんなの写真、毎日",
    "x" * 200,
    "写真" * 100,
    "é, " * 60 + "e",
    "=?utf-8?q?no?=",
    "%s {name} $x",
]


@pytest.fixture
def server(settings: Any) -> Iterator[MailServer]:
    with MailServer() as running:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", running.port
        settings.EMAIL_TIMEOUT, settings.EMAIL_FROM = 0.3, "notes@photos.example.org"
        yield running


@pytest.mark.django_db
def test_the_sender_is_read_back_as_it_was_whatever_the_name(
    server: MailServer, settings: Any
) -> None:
    for name in NAMES:
        settings.SITE_NAME = name
        outgoing.queue(to="ann@example.org", subject=f"[{name}] Hi", text="Words", purpose="test")
    assert len(server.taken) == len(NAMES)
    for name, message in zip(NAMES, server.taken, strict=True):
        (sender,) = message["From"].addresses
        assert (sender.display_name, sender.addr_spec) == (name, "notes@photos.example.org")
        assert message["To"] == "ann@example.org"
    assert {sender for sender, _to in server.envelopes} == {"notes@photos.example.org"}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("Two\nlines", "Two lines"),
        ("Bcc\r\nBcc: eve@example.org", "Bcc Bcc: eve@example.org"),
        ("Tab\tand\x07bell\u2028", "Tab and bell"),
    ],
)
def test_no_name_writes_a_header_of_its_own(
    server: MailServer, settings: Any, name: str, told: str
) -> None:
    settings.SITE_NAME = name
    fields = {"username": "newcomer", "email": "newcomer@example.org"}
    Client().post("/accounts/signup/", {**fields, "password1": PASSWORD, "password2": PASSWORD})
    (message,) = server.taken
    assert message["From"].addresses[0].display_name == told
    assert message["Subject"].startswith(f"[{told}] ")
    assert message["Bcc"] is None


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("typed", "sent_to"),
    [
        ("ann@bücher.example", "ann@xn--bcher-kva.example"),
        ("ann@straße.example", "ann@xn--strae-oqa.example"),
        ("ann@ελλάς.example", "ann@xn--hxarsa0b.example"),
        ("ann@日本語。example", "ann@xn--wgv71a119e.example"),
        ("ann@☃.example", "ann@xn--n3h.example"),
        ("ann+notes@example.org", "ann+notes@example.org"),
        ('"ann@home"@example.org', '"ann@home"@example.org'),
    ],
)
def test_mail_goes_to_the_host_that_a_browser_would_ask(
    server: MailServer, typed: str, sent_to: str
) -> None:
    outgoing.queue(to=typed, subject="Hi", text="Words", purpose="test")
    ((_sender, to),) = server.envelopes
    assert to == [sent_to]


@pytest.mark.django_db
def test_the_name_that_the_owner_chose_counts_when_it_is_sent(owner: User) -> None:
    site.change(name="Ann's photos", registration="")
    Client().post("/accounts/password/reset/", {"email": owner.email})
    (message,) = django_mail.outbox
    parsed: Any = message_from_bytes(message.message().as_bytes(), policy=policy.default)
    assert parsed["From"].addresses[0].display_name == "Ann's photos"
    assert parsed["Subject"].startswith("[Ann's photos] ")
    assert "Hello from Ann's photos," in parsed.get_content()


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("photos.example.org", "notes@photos.example.org"),
        ("münchen.example", "notes@xn--mnchen-3ya.example"),
        ("localhost", "notes@localhost"),
        ("192.0.2.1", "notes@[192.0.2.1]"),
        ("2001:db8::1", "notes@[IPv6:2001:db8::1]"),
    ],
)
def test_the_sender_by_default(host: str, address: str) -> None:
    assert default_email_from(host) == address


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ("photos@example.org", "photos@example.org"),
        (" photos@münchen.example ", "photos@xn--mnchen-3ya.example"),
        ("photos@straße.example", "photos@xn--strae-oqa.example"),
        ("", "notes@localhost"),
    ],
)
def test_email_from(monkeypatch: pytest.MonkeyPatch, given: str, address: str) -> None:
    monkeypatch.setenv("EMAIL_FROM", given)
    assert read_environment().email_from == address


@pytest.mark.parametrize(
    "given",
    ["photos", "Ann <ann@example.org>", "a@b@c", "@example.org", "ä@b.c"],
)
def test_what_is_no_address_stops_the_start(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv("EMAIL_FROM", given)
    with pytest.raises(ImproperlyConfigured, match="EMAIL_FROM"):
        read_environment()


def finding() -> str:
    """What doctor says of mail."""
    return doctor.find(doctor.Check(mail.mail, "EMAIL_URL")).words


def test_doctor_asks_and_sends_nothing(server: MailServer) -> None:
    assert "notes@photos.example.org" in finding()
    assert (server.commands, server.taken) == (["MAIL", "RCPT", "RSET"], [])


@pytest.mark.parametrize(
    ("mode", "told"),
    [
        (AWAY, "nothing listens there; start the server, or correct host and port in EMAIL_URL"),
        (HANGS, "does not answer in time"),
        ("refuses us", "set EMAIL_FROM to an address that it may send for"),
        ("refuses them", "takes no mail for notes@photos.example.org: 550 5.1.1"),
    ],
)
def test_doctor_says_what_is_wrong(
    server: MailServer, monkeypatch: pytest.MonkeyPatch, mode: str, told: str
) -> None:
    monkeypatch.setattr(mail, "TIMEOUT_SECONDS", 0.5)
    server.go(mode)
    assert told in finding()


@pytest.mark.parametrize(
    "sender", ["notes@localhost", "notes@[127.0.0.1]", "a@b.localhost", "a@web"]
)
def test_doctor_warns_of_a_sender_that_is_nowhere(
    server: MailServer, settings: Any, sender: str
) -> None:
    server.go(ACCEPTS)
    settings.EMAIL_FROM = sender
    assert "strict servers refuse" in finding()
