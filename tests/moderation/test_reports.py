"""Reports: of what one may see, once each, and whoever sent one hears what came of it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.social import relations
from moderation import reports
from moderation.models import AuditEntry, Report
from notes_site.models import Event
from notifications.models import Notification
from posts.commenting import comments
from posts.models import Comment, Post
from tests.making import MakePost
from tests.notifications.conftest import happen, happen_again

AsPerson = Callable[[User | None], Client]
pytestmark = pytest.mark.django_db
SAID = {"category": "spam", "words": "Look at this"}


@pytest.fixture
def post(owner: User, make_post: MakePost) -> Post:
    return make_post(owner)


@pytest.fixture
def said(owner: User, post: Post) -> Comment:
    return comments.write(author=owner, post=post, text="Words")


def addresses(post: Post, said: Comment) -> dict[str, str]:
    return {
        "post": f"/p/{post.code}/report",
        "comment": f"/p/{post.code}/comments/{said.code}/report",
        "person": "/@owner/report",
    }


@pytest.mark.parametrize("kind", ["post", "comment", "person"])
def test_a_member_reports(
    kind: str, post: Post, said: Comment, owner: User, stranger: User, as_person: AsPerson
) -> None:
    address = addresses(post, said)[kind]
    browser = as_person(stranger)
    page = browser.get(address).content
    assert b"Only the moderators" in page
    # Nothing is chosen for them, and an empty choice is none.
    assert page.count(b'type="radio"') == len(Report.Category)
    assert page.count(b" checked") == page.count(b"data-keys-switch checked") == 1
    assert browser.post(address, SAID).status_code == 303
    found = Report.objects.get()
    assert (found.target_kind, found.target_label) == (kind, "@owner")
    assert found.target_id == {"post": post.pk, "comment": said.pk, "person": owner.pk}[kind]
    assert (found.reporter, found.category, found.words) == (stranger, "spam", "Look at this")
    # Again it is the same report.
    assert browser.post(address, SAID).status_code == 303
    assert Report.objects.count() == 1


@pytest.mark.parametrize("kind", ["post", "comment", "person"])
def test_nobody_reports_their_own_or_what_they_may_not_see(
    kind: str, post: Post, said: Comment, owner: User, stranger: User, as_person: AsPerson
) -> None:
    address = addresses(post, said)[kind]
    assert as_person(owner).post(address, SAID).status_code == 404
    assert as_person(None).post(address, SAID)["Location"].startswith("/accounts/login/")
    Post.objects.filter(pk=post.pk).update(audience="self")
    User.objects.filter(pk=owner.pk).update(is_active=False)
    assert as_person(stranger).post(address, SAID).status_code == 404
    assert not Report.objects.exists()


def test_whom_one_blocked_one_may_still_report(
    owner: User, stranger: User, as_person: AsPerson
) -> None:
    relations.block(blocker=stranger, blocked=owner)
    assert as_person(stranger).post("/@owner/report", SAID).status_code == 303
    assert as_person(owner).post("/@stranger/report", SAID).status_code == 404


@pytest.mark.parametrize(
    "wrong", [{}, {"category": "x"}, {"category": "spam", "words": "x" * 1001}]
)
def test_bad_input_is_told_and_kept(
    wrong: dict[str, str], post: Post, stranger: User, as_person: AsPerson
) -> None:
    answer = as_person(stranger).post(f"/p/{post.code}/report", {"words": "Kept words"} | wrong)
    assert answer.status_code == 422
    assert not Report.objects.exists()
    if "words" not in wrong:
        assert b"Kept words" in answer.content


@pytest.mark.parametrize(("action", "decision"), [("agree", "upheld"), ("dismiss", "set_aside")])
def test_a_moderator_decides_and_the_reporter_hears(
    action: str, decision: str, post: Post, stranger: User, desk: Client
) -> None:
    reports.report(reporter=stranger, target=post, category="spam", words="")
    found = Report.objects.get()
    page = desk.get("/admin/moderation/report/")
    assert f"/admin/moderation/report/{action}/".encode() in page.content
    answer = desk.post(f"/admin/moderation/report/{action}/?ids={found.code}", {"reason": "Seen"})
    assert answer.status_code == 303
    found.refresh_from_db()
    assert found.decision == decision
    assert AuditEntry.objects.get(target_kind="post").target_id == post.pk
    told = Event.objects.get(kind="report.decided")
    assert told.payload == {"reporter": str(stranger.pk), "decision": decision}
    # Decided once, it can be reported anew.
    assert not reports.decide(
        actor=stranger, report=found, decision=Report.Decision.AGREED, reason=""
    )
    assert reports.report(reporter=stranger, target=post, category="spam", words="")


@pytest.mark.parametrize(
    ("decision", "sentence"),
    [
        (Report.Decision.AGREED, "agreed with you"),
        (Report.Decision.DISMISSED, "nothing that breaks the rules"),
    ],
)
def test_what_came_of_it_stands_among_the_notifications(
    decision: Report.Decision,
    sentence: str,
    post: Post,
    stranger: User,
    owner: User,
    as_person: AsPerson,
) -> None:
    reports.report(reporter=stranger, target=post, category="spam", words="")
    reports.decide(actor=None, report=Report.objects.get(), decision=decision, reason="Not told")
    happen()
    happen_again()
    page = as_person(stranger).get("/notifications/").content.decode()
    assert page.count(sentence) == 1
    assert "Not told" not in page
    assert Notification.objects.get().recipient == stranger, "its author hears nothing"


def test_of_a_report_whose_sender_left_nobody_hears(post: Post, stranger: User) -> None:
    reports.report(reporter=stranger, target=post, category="spam", words="")
    reports.decide(
        actor=None, report=Report.objects.get(), decision=Report.Decision.AGREED, reason=""
    )
    stranger.delete()
    happen()
    assert not Event.objects.filter(handled_at=None).exists()
    assert not Notification.objects.exists()


def test_whether_a_blocked_account_is_suspended_is_told_to_nobody(
    owner: User, stranger: User, as_person: AsPerson
) -> None:
    relations.block(blocker=stranger, blocked=owner)
    User.objects.filter(pk=owner.pk).update(suspended_at=timezone.now())
    assert as_person(stranger).get("/@owner/report").status_code == 404


def test_only_moderators_read_them(
    post: Post,
    stranger: User,
    as_person: AsPerson,
    django_assert_max_num_queries: Any,
    desk: Client,
) -> None:
    assert as_person(stranger).get("/admin/moderation/report/").status_code == 302
    for number in range(12):
        reporter = User.objects.create(username=f"reporter{number}")
        reports.report(reporter=reporter, target=post, category="other", words="")
    with django_assert_max_num_queries(14):
        assert desk.get("/admin/moderation/report/").status_code == 200
