"""Nobody learns that they were reported, by whom, or in which words: not anywhere in the admin."""

from collections.abc import Callable, Iterator

import pytest
from django.test import Client

from accounts.models import User
from moderation import actions, reports
from moderation.models import AuditEntry, Report
from notes_site.models import Event
from notes_site.queue import events
from tests.moderation.test_deciding import ROOMS, deciders, of, report_of
from tests.notifications.conftest import post_of

__all__ = ["deciders"]

AsPerson = Callable[[User | None], Client]
pytestmark = pytest.mark.django_db


def admin_pages(browser: Client, report: Report) -> Iterator[str]:
    """Everything in the admin where a report could be met, searched and filtered in each way."""
    room = ROOMS["report"]
    addresses = [
        room,
        f"{room}?decided=no",
        f"{room}?q=mara",
        f"{room}?q={report.code}",
        f"{room}?category__exact={report.category}",
        f"{room}?target_kind__exact={report.target_kind}",
        f"{room}?o=-5",
        f"{room}?reporter__username=stranger",
        f"{room}?reporter__username__startswith=s",
        f"{room}{report.pk}/change/",
        f"{room}{report.pk}/history/",
        f"{room}agree/?ids={report.code}",
        f"{room}dismiss/?ids={report.code}",
        "/admin/",
        "/admin/moderation/auditentry/",
        "/admin/moderation/auditentry/?q=Told+by",
        f"/admin/moderation/auditentry/?target_kind=post&target_id={report.target_id}",
        f"/admin/posts/post/{report.target_id}/change/",
        f"/admin/accounts/user/{report.person_id}/change/",
        "/notifications/",
    ]
    return (browser.get(each, follow=True).content.decode() for each in addresses)


@pytest.mark.parametrize("kind", ["post", "comment", "person"])
@pytest.mark.parametrize("role", ["moderator", "owner"])
def test_nobody_learns_that_they_were_reported(
    kind: str, role: str, deciders: dict[str, User], stranger: User, as_person: AsPerson
) -> None:
    actor = deciders[role]
    report = report_of(of(actor, kind, {}, ""), stranger, "stolen", "It is mine, says Strange")
    for event_id in Event.objects.values_list("pk", flat=True):
        events.handle(event_id)
    browser = as_person(actor)
    everything = "".join(admin_pages(browser, report))
    for word in ("stranger", "says Strange", 'class="field-what', "report is waiting"):
        assert word not in everything, word
    # After the decision the trail names what was decided to everyone but them.
    colleague = deciders["owner" if role == "moderator" else "moderator"]
    reports.decide(
        actor=colleague, report=report, decision=Report.Decision.DISMISSED, reason="Told by Strange"
    )
    assert "Told by Strange" not in "".join(admin_pages(browser, report))
    assert any("Told by Strange" in page for page in admin_pages(as_person(colleague), report))
    audit = AuditEntry.objects.get(action="set_aside")
    page = browser.get(f"/admin/moderation/auditentry/{audit.pk}/change/", follow=True)
    assert b"Told by Strange" not in page.content


def test_a_deleted_thing_is_still_ones_own(
    moderator: User, site_owner: User, stranger: User, desk: Client
) -> None:
    post = post_of(moderator)
    report = report_of(post, stranger)
    post.delete()
    assert b"stranger" not in desk.get(ROOMS["report"]).content
    with pytest.raises(actions.NotAllowedError):
        reports.decide(
            actor=moderator, report=report, decision=Report.Decision.DISMISSED, reason=""
        )


def test_another_name_does_not_make_it_anothers(
    moderator: User, site_owner: User, stranger: User, desk: Client
) -> None:
    report_of(post_of(moderator), stranger)
    User.objects.filter(pk=moderator.pk).update(username="maria")
    assert b"stranger" not in desk.get(ROOMS["report"]).content
