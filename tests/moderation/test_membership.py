"""Who comes in, as moderators and owners decide it in the admin: rights, actions, the trail."""

import importlib
import io
import re
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import BlockedDomain, Invite, SignUp, User
from accounts.signup import registration
from accounts.signup.registration import Admission
from moderation import membership
from moderation.actions import NotAllowedError
from moderation.models import AuditEntry
from moderation.roles import GROUP, PERMISSIONS
from notes_site import site
from notes_site.ids import encode
from notes_site.models import SiteSettings
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db
AsPerson = Callable[[User | None], Client]
LISTS = ("accounts/signup", "accounts/invite", "accounts/blockeddomain")


def asks(username: str = "newcomer") -> SignUp:
    """Somebody who asks to be let in."""
    person = User(username=username, email=f"{username}@example.org")
    person.set_password(PASSWORD)
    registration.create_account(person, Admission(reason=f"I am {username}", waits=True))
    return SignUp.objects.get(user=person)


def action(noun: str, name: str, row: Any) -> str:
    return f"/admin/{noun}/{name}/?ids={encode(row.pk)}"


def last_entry() -> AuditEntry:
    entry = AuditEntry.objects.order_by("-pk").first()
    assert entry
    return entry


@pytest.fixture
def owners_desk(site_owner: User, as_person: AsPerson) -> Client:
    """The owner's browser."""
    return as_person(site_owner)


@pytest.fixture
def onlooker(db: None) -> User:
    """Staff without any right."""
    return User.objects.create_user("ona", is_staff=True)


# --- The queue --------------------------------------------------------------------------------
def test_the_first_page_says_who_waits(desk: Client, onlooker: User, as_person: AsPerson) -> None:
    assert "waiting-people" not in desk.get("/admin/").content.decode()
    first = asks("first")
    asks("second")
    page = desk.get("/admin/").content.decode()
    assert "2 people are waiting for approval" in page
    assert "has been waiting for" not in page
    found = re.search(r'href="([^"]+)">2 people', page)
    assert found
    rows = desk.get(found[1]).context["cl"].result_list
    assert {row.user.username for row in rows} == {"first", "second"}
    SignUp.objects.filter(pk=first.pk).update(created_at=timezone.now() - timedelta(days=3))
    assert "The first has been waiting for 3 days." in desk.get("/admin/").content.decode()
    assert "waiting-people" not in as_person(onlooker).get("/admin/").content.decode()


def test_a_moderator_lets_in_with_a_page_that_asks(desk: Client, moderator: User) -> None:
    row = asks()
    address = action("accounts/signup", "approve", row)
    page = desk.get(address).content.decode()
    assert "Their account opens right away" in page
    assert "I am newcomer" in page
    assert not User.objects.get(username="newcomer").is_active, "asking changes nothing"
    answer = desk.post(address, {"reason": "Known from the choir"})
    assert answer.status_code == 303
    assert User.objects.get(username="newcomer").is_active
    entry = last_entry()
    assert (entry.actor_id, entry.action, entry.target_label) == (
        moderator.pk,
        "let_in",
        "@newcomer",
    )
    again = desk.post(address, {"reason": ""}, follow=True).content.decode()
    assert "is already decided." in again
    assert AuditEntry.objects.count() == 2, "the appointment and the letting in"


def test_a_moderator_turns_away_and_it_is_erased(desk: Client) -> None:
    row = asks()
    number = row.user_id
    address = action("accounts/signup", "decline", row)
    assert desk.post(address, {"reason": "Spam"}).status_code == 303
    assert not User.objects.filter(pk=number).exists()
    entry = last_entry()
    assert (entry.action, entry.target_id, entry.target_label) == ("turn_away", number, "@newcomer")
    assert entry.reason == "Spam"
    assert desk.get("/admin/moderation/auditentry/").status_code == 200


def test_several_at_once_from_the_list(desk: Client) -> None:
    rows = [asks("first"), asks("second")]
    chosen = {"action": "approve", "index": 0, "_selected_action": [row.pk for row in rows]}
    page = desk.post("/admin/accounts/signup/?decided=no", chosen)
    assert page.status_code == 303
    done = desk.post(page["Location"], {"reason": ""}, follow=True).content.decode()
    assert "2 sign-ups are approved." in done
    assert User.objects.filter(is_active=True, username__in=("first", "second")).count() == 2


def test_members_and_staff_without_the_right_decide_nothing(
    onlooker: User, stranger: User, as_person: AsPerson
) -> None:
    row = asks()
    invite = membership.make_invite(actor=None, most_uses=1, days=1)
    blocked = membership.block_domain(actor=None, domain="spam.example")
    entries = AuditEntry.objects.count()
    actions = [
        action("accounts/signup", "approve", row),
        action("accounts/signup", "decline", row),
        action("accounts/invite", "revoke", invite),
        action("accounts/blockeddomain", "unblock", blocked),
        action("accounts/user", "confirm", stranger),
        action("accounts/user", "reset-link", stranger),
        "/admin/accounts/invite/add/",
        "/admin/accounts/blockeddomain/add/",
        "/admin/notes_site/sitesettings/1/change/",
        *(f"/admin/{name}/" for name in LISTS),
    ]
    for address in actions:
        for person, status in ((None, 302), (stranger, 302), (onlooker, 403)):
            for method in ("get", "post"):
                answer = getattr(as_person(person), method)(address, {"reason": "Because"})
                assert answer.status_code == status, (address, person, method)
    assert AuditEntry.objects.count() == entries
    assert not User.objects.get(pk=row.user_id).is_active
    assert Invite.objects.get().is_good


def test_who_may_only_look_decides_nothing(onlooker: User, as_person: AsPerson) -> None:
    rights = Permission.objects.filter(codename__in=("view_signup", "view_user"))
    onlooker.user_permissions.add(*rights)
    row, browser = asks(), as_person(onlooker)
    assert b"Approve" not in browser.get("/admin/accounts/signup/").content
    for name in ("approve", "decline"):
        assert browser.post(action("accounts/signup", name, row), {"reason": ""}).status_code == 403
    assert SignUp.objects.get().decided_at is None


def test_the_queue_is_behind_the_second_factor_too(desk: Client, settings: Any) -> None:
    settings.STAFF_SECOND_FACTOR = True
    for name in LISTS:
        answer = desk.get(f"/admin/{name}/")
        assert answer["Location"] == "/accounts/2fa/totp/activate/"


def test_moderators_see_where_the_mail_is_and_never_the_address(
    desk: Client, owners_desk: Client
) -> None:
    row = asks()
    pages = [
        "/admin/accounts/signup/",
        f"/admin/accounts/signup/{row.pk}/change/",
        f"/admin/accounts/user/{row.user_id}/change/",
    ]
    for page in pages:
        body = desk.get(page).content.decode()
        assert "newcomer@example.org" not in body, page
        assert "Waiting for approval" in body, page
    assert "example.org" in desk.get(pages[0]).content.decode()
    assert "newcomer@example.org" in owners_desk.get(pages[2]).content.decode()
    assert desk.get("/admin/accounts/signup/?user__email__startswith=n").status_code in (302, 400)


# --- Invitations ------------------------------------------------------------------------------
def test_a_moderator_makes_an_invitation_and_gets_its_link(desk: Client, moderator: User) -> None:
    fields = {"note": "The choir", "most_uses": "12", "days": "7"}
    answer = desk.post("/admin/accounts/invite/add/", fields)
    invite = Invite.objects.get()
    assert (answer.status_code, answer["Location"]) == (
        303,
        f"/admin/accounts/invite/{invite.pk}/change/",
    )
    page = desk.get(answer["Location"]).content.decode()
    assert f"http://localhost:8000/accounts/signup/?invite={invite.code}" in page
    assert "0 of 12" in page
    assert invite.created_by == moderator
    assert invite.expires_at
    assert timedelta(days=6) < invite.expires_at - timezone.now() <= timedelta(days=7)
    assert (last_entry().action, last_entry().target_label) == ("create", "The choir")
    assert desk.post("/admin/accounts/invite/add/", fields | {"most_uses": "0"}).status_code == 200
    assert Invite.objects.count() == 1


def test_revoking_closes_it_and_keeps_who_came(desk: Client, client: Client) -> None:
    invite = membership.make_invite(actor=None, most_uses=None, days=None, note="Open door")
    client.post(
        "/accounts/signup/",
        {
            "username": "guest", "email": "guest@example.org", "invite": invite.code,
            "password1": PASSWORD, "password2": PASSWORD,
        },
    )  # fmt: skip
    address = action("accounts/invite", "revoke", invite)
    assert desk.post(address, {"reason": ""}).status_code == 303
    assert not Invite.objects.get().is_good
    assert last_entry().action == "revoke"
    assert User.objects.get(username="guest").is_active
    page = desk.get(f"/admin/accounts/signup/{SignUp.objects.get().pk}/change/").content.decode()
    assert "Joined with the invitation “Open door”" in page


# --- Domains ----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Spam.Example", "spam.example"),
        ("@spam.example", "spam.example"),
        ("*.spam.example", "spam.example"),
        ("someone@spam.example", "spam.example"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("spam example", ""),
        ("", ""),
    ],
)
def test_a_domain_is_blocked_as_it_is_compared(desk: Client, typed: str, kept: str) -> None:
    answer = desk.post("/admin/accounts/blockeddomain/add/", {"domain": typed, "note": "Spam"})
    assert answer.status_code == (302 if kept else 200)
    assert [row.domain for row in BlockedDomain.objects.all()] == ([kept] if kept else [])
    if kept:
        assert (last_entry().action, last_entry().target_label) == ("block", kept)


def test_blocking_twice_is_said(desk: Client) -> None:
    membership.block_domain(actor=None, domain="spam.example")
    answer = desk.post("/admin/accounts/blockeddomain/add/", {"domain": "SPAM.example", "note": ""})
    assert answer.status_code == 200
    assert "already exists" in answer.content.decode()


def test_a_domain_is_let_in_again(desk: Client) -> None:
    blocked = membership.block_domain(actor=None, domain="spam.example")
    address = action("accounts/blockeddomain", "unblock", blocked)
    assert desk.post(address, {"reason": "A mistake"}).status_code == 303
    assert not registration.is_blocked("me@spam.example")
    assert (last_entry().action, last_entry().reason) == ("unblock", "A mistake")


# --- The site's settings ----------------------------------------------------------------------
def test_the_owner_names_the_site_and_says_who_may_join(
    owners_desk: Client, client: Client
) -> None:
    first = owners_desk.get("/admin/notes_site/sitesettings/", follow=True)
    assert "As set in REGISTRATION: Everyone" in first.content.decode()
    assert not SiteSettings.objects.exists(), "looking chooses nothing"
    address = first.request["PATH_INFO"]
    answer = owners_desk.post(address, {"name": "Harbour", "registration": "invite"}, follow=True)
    assert "Saved. The site is called Harbour." in answer.content.decode()
    assert site.current() == site.Site("Harbour", site.Registration.INVITE)
    assert "Join Harbour" in client.get("/accounts/signup/").content.decode()
    entry = last_entry()
    assert (entry.action, entry.target_kind, entry.target_label) == ("change", "site", "Harbour")
    assert entry.reason == "Harbour: Anyone with an invitation"
    owners_desk.post(address, {"name": "Harbour", "registration": "invite"})
    assert AuditEntry.objects.filter(action="change").count() == 1, "nothing was changed"
    owners_desk.post(address, {"name": "", "registration": ""})
    assert site.current() == site.Site("Notes", site.Registration.OPEN)
    for wrong in ({"name": "a" * 61, "registration": ""}, {"name": "", "registration": "maybe"}):
        assert owners_desk.post(address, wrong).status_code == 200
    assert SiteSettings.objects.count() == 1


def test_the_settings_are_the_owners_alone(desk: Client, moderator: User) -> None:
    for address in ("/admin/notes_site/sitesettings/", "/admin/notes_site/sitesettings/1/change/"):
        assert desk.get(address).status_code in (302, 403)
        assert desk.get(address, follow=True).status_code == 403
    fields = {"name": "Mine", "registration": "closed"}
    assert desk.post("/admin/notes_site/sitesettings/1/change/", fields).status_code == 403
    with pytest.raises(NotAllowedError):
        membership.change_site(actor=moderator, name="Mine", registration="closed")
    assert site.current().name == "Notes"
    assert "notes_site/sitesettings" not in desk.get("/admin/").content.decode()


# --- Without mail -----------------------------------------------------------------------------
def test_the_owner_confirms_an_address(owners_desk: Client, owner: User) -> None:
    page = owners_desk.get(f"/admin/accounts/user/{owner.pk}/change/").content.decode()
    assert "Not confirmed" in page
    address = action("accounts/user", "confirm", owner)
    assert address.replace("&", "&amp;") in page
    assert owners_desk.post(address, {"reason": "She showed me"}).status_code == 303
    row = EmailAddress.objects.get(user=owner)
    assert (row.email, row.verified, row.primary) == ("owner@example.org", True, True)
    assert (last_entry().action, last_entry().reason) == ("confirm", "She showed me")
    page = owners_desk.get(f"/admin/accounts/user/{owner.pk}/change/").content.decode()
    assert "Not confirmed" not in page
    again = owners_desk.post(address, {"reason": ""}, follow=True).content.decode()
    assert "has no unconfirmed address." in again


def test_an_address_that_another_account_confirmed_stays_theirs(
    owners_desk: Client, owner: User, stranger: User
) -> None:
    EmailAddress.objects.create(user=stranger, email=owner.email, verified=True, primary=True)
    address = action("accounts/user", "confirm", owner)
    answer = owners_desk.post(address, {"reason": ""}, follow=True).content.decode()
    assert "Another account has confirmed this address." in answer
    assert not EmailAddress.objects.filter(user=owner, verified=True).exists()
    assert not AuditEntry.objects.filter(action="confirm").exists()


def made_link(owners_desk: Client, person: User) -> str:
    address = action("accounts/user", "reset-link", person)
    assert owners_desk.post(address, {"reason": ""}).status_code == 422, "a reason is needed"
    answer = owners_desk.post(address, {"reason": "Rang me up"})
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    found = re.search(
        r'<code class="secret">http://localhost:8000([^<]+)</code>', answer.content.decode()
    )
    assert found
    return found[1]


def use_link(link: str, password: str) -> Client:
    browser = Client()
    form = browser.get(link, follow=True)
    browser.post(form.request["PATH_INFO"], {"password1": password, "password2": password})
    return browser


def test_a_link_for_a_new_password_works_once_and_ends_every_session(
    owners_desk: Client, site_owner: User, owner: User, as_person: AsPerson
) -> None:
    session = as_person(owner)
    link = made_link(owners_desk, owner)
    entry = last_entry()
    assert (entry.actor_id, entry.action, entry.reason) == (
        site_owner.pk,
        "reset_link",
        "Rang me up",
    )
    assert link.split("-")[-1].strip("/") not in f"{entry.target_label}{entry.reason}"
    assert session.get("/new/").status_code == 200, "nothing changes until it is used"
    use_link(link, "quite another password")
    owner.refresh_from_db()
    assert owner.check_password("quite another password")
    assert session.get("/new/").status_code == 302
    use_link(link, "a third one altogether")
    owner.refresh_from_db()
    assert owner.check_password("quite another password"), "it works once"


def test_a_link_is_good_for_three_days(owners_desk: Client, owner: User, settings: Any) -> None:
    assert timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT) == timedelta(days=3)
    link = made_link(owners_desk, owner)
    settings.PASSWORD_RESET_TIMEOUT = -1
    use_link(link, "quite another password")
    owner.refresh_from_db()
    assert owner.check_password(PASSWORD)


def test_moderators_make_no_links_and_confirm_nothing(
    desk: Client, moderator: User, owner: User
) -> None:
    for name in ("reset-link", "confirm"):
        assert desk.post(action("accounts/user", name, owner), {"reason": "Why"}).status_code == 403
        page = desk.get(f"/admin/accounts/user/{owner.pk}/change/").content.decode()
        assert f"/{name}/" not in page
    for act in (membership.make_reset_link, membership.confirm_address):
        with pytest.raises(NotAllowedError):
            act(actor=moderator, person=owner, reason="Why")
    assert not AuditEntry.objects.filter(target_id=owner.pk).exists()


def test_who_waits_gets_no_link(owners_desk: Client) -> None:
    row = asks()
    page = owners_desk.get(action("accounts/user", "reset-link", row.user)).content.decode()
    assert "The account is not open" in page
    with pytest.raises(CommandError, match="not open"):
        call_command("reset_link", "newcomer")


def test_the_command_prints_a_link(owner: User) -> None:
    out = io.StringIO()
    call_command("reset_link", "@Owner", stdout=out)
    link = out.getvalue().strip()
    use_link(link.removeprefix("http://localhost:8000"), "quite another password")
    owner.refresh_from_db()
    assert owner.check_password("quite another password")
    assert (last_entry().action, last_entry().actor) == ("reset_link", "the site")
    with pytest.raises(CommandError, match="Nobody here is called nobody"):
        call_command("reset_link", "nobody")


def test_without_mail_the_page_says_whom_to_ask(client: Client, settings: Any) -> None:
    address = "/accounts/password/reset/"
    assert 'name="email"' in client.get(address).content.decode()
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    for page in (address, f"{address}done/"):
        body = client.get(page).content.decode()
        assert "Ask an owner of this site" in body
        assert "on its way" not in body
        assert 'name="email"' not in body


# --- All of them ------------------------------------------------------------------------------
def test_every_page_opens_and_keeps_the_policy(owners_desk: Client) -> None:
    row, invite = asks(), membership.make_invite(actor=None, most_uses=2, days=1, note="Choir")
    blocked = membership.block_domain(actor=None, domain="spam.example")
    membership.change_site(actor=None, name="Harbour", registration="approval")
    pages = [
        "/admin/",
        "/admin/moderation/auditentry/",
        "/admin/accounts/invite/add/",
        "/admin/accounts/blockeddomain/add/",
        "/admin/notes_site/sitesettings/1/change/",
        f"/admin/accounts/signup/{row.pk}/change/",
        f"/admin/accounts/invite/{invite.pk}/change/",
        f"/admin/accounts/blockeddomain/{blocked.pk}/change/",
        *(f"/admin/{name}/" for name in LISTS),
    ]
    for page in pages:
        answer = owners_desk.get(page)
        assert answer.status_code == 200, page
        body = answer.content.decode()
        assert "<style" not in body, page
        assert 'style="' not in body, page


@pytest.mark.parametrize("name", LISTS)
def test_lists_cost_the_same_however_long(desk: Client, moderator: User, name: str) -> None:
    def grow(rows: int) -> None:
        for _ in range(rows):
            number = SignUp.objects.count()
            asks(f"person{number}")
            membership.make_invite(actor=moderator, most_uses=1, days=1)
            membership.block_domain(actor=None, domain=f"spam{number}.example")

    def queries() -> int:
        desk.get(f"/admin/{name}/")
        with CaptureQueriesContext(connection) as captured:
            assert desk.get(f"/admin/{name}/").status_code == 200
        return len(captured)

    grow(3)
    before = queries()
    grow(27)
    assert queries() == before


def test_moderators_of_before_get_the_new_rights() -> None:
    group = Group.objects.create(name=GROUP)
    migration: Any = importlib.import_module("moderation.migrations.0004_sign_ups")
    migration.allow(apps, SimpleNamespace(connection=connection))
    given = set(group.permissions.values_list("codename", flat=True))
    assert given == {name for name in PERMISSIONS["accounts"] if not name.endswith("_user")}


def test_what_another_process_chose_meanwhile_is_changed_back(db: None) -> None:
    membership.change_site(actor=None, name="", registration="open")
    assert site.current().registration == "open"
    SiteSettings.objects.update(registration="closed")
    assert membership.change_site(actor=None, name="", registration="open")
    assert SiteSettings.objects.get().registration == "open"
