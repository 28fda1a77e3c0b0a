"""A new report is an event: one line for each moderator who may decide it, and for nobody else."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from moderation import reports
from moderation.models import Report
from moderation.roles import make_moderator, remove_moderator
from notes_site.models import Event
from notifications.kinds import Kind
from notifications.models import Notification, Preferences
from notifications.moderation_queue import ModerationQueue
from tests.notifications.conftest import happen, happen_again, post_of
from tests.notifications.test_preferences import form

SignIn = Callable[[User | None], Client]
pytestmark = pytest.mark.django_db
Decision = Report.Decision


def moderator_called(name: str) -> User:
    person = User.objects.create_user(name, f"{name}@example.org")
    make_moderator(user=person, actor=None)
    return User.objects.get(pk=person.pk)


@pytest.fixture
def mara(db: None) -> User:
    return moderator_called("mara")


@pytest.fixture
def cleo(db: None) -> User:
    return moderator_called("cleo")


def say(reporter: User, author: User, category: str = "spam") -> Report:
    reports.report(reporter=reporter, target=post_of(author), category=category, words="Secret")
    return Report.objects.latest("pk")


def set_aside(report: Report, actor: User | None = None) -> None:
    assert reports.decide(actor=actor, report=report, decision=Decision.DISMISSED, reason="")


def queues() -> dict[str, tuple[int, int]]:
    """How many reports, and how many urgent ones, each person's line names."""
    rows = Notification.objects.filter(kind=Kind.REPORT).select_related("recipient")
    found = {row.recipient.username: ModerationQueue.read(row.detail) for row in rows}
    return {name: (queue.number, queue.urgent) for name, queue in found.items()}


def badge(browser: Client) -> str:
    return str(browser.get("/notifications/badge").json()["count"])


def test_every_moderator_who_may_decide_hears_in_one_line(
    owner: User, stranger: User, mara: User, cleo: User, moderator: User, as_person: SignIn
) -> None:
    for category in ("spam", "child", "other"):
        say(stranger, owner, category)
    assert Event.objects.filter(kind="report.created").count() == 3
    happen()
    assert queues() == {"mara": (3, 1), "cleo": (3, 1), "moderator": (3, 1)}
    happen_again()
    happen_again(backwards=True)
    assert queues() == {"mara": (3, 1), "cleo": (3, 1), "moderator": (3, 1)}
    browser = as_person(mara)
    assert badge(browser) == "1"
    page = browser.get("/notifications/").content.decode()
    assert "3 reports are waiting for a moderator." in page
    assert "1 is urgent: a child in danger" in page
    assert "/admin/moderation/report/?decided=no" in page
    assert "stranger" not in page
    assert "Secret" not in page
    assert badge(browser) == ""
    for person in (owner, stranger):
        assert badge(as_person(person)) == ""


@pytest.mark.parametrize("whose", ["author", "reporter"])
def test_who_is_concerned_hears_nothing(
    whose: str, owner: User, stranger: User, mara: User, cleo: User
) -> None:
    report = say(*((stranger, mara) if whose == "author" else (mara, owner)))
    happen()
    assert queues() == {"cleo": (1, 0)}
    set_aside(report, cleo)
    happen()
    assert queues() == {}


@pytest.mark.parametrize(
    "change", [{"suspended_at": timezone.now()}, {"is_active": False}, {"is_staff": False}]
)
def test_who_can_not_decide_hears_nothing(
    change: dict[str, Any], owner: User, stranger: User, mara: User, cleo: User
) -> None:
    User.objects.filter(pk=cleo.pk).update(**change)
    say(stranger, owner)
    happen()
    assert queues() == {"mara": (1, 0)}


def test_what_is_decided_is_withdrawn_and_comes_back_as_new_with_the_next(
    owner: User, stranger: User, mara: User, cleo: User, as_person: SignIn
) -> None:
    first, second = say(stranger, owner), say(stranger, owner, "self_harm")
    happen()
    browser = as_person(cleo)
    browser.get("/notifications/")
    set_aside(first, mara)
    # Handled or not, nobody is sent to what waits no more.
    happen()
    assert queues() == {"mara": (1, 1), "cleo": (1, 1)}
    assert badge(browser) == "", "fewer are no news"
    set_aside(second, mara)
    assert "wait" not in browser.get("/notifications/").content.decode()
    happen()
    assert queues() == {}
    say(stranger, owner)
    happen()
    assert badge(browser) == "1"


def test_one_decided_and_one_made_meanwhile_is_news(
    owner: User, stranger: User, mara: User, as_person: SignIn
) -> None:
    first = say(stranger, owner)
    happen()
    browser = as_person(mara)
    browser.get("/notifications/")
    set_aside(first)
    say(stranger, owner)
    happen()
    assert queues() == {"mara": (1, 0)}
    assert badge(browser) == "1"


def test_a_report_that_was_not_kept_tells_nobody(owner: User, stranger: User, mara: User) -> None:
    post = post_of(owner)
    for _time in range(2):
        reports.report(reporter=stranger, target=post, category="spam", words="")
    happen()
    assert Event.objects.filter(kind="report.created").count() == 1
    assert queues() == {"mara": (1, 0)}


def test_who_moderates_no_more_sees_nothing_of_it(
    owner: User, stranger: User, mara: User, cleo: User, as_person: SignIn
) -> None:
    say(stranger, owner)
    happen()
    remove_moderator(user=cleo, actor=None)
    assert badge(as_person(cleo)) == ""
    assert "report" not in as_person(cleo).get("/notifications/").content.decode().lower()
    say(stranger, owner)
    happen()
    assert queues() == {"mara": (2, 0)}


def test_each_chooses_how_to_hear(
    owner: User, stranger: User, mara: User, cleo: User, as_person: SignIn
) -> None:
    address = "/settings/notifications/"
    assert "Reports waiting for a moderator" in as_person(mara).get(address).content.decode()
    as_person(mara).post(address, form(on_page=["report"], by_mail=[]))
    as_person(cleo).post(address, form(on_page=[], by_mail=[]))
    say(stranger, owner)
    happen()
    assert queues() == {"mara": (1, 0)}
    assert not Notification.objects.get(kind=Kind.REPORT).mail_waits
    as_person(mara).post(address, form(on_page=["report"], by_mail=["report"]))
    say(stranger, owner)
    happen()
    assert Notification.objects.get(kind=Kind.REPORT).mail_waits
    assert Preferences.objects.get(person=mara).mail_due_at


def test_more_than_a_line_counts(owner: User, mara: User, as_person: SignIn) -> None:
    post = post_of(owner)
    people = User.objects.bulk_create([User(username=f"r{number}") for number in range(105)])
    Report.objects.bulk_create(
        Report(
            reporter=person, target_kind="post", target_id=post.pk, person_id=owner.pk,
            category="child",
        )
        for person in people
    )  # fmt: skip
    say(people[0], owner)
    happen()
    assert (
        "99+ reports are waiting for a moderator."
        in as_person(mara).get("/notifications/").content.decode()
    )
    assert b"100+ reports are waiting for a decision" in as_person(mara).get("/admin/").content


@pytest.mark.parametrize("number", [0, 1, 7, 100])
def test_what_a_line_keeps_fits_and_is_read_again(number: int) -> None:
    queue = ModerationQueue(number, number, 2**63 - 1 if number else 0)
    assert len(queue.detail) <= 20
    assert ModerationQueue.read(queue.detail) == queue


def test_the_page_asks_no_more_for_more_reports(
    owner: User, stranger: User, mara: User, as_person: SignIn, django_assert_max_num_queries: Any
) -> None:
    browser = as_person(mara)
    say(stranger, owner)
    happen()
    with django_assert_max_num_queries(12) as first:
        browser.get("/notifications/")
    for _number in range(8):
        say(stranger, owner)
    happen()
    with django_assert_max_num_queries(len(first)):
        browser.get("/notifications/")
