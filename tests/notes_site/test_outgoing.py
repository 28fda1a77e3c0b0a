"""Mail leaves by one door, after commit, and is sent once whatever the mail server does."""

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.db import transaction
from django.test import Client
from django.utils import timezone

from accounts.models import SignUp, User
from moderation import membership
from notes_site.health import metrics
from notes_site.mail import outgoing, templated
from notes_site.models import Event, OutgoingEmail
from notes_site.queue import events
from tests import making
from tests.conftest import PASSWORD
from tests.mail_server import ACCEPTS, AWAY, BREAKS, HANGS, MailServer

pytestmark = pytest.mark.django_db
NEW = "another fine long password"


@pytest.fixture
def server(settings: Any) -> Iterator[MailServer]:
    with MailServer() as running:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", running.port
        settings.EMAIL_TIMEOUT = 0.3
        yield running


@pytest.fixture(autouse=True)
def queue(mail_goes_out: None, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """What waits for a worker; none runs until `work` is called."""
    numbers: list[int] = []
    monkeypatch.setattr(outgoing, "queue_on_commit", lambda _task, number: numbers.append(number))
    return numbers


def work(queue: list[int]) -> None:
    """What workers do with the queue and the sweep, each message twice."""
    outgoing.sweep()
    for number in queue * 2:
        outgoing.deliver(number)
    queue.clear()


def time_passes() -> None:
    OutgoingEmail.objects.filter(state="waiting").update(next_try_at=timezone.now(), away_at=None)


def signed_in(person: User) -> Client:
    browser = Client()
    browser.post("/accounts/login/", {"login": person.username, "password": PASSWORD})
    browser.post("/accounts/reauthenticate/", {"password": PASSWORD})
    return browser


def signs_up(_owner: User) -> None:
    fields = {"username": "newcomer", "email": "newcomer@example.org"}
    answer = Client().post(
        "/accounts/signup/", {**fields, "password1": PASSWORD, "password2": PASSWORD}, follow=True
    )
    assert answer.status_code == 200
    assert "an email is on its way to newcomer@example.org" in answer.content.decode()
    assert User.objects.filter(username="newcomer").count() == 1


def asks_for_a_new_password(owner: User) -> None:
    answer = Client().post("/accounts/password/reset/", {"email": owner.email}, follow=True)
    assert answer.status_code == 200
    assert "is on its way" in answer.content.decode()


def changes_the_password(owner: User) -> None:
    fields = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    assert signed_in(owner).post("/accounts/password/change/", fields).status_code == 302
    owner.refresh_from_db()
    assert owner.check_password(NEW)


def adds_an_address(owner: User) -> None:
    answer = signed_in(owner).post(
        "/accounts/email/", {"action_add": "", "email": "second@example.org"}, follow=True
    )
    assert answer.status_code == 200
    assert "is on its way" in answer.content.decode()
    assert EmailAddress.objects.filter(user=owner, email="second@example.org").count() == 1


def changes_the_main_address(owner: User) -> None:
    EmailAddress.objects.create(user=owner, email=owner.email, primary=True, verified=True)
    EmailAddress.objects.create(user=owner, email="second@example.org", verified=True)
    answer = signed_in(owner).post(
        "/accounts/email/", {"action_primary": "", "email": "second@example.org"}
    )
    assert answer.status_code == 302
    owner.refresh_from_db()
    assert owner.email == "second@example.org"


def is_let_in(owner: User) -> None:
    User.objects.filter(pk=owner.pk).update(is_active=False)
    SignUp.objects.create(user=owner, reason="photos")
    assert membership.approve(actor=None, person=owner)
    events.handle(Event.objects.get(kind="sign_up.approved").pk)


def is_turned_away(owner: User) -> None:
    User.objects.filter(pk=owner.pk).update(is_active=False)
    SignUp.objects.create(user=owner, reason="photos")
    assert membership.decline(actor=None, person=owner)
    events.handle(Event.objects.get(kind="sign_up.refused").pk)


DEEDS = [
    signs_up,
    asks_for_a_new_password,
    changes_the_password,
    adds_an_address,
    changes_the_main_address,
    is_let_in,
    is_turned_away,
]


@pytest.mark.parametrize(
    "mode", [ACCEPTS, AWAY, HANGS, "refuses our name", "refuses us", "not now"]
)
@pytest.mark.parametrize("deed", DEEDS)
def test_the_deed_is_done_and_the_mail_comes_once(
    server: MailServer, queue: list[int], owner: User, deed: Callable[[User], None], mode: str
) -> None:
    server.go(mode)
    deed(owner)
    assert server.commands == [], "no request speaks to the mail server"
    work(queue)
    assert len(server.taken) == (1 if mode == ACCEPTS else 0)
    server.go(ACCEPTS)
    for _time in range(2):
        time_passes()
        work(queue)
    assert len(server.taken) == 1
    email = OutgoingEmail.objects.get()
    assert (email.state, email.subject, email.text, email.html) == ("sent", "", "", "")


@pytest.mark.parametrize("mode", ["refuses them", "refuses it"])
def test_what_is_never_taken_is_given_up_at_once(
    server: MailServer, queue: list[int], owner: User, mode: str
) -> None:
    server.go(mode)
    asks_for_a_new_password(owner)
    work(queue)
    server.go(ACCEPTS)
    time_passes()
    work(queue)
    email = OutgoingEmail.objects.get()
    assert (email.state, email.text, email.subject, server.taken) == ("failed", "", "", [])
    assert email.error.startswith("55")
    assert "notes_emails_failed 1.0" in metrics.exposition().decode()


def write(to: str = "ann@example.org") -> OutgoingEmail:
    return outgoing.queue(to=to, subject="Hello", text="Words", purpose="test")


def test_it_is_tried_less_and_less_often_and_given_up_after_days(
    server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.go(AWAY)
    email, began = write(), timezone.now()
    now = began
    monkeypatch.setattr(timezone, "now", lambda: now)
    waits = []
    while email.state == "waiting":
        assert outgoing.deliver(email.pk) is False
        email.refresh_from_db()
        if email.next_try_at:
            waits.append((email.next_try_at - now).total_seconds())
            now = email.next_try_at
    assert waits[:4] == [30, 60, 120, 240]
    assert max(waits) == waits[-1] == 3600
    assert timedelta(days=3) < now - began < timedelta(days=3, hours=2)
    assert (email.state, email.text) == ("failed", "")
    now += timedelta(days=15)
    outgoing.sweep()
    assert not OutgoingEmail.objects.exists()


def test_a_server_that_is_away_is_not_asked_for_every_message(
    server: MailServer, queue: list[int]
) -> None:
    for number in range(5):
        write(f"{number}@example.org")
    server.go(HANGS)
    work(queue)
    assert sorted(OutgoingEmail.objects.values_list("attempts", flat=True)) == [0, 0, 0, 0, 1]
    server.go(ACCEPTS)
    time_passes()
    work(queue)
    assert len(server.taken) == 5


@pytest.mark.parametrize(
    ("setting", "value"),
    [("EMAIL_HOST_PASSWORD", "pässword"), ("EMAIL_HOST", "a" * 64 + ".example.org")],
)
def test_what_can_t_be_said_to_the_server_is_told_and_tried_again(
    server: MailServer, queue: list[int], settings: Any, setting: str, value: str
) -> None:
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = "ann"
    right = getattr(settings, setting)
    setattr(settings, setting, value)
    email = write()
    work(queue)
    email.refresh_from_db()
    assert (email.state, email.attempts, email.leased_until) == ("waiting", 1, None)
    assert email.error
    setattr(settings, setting, right)
    settings.EMAIL_HOST_USER = ""
    time_passes()
    work(queue)
    assert len(server.taken) == 1


def test_one_refused_message_holds_no_other_back(server: MailServer, queue: list[int]) -> None:
    server.go("not now")
    write()
    work(queue)
    server.go(ACCEPTS)
    write("bob@example.org")
    work(queue)
    assert [each["To"] for each in server.taken] == ["bob@example.org"]


def test_a_broken_line_sends_the_same_message_again(server: MailServer, queue: list[int]) -> None:
    server.go(BREAKS)
    write()
    work(queue)
    assert OutgoingEmail.objects.get().state == "waiting"
    server.go(ACCEPTS)
    time_passes()
    work(queue)
    first, second = server.taken
    assert first["Message-ID"] == second["Message-ID"], "so that mailboxes show it once"


def test_a_dead_worker_s_message_is_sent_when_its_lease_ran_out(
    server: MailServer, queue: list[int]
) -> None:
    email = write()
    OutgoingEmail.objects.update(leased_until=timezone.now() + timedelta(minutes=5), attempts=1)
    work(queue)
    assert server.taken == []
    OutgoingEmail.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    work(queue)
    assert len(server.taken) == 1
    email.refresh_from_db()
    assert (email.state, email.attempts) == ("sent", 2)


def test_a_message_that_workers_die_over_is_given_up_too(
    server: MailServer, queue: list[int]
) -> None:
    email = write()
    OutgoingEmail.objects.update(
        created_at=timezone.now() - timedelta(days=4),
        leased_until=timezone.now() - timedelta(seconds=1),
    )
    work(queue)
    email.refresh_from_db()
    assert (email.state, email.text, server.taken) == ("failed", "", [])


def test_what_is_rolled_back_is_not_sent(server: MailServer, queue: list[int]) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        write()
        raise ZeroDivisionError
    work(queue)
    assert (server.taken, OutgoingEmail.objects.count()) == ([], 0)


@pytest.mark.django_db(transaction=True)
def test_of_four_workers_one_sends(server: MailServer) -> None:
    email, gate = write(), threading.Barrier(4)
    sent: list[bool] = []

    def run() -> None:
        with making.own_connection():
            gate.wait()
            sent.append(outgoing.deliver(email.pk))

    workers = [threading.Thread(target=run) for _number in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(sent) == [False, False, False, True]
    assert len(server.taken) == 1


def test_owners_see_what_failed_and_moderators_nothing(
    server: MailServer, queue: list[int], moderator: User, stranger: User
) -> None:
    server.go("refuses them")
    write("ann@example.org")
    work(queue)
    desk = Client()
    desk.force_login(moderator)
    page = desk.get("/admin/notes_site/outgoingemail/").content.decode()
    assert "ann@example.org" in page
    assert "550 5.1.1 no such user" in page
    User.objects.filter(pk=stranger.pk).update(is_staff=True)
    desk.force_login(stranger)
    assert desk.get("/admin/notes_site/outgoingemail/").status_code == 403


def test_without_a_mail_server_the_site_writes_nothing(settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    templated.send(
        to="a@example.org", subject="x", template="accounts/mail/approved.txt", context={}
    )
    assert not OutgoingEmail.objects.exists()
