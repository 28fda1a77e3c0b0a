"""Nobody decides about themselves, nor about what they reported: every action, by every way."""

import secrets
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.messages import get_messages
from django.test import Client
from django.utils import timezone

from accounts.models import SignUp, User
from moderation import actions, conflict_of_interest, membership, reports
from moderation.conflict_of_interest import ALONE
from moderation.models import AuditEntry, Report
from moderation.roles import make_moderator
from notes_site.ids import encode
from notes_site.models import Event
from posts.models import Comment, Photo, Post
from tests.making import storm
from tests.notifications.conftest import post_of

AsPerson = Callable[[User | None], Client]
pytestmark = pytest.mark.django_db
ROOMS = {
    "post": "/admin/posts/post/",
    "comment": "/admin/posts/comment/",
    "photo": "/admin/posts/photo/",
    "person": "/admin/accounts/user/",
    "sign_up": "/admin/accounts/signup/",
    "report": "/admin/moderation/report/",
}
# Each action: what it is done to, how that stands before, and the function behind the page.
ACTIONS: dict[str, tuple[str, dict[str, Any], Callable[..., Any]]] = {
    "hide a post": ("post", {}, actions.hide_post),
    "restore a post": ("post", {"hidden_at": timezone.now()}, actions.restore_post),
    "hide a comment": ("comment", {}, actions.hide_comment),
    "restore a comment": ("comment", {"hidden_at": timezone.now()}, actions.restore_comment),
    "retry a photo": ("photo", {"state": "failed"}, actions.retry_photo),
    "release a photo": ("photo", {"held_at": timezone.now()}, actions.release_photo),
    "refuse a photo": ("photo", {"held_at": timezone.now()}, actions.refuse_photo),
    "suspend a person": ("person", {}, actions.suspend),
    "unsuspend a person": ("person", {}, actions.unsuspend),
    "agree a report": ("report", {}, reports.decide),
    "dismiss a report": ("report", {}, reports.decide),
    "approve a sign_up": ("sign_up", {}, membership.approve),
    "decline a sign_up": ("sign_up", {}, membership.decline),
    "confirm a person": ("person", {}, membership.confirm_address),
    "reset-link a person": ("person", {}, membership.make_reset_link),
}
# Only owners have these.
OWNERS_ONLY = ("confirm", "reset-link")
# A report says nothing about these, so nobody can have reported them.
NOT_REPORTED = ("approve", "decline")


def of(who: User, kind: str, fields: dict[str, Any], action: str) -> Any:
    """A thing of that kind that belongs to somebody, as it stands before the action."""
    if kind == "post":
        return post_of(who, **fields)
    if kind == "comment":
        # Under somebody else's post: whose comment it is counts.
        host, _made = User.objects.get_or_create(username="host")
        return Comment.objects.create(post=post_of(host), author=who, text="Words", **fields)
    if kind == "photo":
        plain = {"state": "ready", "width": 8, "height": 8, "bytes": 1, "format": "jpeg"}
        plain["original_key"] = secrets.token_hex(8)
        return Photo.objects.create(owner=who, post=post_of(who), **plain | fields)
    if kind == "report":
        reporter, _made = User.objects.get_or_create(username="reporter")
        return report_of(post_of(who), reporter)
    if kind == "sign_up":
        return SignUp.objects.get_or_create(user=who, reason="Please")[0]
    if action == "unsuspend":
        # Of a member; somebody suspended has no session to lift their own with.
        User.objects.filter(pk=who.pk).update(suspended_at=timezone.now())
    return User.objects.get(pk=who.pk)


def report_of(thing: Any, reporter: User, category: str = "spam", words: str = "Secret") -> Report:
    assert reports.report(reporter=reporter, target=thing, category=category, words=words)
    return Report.objects.latest("pk")


def reported_by(person: User, thing: Any, kind: str) -> Any:
    """The same thing after the person reported it."""
    if kind == "report":
        Report.objects.filter(pk=thing.pk).update(reporter=person)
        return Report.objects.get(pk=thing.pk)
    Report.objects.create(reporter=person, target_kind=kind, target_id=thing.pk, category="spam")
    return thing


def do(function: Callable[..., Any], actor: User, kind: str, thing: Any, action: str) -> Any:
    """Call what stands behind the page."""
    if function is reports.decide:
        decision = Report.Decision.AGREED if action == "agree" else Report.Decision.DISMISSED
        return reports.decide(actor=actor, report=thing, decision=decision, reason="Because")
    if kind == "sign_up":
        kind, thing = "person", thing.user
    return function(actor=actor, **{kind: thing}, reason="Because")


@pytest.fixture
def deciders(moderator: User, site_owner: User) -> dict[str, User]:
    """A moderator and an owner; each could decide in the other's place, and a second owner too."""
    User.objects.create_superuser("otto", "otto@example.org", "pass-otto-1")
    return {"moderator": moderator, "owner": site_owner}


@pytest.mark.parametrize("role", ["moderator", "owner"])
@pytest.mark.parametrize("whose", ["own", "reported", "another's"])
def test_who_decides_what(
    whose: str, role: str, deciders: dict[str, User], as_person: AsPerson
) -> None:
    """Every action, by the function behind it and by a direct POST; all that went wrong is told."""
    actor = deciders[role]
    browser = as_person(actor)
    wrong = []
    for number, named in enumerate(ACTIONS):
        action = named.split(" a ")[0]
        if whose == "reported" and action in NOT_REPORTED:
            continue
        if whose == "own" and action == "unsuspend":
            # Somebody suspended has no session to try it with; see below.
            continue
        person = actor if whose == "own" else User.objects.create_user(f"member{number}")
        may = whose == "another's" and (role == "owner" or action not in OWNERS_ONLY)
        wrong += [f"{named}: {each}" for each in faults(named, whose, actor, person, browser, may)]
    assert wrong == []


def faults(
    named: str, whose: str, actor: User, person: User, browser: Client, may: bool
) -> Iterator[str]:
    """What is not as it should be when the actor tries an action on something of the person's."""
    action, kind = named.split(" a ")
    _kind, fields, function = ACTIONS[named]
    thing = of(person, kind, fields, action)
    if kind == "sign_up" and whose != "own":
        User.objects.filter(pk=person.pk).update(is_active=False)
        thing = SignUp.objects.select_related("user").get(pk=thing.pk)
    if whose == "reported":
        thing = reported_by(actor, thing, kind)
    before = AuditEntry.objects.count()
    refusal = conflict_of_interest.Moderator(actor).why_not(thing)
    if bool(refusal) is (whose == "another's"):
        yield "may_decide"
    if not may:
        with pytest.raises(actions.NotAllowedError):
            do(function, actor, kind, thing, action)
    if action in OWNERS_ONLY and may:
        address_of(person)
    address = f"{ROOMS[kind]}{action}/?ids={encode(thing.pk)}"
    answer = browser.post(address, {"reason": "Because"})
    if answer.status_code not in ((200, 303) if may or actor.is_superuser else (303, 403)):
        yield f"answers {answer.status_code}"
    if AuditEntry.objects.count() != before + may:
        yield "the trail"
    told = " ".join(str(each) for each in get_messages(answer.wsgi_request))
    sentences = ("another moderator", "can't", "Nothing was changed", "no unconfirmed address")
    if not may and answer.status_code == 303 and not any(each in told for each in sentences):
        yield f"tells {told!r}"


def address_of(person: User) -> None:
    """An address that an owner can confirm."""
    User.objects.filter(pk=person.pk).update(email=f"{person.username}@example.org")
    EmailAddress.objects.create(user=person, email=f"{person.username}@example.org", primary=True)


def test_nobody_lifts_their_own_suspension(deciders: dict[str, User]) -> None:
    for actor in deciders.values():
        User.objects.filter(pk=actor.pk).update(suspended_at=timezone.now())
        with pytest.raises(actions.NotAllowedError):
            actions.unsuspend(actor=actor, person=actor)


def test_many_at_once_leaves_out_what_is_ones_own(
    moderator: User, site_owner: User, stranger: User, desk: Client
) -> None:
    own, other = post_of(moderator, title="Mine"), post_of(stranger, title="Theirs")
    for post, offered in ((own, False), (other, True)):
        row = desk.get(f"/admin/posts/post/{post.pk}/change/").content
        assert (b"/admin/posts/post/hide/" in row) is offered
    chosen = {"action": "hide", "_selected_action": [own.pk, other.pk]}
    asked = desk.post("/admin/posts/post/", chosen)
    page = desk.get(asked["Location"]).content.decode()
    assert "Mine (@mara): This is your own" in page
    done = desk.post(asked["Location"], {"reason": "Faces"}, follow=True).content.decode()
    assert "1 post is hidden." in done
    assert "Mine (@mara): This is your own" in done
    hidden = Post.objects.filter(hidden_at__isnull=False)
    assert list(hidden) == [other]
    assert AuditEntry.objects.filter(action="hide").count() == 1


def test_what_the_owner_hid_its_author_does_not_restore(
    moderator: User, site_owner: User, desk: Client
) -> None:
    post = post_of(moderator)
    actions.hide_post(actor=site_owner, post=post, reason="Faces")
    desk.post(f"/admin/posts/post/restore/?ids={post.code}", {"reason": ""})
    post.refresh_from_db()
    assert post.hidden_at
    page = desk.get(post.get_absolute_url()).content
    assert b"/admin/posts/post/" not in page, "not even offered"


@pytest.mark.parametrize("other", [None, "suspended", "leaving", "closed", "no moderator any more"])
def test_an_owner_alone_decides_and_the_trail_says_so(
    other: str | None, site_owner: User, stranger: User, as_person: AsPerson
) -> None:
    if other:
        person = User.objects.create_user("mara")
        make_moderator(user=person, actor=None)
        now = timezone.now()
        changes: dict[str, dict[str, Any]] = {
            "suspended": {"suspended_at": now},
            "leaving": {"leaving_at": now},
            "closed": {"is_active": False},
            "no moderator any more": {"is_staff": False},
        }
        User.objects.filter(pk=person.pk).update(**changes[other])
    alone = AuditEntry.objects.filter(reason__startswith=ALONE)
    browser = as_person(site_owner)
    post = post_of(site_owner, hidden_at=timezone.now())
    browser.post(f"/admin/posts/post/restore/?ids={post.code}", {"reason": "A mistake"})
    post.refresh_from_db()
    assert post.hidden_at is None
    assert AuditEntry.objects.get(action="restore").reason == f"{ALONE} A mistake"
    report = report_of(post, stranger, "privacy", "It shows Strange")
    seen = browser.get(ROOMS["report"]).content.decode()
    seen += browser.get(f"{ROOMS['report']}{report.pk}/change/").content.decode()
    assert "not shown: it is about you" in seen
    assert "stranger" not in seen
    assert "It shows Strange" not in seen
    browser.post(f"{ROOMS['report']}dismiss/?ids={report.code}", {"reason": ""})
    assert alone.count() == 2
    # What is another's carries no such words.
    actions.hide_post(actor=site_owner, post=post_of(stranger), reason="Faces")
    assert alone.count() == 2


def test_a_moderator_alone_is_not_enough(moderator: User) -> None:
    post = post_of(moderator, hidden_at=timezone.now())
    with pytest.raises(actions.NotAllowedError):
        actions.restore_post(actor=moderator, post=post)


def test_where_the_only_moderator_reports_the_owner_the_owner_decides_unseeing(
    moderator: User, site_owner: User, as_person: AsPerson
) -> None:
    report = report_of(post_of(site_owner), moderator, words="Says Mara")
    with pytest.raises(actions.NotAllowedError):
        reports.decide(actor=moderator, report=report, decision=Report.Decision.AGREED, reason="")
    seen = as_person(site_owner).get(ROOMS["report"]).content.decode()
    assert "not shown: it is about you" in seen
    assert "@mara" not in seen
    assert reports.decide(
        actor=site_owner, report=report, decision=Report.Decision.DISMISSED, reason=""
    )
    assert AuditEntry.objects.get(action="set_aside").reason == ALONE


def test_two_at_once_the_second_is_told(
    moderator: User, site_owner: User, stranger: User, desk: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = report_of(post_of(stranger), site_owner)
    address = f"{ROOMS['report']}dismiss/?ids={report.code}"
    first = reports.decide

    def quicker(**of: Any) -> bool:
        # Between this moderator's look and their press, a colleague presses.
        first(actor=None, report=report, decision=Report.Decision.AGREED, reason="")
        return first(**of)

    monkeypatch.setattr(reports, "decide", quicker)
    told = desk.post(address, {"reason": ""}, follow=True).content.decode()
    assert "is already decided." in told
    report.refresh_from_db()
    assert report.decision == "upheld"
    assert AuditEntry.objects.filter(action__in=("uphold", "set_aside")).count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_presses_at_once_one_counts(owner: User, stranger: User) -> None:
    report = report_of(post_of(owner), stranger)
    decisions = (Report.Decision.AGREED, Report.Decision.DISMISSED)
    counted = []

    def press(number: int) -> None:
        decision = decisions[number]
        counted.append(reports.decide(actor=None, report=report, decision=decision, reason=""))

    assert storm(press, threads=2) == []
    assert sorted(counted) == [False, True]
    assert AuditEntry.objects.count() == 1
    assert Event.objects.filter(kind="report.decided").count() == 1


def test_the_list_asks_no_more_for_more_rows(
    moderator: User, site_owner: User, stranger: User, desk: Client,
    django_assert_max_num_queries: Any,
) -> None:  # fmt: skip
    for number in range(12):
        post = post_of(stranger)
        if number % 2:
            report_of(post, moderator)
    for _number in range(6):
        post_of(moderator)
    with django_assert_max_num_queries(14):
        page = desk.get(ROOMS["post"]).content.decode()
    offered = page.count("/admin/posts/post/hide/?ids=")
    assert offered == 6, "neither their own nor what they reported"
