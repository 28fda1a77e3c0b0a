"""The reports that wait: on the first page, in the list, and in the figures."""

from collections.abc import Callable
from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.test import Client
from django.utils import timezone

from accounts.models import User
from moderation import reports
from moderation.models import Report
from posts.commenting import comments
from tests.notes_site.test_metrics import read
from tests.notifications.conftest import post_of

AsPerson = Callable[[User | None], Client]
pytestmark = pytest.mark.django_db
QUEUE = "/admin/moderation/report/"


def say(author: User, category: str, hours_ago: float = 0, reporter: User | None = None) -> Report:
    someone = reporter or User.objects.create(username=f"r{User.objects.count()}")
    reports.report(reporter=someone, target=post_of(author), category=category, words="")
    made = timezone.now() - timedelta(hours=hours_ago)
    Report.objects.filter(pk=Report.objects.latest("pk").pk).update(created_at=made)
    return Report.objects.latest("pk")


def test_a_child_in_danger_comes_first_then_the_oldest(owner: User, desk: Client) -> None:
    order = ("spam", "self_harm", "other", "child", "nudity")
    made = {category: say(owner, category) for category in order}
    decided = [say(owner, "child"), say(owner, "spam")]
    for report in decided:
        reports.decide(actor=None, report=report, decision=Report.Decision.AGREED, reason="")
    page = desk.get(QUEUE)
    listed = [row.pk for row in page.context["cl"].result_list]
    wanted = ("self_harm", "child", "spam", "other", "nudity")
    assert listed == [made[each].pk for each in wanted] + [report.pk for report in decided[::-1]]
    assert page.content.count(b'<span class="badge bad">') == 2
    waiting = desk.get(f"{QUEUE}?decided=no").context["cl"].result_list
    assert [row.pk for row in waiting] == listed[:5]


def test_the_first_page_says_how_many_wait_and_for_how_long(
    owner: User, moderator: User, desk: Client, as_person: AsPerson
) -> None:
    assert b"waiting for a decision" not in desk.get("/admin/").content
    say(owner, "spam", hours_ago=50)
    page = desk.get("/admin/").content.decode()
    assert "1 report is waiting for a decision" in page
    assert "The oldest has been waiting for 2 days." in page
    assert "urgent" not in page
    say(owner, "child")
    # None of these is the moderator's to decide.
    say(moderator, "self_harm")
    say(owner, "spam", reporter=moderator)
    page = desk.get("/admin/").content.decode()
    assert "2 reports are waiting for a decision" in page
    assert "1 is urgent" in page
    assert f"{QUEUE}?decided=no" in page
    onlooker = User.objects.create_user("ona", is_staff=True)
    assert b"waiting for a decision" not in as_person(onlooker).get("/admin/").content


def test_the_first_page_asks_no_more_for_more_reports(
    owner: User, desk: Client, django_assert_max_num_queries: Any
) -> None:
    say(owner, "spam")
    desk.get("/admin/")
    with django_assert_max_num_queries(20) as first:
        desk.get("/admin/")
    for _number in range(6):
        say(owner, "child")
    with django_assert_max_num_queries(len(first)):
        desk.get("/admin/")


def test_the_figures(owner: User, client: Client) -> None:
    figures = read(client)
    assert figures["notes_reports_open/child"] == 0
    assert figures["notes_reports_oldest_seconds"] == 0
    say(owner, "child", hours_ago=2)
    say(owner, "child")
    closed = say(owner, "spam", hours_ago=9)
    reports.decide(actor=None, report=closed, decision=Report.Decision.DISMISSED, reason="")
    figures = read(client)
    assert figures["notes_reports_open/child"] == 2
    assert figures["notes_reports_open/spam"] == 0
    assert 7_200 <= figures["notes_reports_oldest_seconds"] < 7_900


def test_reports_of_before_learn_whose_their_things_are(owner: User, stranger: User) -> None:
    """What the migration fills in: also of what is gone, by the name that the report kept."""
    post, gone = post_of(owner), post_of(owner)
    comment = comments.write(author=owner, post=post, text="Words")
    for target in (post, gone, comment, owner):
        reports.report(reporter=stranger, target=target, category="spam", words="")
    gone.delete()
    Report.objects.update(person_id=None)
    migration = import_module("moderation.migrations.0007_report_person")
    migration.fill(apps, None)
    assert set(Report.objects.values_list("person_id", flat=True)) == {owner.pk}
