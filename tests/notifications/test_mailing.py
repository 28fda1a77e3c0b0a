"""Letters: bundled, held back in quiet hours, sent once, and ended by one click."""

import smtplib
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.social import follows, relations
from notes_site.mail import outgoing
from notes_site.models import Event, OutgoingEmail
from notifications import mailing, preferences, quiet_hours, tasks
from notifications.kinds import Kind
from notifications.models import Notification, Preferences
from posts import likes
from posts.commenting import comments
from posts.models import Post
from tests import making
from tests.notifications.conftest import (
    MakePeople,
    confirm_address,
    happen,
    happen_again,
    post_of,
)

pytestmark = pytest.mark.django_db
SignIn = Callable[[User | None], Client]
NOON = datetime(2027, 3, 10, 12, tzinfo=UTC)


class Clock:
    """The time of `timezone.now`, which only moves when a test moves it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = NOON
        monkeypatch.setattr(timezone, "now", lambda: self.now)

    def go(self, **more: float) -> None:
        self.now += timedelta(**more)


class Away(BaseEmailBackend):
    """A mail server that nobody reaches."""

    def open(self) -> bool:
        raise ConnectionRefusedError("away")


class Refuses(BaseEmailBackend):
    """A mail server that takes nothing."""

    def send_messages(self, messages: Sequence[EmailMessage]) -> int:
        raise smtplib.SMTPDataError(451, b"later")


class Breaks(BaseEmailBackend):
    """A mail server whose line breaks when it has the letter, so nobody knows."""

    def send_messages(self, messages: Sequence[EmailMessage]) -> int:
        mail.outbox.extend(messages)
        raise smtplib.SMTPServerDisconnected("gone")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


@pytest.fixture
def reader(owner: User) -> User:
    """Wants every kind by email, at an address they confirmed."""
    confirm_address(owner)
    Preferences.objects.create(person=owner, mail_on=list(Kind))
    return owner


def choose(person: User, **columns: Any) -> None:
    Preferences.objects.filter(person=person).update(**columns)


def like(user: User, post: Post) -> None:
    likes.like(user=user, post=post)
    happen()


def due(person: User) -> datetime | None:
    return Preferences.objects.get(person=person).mail_due_at


def test_thirteen_likes_are_one_letter(
    reader: User, post: Post, people: MakePeople, clock: Clock
) -> None:
    for liker in people(13):
        like(liker, post)
        clock.go(seconds=10)
    assert mailing.send(reader.pk) is False
    clock.go(minutes=5)
    assert mailing.send(reader.pk) is True
    assert mailing.send(reader.pk) is False
    (letter,) = mail.outbox
    assert letter.to == ["owner@example.org"]
    assert "and 11 others liked your post" in letter.body
    assert f"/p/{post.code}/" in letter.body
    assert letter.alternatives[0].mimetype == "text/html"  # type: ignore[attr-defined]
    assert "and 11 others liked your post" in letter.alternatives[0].content  # type: ignore[attr-defined]
    clock.go(days=2)
    assert (due(reader), mailing.sweep()) == (None, 0)


def test_what_was_seen_meanwhile_needs_no_letter(
    reader: User, post: Post, stranger: User, clock: Clock, as_person: SignIn
) -> None:
    like(stranger, post)
    as_person(reader).get("/notifications/")
    clock.go(minutes=6)
    assert mailing.send(reader.pk) is False
    assert (len(mail.outbox), due(reader)) == (0, None)
    assert not Notification.objects.filter(mail_waits=True).exists()


def test_what_stands_in_letters_alone_is_not_seen_on_the_page(
    reader: User, post: Post, stranger: User, clock: Clock, as_person: SignIn
) -> None:
    choose(reader, page_off=[Kind.LIKE])
    like(stranger, post)
    clock.go(minutes=1)
    follows.follow(follower=stranger, followee=reader)
    happen()
    page = as_person(reader).get("/notifications/").content.decode()
    assert "started following you" in page
    assert "liked your post" not in page
    clock.go(minutes=6)
    assert mailing.send(reader.pk) is True
    assert "liked your post" in mail.outbox[0].body
    assert "started following you" not in mail.outbox[0].body


def test_nobodys_words_go_by_mail(reader: User, stranger: User, clock: Clock) -> None:
    post = post_of(reader, title="A title", caption="A caption")
    comments.write(author=stranger, post=post, text="Some words, @owner")
    happen()
    clock.go(minutes=6)
    assert mailing.send(reader.pk)
    whole = mail.outbox[0].message().as_string()
    assert "stranger commented on your post" in mail.outbox[0].body
    assert not [word for word in ("Some words", "A title", "A caption") if word in whole]


def test_a_block_before_the_letter_goes_keeps_the_person_out(
    reader: User, post: Post, stranger: User, clock: Clock
) -> None:
    like(stranger, post)
    relations.block(blocker=reader, blocked=stranger)
    clock.go(minutes=6)
    # The event of the block has not been handled yet.
    assert mailing.send(reader.pk) is False
    assert mail.outbox == []


@pytest.mark.parametrize("lack", ["address", "mail", "standing", "switch"])
def test_no_letter_without(
    owner: User, post: Post, stranger: User, clock: Clock, settings: Any, lack: str
) -> None:
    if lack != "address":
        confirm_address(owner)
    Preferences.objects.create(person=owner, mail_on=[] if lack == "switch" else list(Kind))
    if lack == "mail":
        settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    like(stranger, post)
    if lack == "standing":
        User.objects.filter(pk=owner.pk).update(suspended_at=timezone.now())
    clock.go(minutes=6)
    assert mailing.send(owner.pk) is False
    assert (mail.outbox, due(owner)) == ([], None)


def test_quiet_hours_hold_a_letter_back_till_morning(
    reader: User, post: Post, stranger: User, clock: Clock
) -> None:
    choose(reader, quiet_from=time(22), quiet_to=time(7, 30), time_zone="Europe/Berlin")
    clock.now = datetime(2027, 3, 10, 21, 30, tzinfo=UTC)
    like(stranger, post)
    morning = datetime(2027, 3, 11, 6, 30, tzinfo=UTC)
    assert due(reader) == morning
    clock.now = morning - timedelta(seconds=1)
    assert (mailing.sweep(), mailing.send(reader.pk)) == (0, False)
    clock.now = morning
    assert mailing.send(reader.pk) is True


def test_quiet_hours_chosen_later_hold_it_too(
    reader: User, post: Post, stranger: User, clock: Clock
) -> None:
    like(stranger, post)
    choose(reader, quiet_from=time(12), quiet_to=time(14))
    clock.go(minutes=6)
    assert mailing.send(reader.pk) is False
    assert due(reader) == NOON + timedelta(hours=2)


@pytest.mark.parametrize(
    ("start", "end", "hour", "expected"),
    [
        (time(22), time(7), 23, "11 07:00"),
        (time(22), time(7), 3, "10 07:00"),
        (time(22), time(7), 7, "10 07:00"),
        (time(22), time(7), 12, "10 12:00"),
        (time(13), time(15), 14, "10 15:00"),
        (time(13), time(15), 15, "10 15:00"),
        (time(9), time(9), 9, "10 09:00"),
        (None, None, 3, "10 03:00"),
    ],
)
def test_the_end_of_quiet_hours(
    start: time | None, end: time | None, hour: int, expected: str
) -> None:
    moment = datetime(2027, 3, 10, hour, tzinfo=UTC)
    found = quiet_hours.after_quiet(moment, start, end, quiet_hours.zone_of("UTC"))
    assert f"{found:%d %H:%M}" == expected


def test_quiet_hours_go_by_the_clock_on_the_wall_when_it_is_changed() -> None:
    # In the night of 28 March 2027 the clocks of Berlin go from 2 to 3.
    night = datetime(2027, 3, 27, 22, tzinfo=UTC)
    found = quiet_hours.after_quiet(night, time(22), time(7), quiet_hours.zone_of("Europe/Berlin"))
    assert found.astimezone(UTC) == datetime(2027, 3, 28, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("rhythm", "expected"),
    # 10 March 2027 is a Wednesday; 8 h in New York is 12 h UTC, and 13 h before the 14th.
    [
        ("daily", datetime(2027, 3, 10, 13, tzinfo=UTC)),
        ("weekly", datetime(2027, 3, 15, 12, tzinfo=UTC)),
    ],
)
def test_a_digest_comes_in_the_morning(
    reader: User,
    post: Post,
    people: MakePeople,
    clock: Clock,
    rhythm: str,
    expected: datetime,
) -> None:
    choose(reader, rhythm=rhythm, time_zone="America/New_York")
    first, second = people(2)
    like(first, post)
    clock.go(minutes=50)
    like(second, post_of(reader))
    assert due(reader) == expected
    clock.now = expected
    assert mailing.send(reader.pk) is True
    assert mail.outbox[0].body.count("liked your post") == 2


def waiting() -> OutgoingEmail:
    return OutgoingEmail.objects.get(state="waiting")


def test_a_server_that_is_away_gets_it_later(
    reader: User, post: Post, stranger: User, clock: Clock, settings: Any
) -> None:
    like(stranger, post)
    clock.go(minutes=6)
    kept = settings.EMAIL_BACKEND
    for name, wait in (("Away", 30), ("Refuses", 60)):
        settings.EMAIL_BACKEND = f"{__name__}.{name}"
        assert mailing.send(reader.pk) or outgoing.deliver(waiting().pk) is False
        assert waiting().next_try_at == clock.now + timedelta(seconds=wait)
        clock.go(seconds=wait)
    settings.EMAIL_BACKEND = kept
    assert outgoing.deliver(waiting().pk) is True
    assert len(mail.outbox) == 1
    assert not Notification.objects.filter(mail_waits=True).exists()


def test_what_happens_while_the_server_is_away_is_told_once(
    reader: User, post: Post, people: MakePeople, clock: Clock, settings: Any
) -> None:
    first, second = people(2)
    like(first, post)
    clock.go(minutes=6)
    kept = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = f"{__name__}.Away"
    assert mailing.send(reader.pk) is False
    like(second, post_of(reader))
    clock.go(minutes=6)
    assert mailing.send(reader.pk) is False
    relations.block(blocker=reader, blocked=first)
    settings.EMAIL_BACKEND = kept
    clock.go(hours=2)
    assert (mailing.sweep(), outgoing.sweep()) == (0, 1)
    (email,) = mail.outbox
    assert f"{second.name} liked" in email.body
    assert first.name not in email.body, "blocked while it waited"


def test_a_break_in_between_sends_nothing_twice_and_loses_nothing(
    reader: User, post: Post, people: MakePeople, clock: Clock, settings: Any
) -> None:
    first, second = people(2)
    like(first, post)
    clock.go(minutes=6)
    kept = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = f"{__name__}.Breaks"
    assert mailing.send(reader.pk) is False
    assert OutgoingEmail.objects.get().state == "failed"
    settings.EMAIL_BACKEND = kept
    clock.go(days=1)
    assert (mailing.sweep(), outgoing.sweep()) == (0, 0)
    assert (mailing.send(reader.pk), len(mail.outbox)) == (False, 1)
    like(second, post_of(reader))
    clock.go(minutes=6)
    assert mailing.send(reader.pk) is True
    assert f"{first.name} liked" in mail.outbox[1].body
    assert f"{second.name} liked" in mail.outbox[1].body


def test_handling_events_again_sends_no_second_letter(
    reader: User, post: Post, stranger: User, clock: Clock
) -> None:
    like(stranger, post)
    clock.go(minutes=6)
    assert mailing.send(reader.pk)
    happen_again()
    assert due(reader) is None


@pytest.mark.django_db(transaction=True)
def test_of_two_workers_one_sends(owner: User, stranger: User) -> None:
    confirm_address(owner)
    Preferences.objects.create(person=owner, mail_on=list(Kind))
    like(stranger, post_of(owner))
    choose(owner, mail_due_at=timezone.now() - timedelta(seconds=1))
    gate, sent = threading.Barrier(4), []

    def work() -> None:
        with making.own_connection():
            gate.wait()
            sent.append(mailing.send(owner.pk))

    workers = [threading.Thread(target=work) for _number in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(sent) == [False, False, False, True]
    assert len(mail.outbox) == 1


@pytest.mark.django_db(transaction=True)
def test_likes_that_come_at_once_are_all_counted(owner: User, people: MakePeople) -> None:
    post = post_of(owner)
    for liker in people(12):
        likes.like(user=liker, post=post)
    waiting = list(Event.objects.filter(kind="like.created").values_list("pk", flat=True))
    gate = threading.Barrier(4)

    def work(number: int) -> None:
        from notes_site.queue import events

        with making.own_connection():
            gate.wait()
            # Two workers each get the same half.
            for event_id in waiting[number % 2 :: 2]:
                events.handle(event_id)

    workers = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    line = Notification.objects.get(recipient=owner)
    assert (line.actor_count, line.events.count()) == (12, 12)


def test_one_click_ends_the_letters(reader: User, post: Post, stranger: User, clock: Clock) -> None:
    like(stranger, post)
    clock.go(minutes=6)
    assert mailing.send(reader.pk)
    headers = mail.outbox[0].message()
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    address = headers["List-Unsubscribe"].strip("<>").replace("http://testserver", "")
    path = "/" + address.split("/", 3)[3]
    program = Client(enforce_csrf_checks=True)
    # What scanners of links do changes nothing.
    assert program.get(path).status_code == 200
    assert Preferences.objects.get().mail_on
    for _time in range(2):
        answer = program.post(path, {"List-Unsubscribe": "One-Click"})
        assert answer.status_code == 200
        assert b"Unsubscribed" in answer.content
    assert Preferences.objects.get().mail_on == []
    like(stranger, post_of(reader))
    assert due(reader) is None


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_forged_link_ends_nothing(reader: User, client: Client, method: str) -> None:
    good = preferences.token_for(reader.pk)
    for token in (good[:-1] + ("x" if good[-1] != "x" else "y"), "x", preferences.token_for(1)):
        assert getattr(client, method)(f"/notifications/unsubscribe/{token}").status_code == 404
    assert Preferences.objects.get().mail_on


def test_the_link_is_limited(reader: User, rate_limits: dict[str, str], client: Client) -> None:
    address = f"/notifications/unsubscribe/{preferences.token_for(reader.pk)}"
    statuses = [client.post(address).status_code for _number in range(31)]
    assert statuses == [200] * 30 + [429]


def test_the_schedule_finds_what_is_due(
    reader: User, post: Post, stranger: User, clock: Clock, commit: Any
) -> None:
    like(stranger, post)
    clock.go(minutes=6)
    assert mailing.sweep() == 1
    tasks.send_mail(reader.pk)
    assert len(mail.outbox) == 1
    tasks.sweep_mail()
    tasks.prune()
