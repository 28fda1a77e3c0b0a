"""Invitations: so many people, for so long, counted exactly."""

import io
import threading
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from accounts.models import Invite, SignUp, User
from accounts.signup import invites, registration
from moderation.models import AuditEntry
from tests.accounts.test_sign_up_modes import SIGN_UP, typed
from tests.making import own_connection

NOT_GOOD = "This invitation is no longer valid, or there"


@pytest.fixture
def by_invitation(settings: Any) -> None:
    """A site that one joins with an invitation."""
    settings.REGISTRATION = "invite"


def an_invite(**limits: Any) -> Invite:
    return invites.make(by=None, **{"most_uses": 1, "days": 14} | limits)


def place_of(link: str) -> str:
    return link.partition("/accounts/")[2]


def bad_invites() -> dict[str, str]:
    """Codes that let nobody in, each for another reason."""
    late, used, revoked = an_invite(), an_invite(), an_invite()
    Invite.objects.filter(pk=late.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    invites.redeem(used.code)
    assert invites.revoke(revoked)
    assert not invites.revoke(revoked)
    return {
        "late": late.code,
        "used": used.code,
        "revoked": revoked.code,
        "never was": "AAAA-AAAA-AAAA",
    }


@pytest.mark.django_db
def test_the_link_fills_the_code_in_and_lets_one_in(client: Client, by_invitation: None) -> None:
    invite = an_invite()
    page = client.get(f"/accounts/{place_of(invites.link(invite))}").content.decode()
    assert f'value="{invite.code}"' in page
    assert "Choose a username and a password" in page
    answer = client.post(SIGN_UP, typed(invite=invite.code))
    assert (answer.status_code, answer["Location"]) == (302, "/welcome/")
    person = User.objects.get()
    assert person.is_active
    assert person.sign_up.invite == invite
    assert person.sign_up.decided_at
    assert client.get("/new/").status_code == 200
    invite.refresh_from_db()
    assert (invite.use_count, invite.is_good) == (1, False)
    second = Client().post(
        SIGN_UP, typed(username="second", email="second@example.org", invite=invite.code)
    )
    assert second.status_code == 422
    assert NOT_GOOD in second.content.decode()
    assert User.objects.count() == 1


@pytest.mark.django_db
def test_a_code_may_be_typed_loosely_or_be_the_whole_link(by_invitation: None) -> None:
    for number, write in enumerate(
        (
            lambda invite: invite.code.lower(),
            lambda invite: f" {invite.code.replace('-', ' ')} ",
            lambda invite: invite.code.replace("-", ""),
            invites.link,
        )
    ):
        fields = typed(
            username=f"person{number}", email=f"{number}@example.org", invite=write(an_invite())
        )
        assert Client().post(SIGN_UP, fields).status_code == 302
    assert User.objects.count() == 4


@pytest.mark.django_db
def test_without_a_code_nobody_comes_in(client: Client, by_invitation: None) -> None:
    answer = client.post(SIGN_UP, typed())
    assert answer.status_code == 422
    assert "Enter your invitation code." in answer.content.decode()
    assert not User.objects.exists()


@pytest.mark.django_db
def test_a_bad_code_is_refused_in_one_sentence_whatever_is_wrong(by_invitation: None) -> None:
    pages = set()
    for code in bad_invites().values():
        assert NOT_GOOD in Client().get(f"{SIGN_UP}?invite={code}").content.decode()
        answer = Client().post(SIGN_UP, typed(invite=code))
        assert answer.status_code == 422
        page = answer.content.decode()
        assert NOT_GOOD in page
        assert f'value="{code}"' in page
        pages.add(str(answer.context["form"].errors))
    assert len(pages) == 1, "else it tells which codes there were"
    assert not User.objects.exists()


@pytest.mark.django_db
def test_where_everyone_may_join_a_bad_code_keeps_nobody_out() -> None:
    for number, code in enumerate(bad_invites().values()):
        page = Client().get(f"{SIGN_UP}?invite={code}").content.decode()
        assert "need one: everyone can join" in page
        Client().post(
            SIGN_UP,
            typed(username=f"person{number}", email=f"{number}@example.org", invite=code),
        )
    assert User.objects.count() == 4
    assert not SignUp.objects.exists()


@pytest.mark.django_db
def test_where_everyone_may_join_a_good_code_is_counted(client: Client) -> None:
    invite = an_invite()
    client.post(SIGN_UP, typed(invite=invite.code))
    assert User.objects.get().sign_up.invite == invite


@pytest.mark.django_db
def test_what_is_wrong_elsewhere_uses_up_nothing(client: Client, by_invitation: None) -> None:
    invite = an_invite()
    for wrong in (
        {"username": "ab"},
        {"password2": "differs"},
        {"website": "https://spam.example"},
    ):
        client.post(SIGN_UP, typed(invite=invite.code) | wrong)
    assert Invite.objects.get().use_count == 0
    assert not User.objects.exists()


@pytest.mark.django_db
def test_no_limit_is_none() -> None:
    invite = an_invite(most_uses=None, days=None)
    for _ in range(30):
        invites.redeem(invite.code)
    invite.refresh_from_db()
    assert (invite.use_count, invite.expires_at, invite.is_good) == (30, None, True)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("places", [1, 3])
def test_of_many_at_once_so_many_get_in_as_there_are_places(
    by_invitation: None, places: int
) -> None:
    invite = an_invite(most_uses=places)
    start, answers = threading.Barrier(8), []

    def sign_up(number: int) -> None:
        with own_connection():
            browser = Client()
            fields = typed(
                username=f"person{number}", email=f"{number}@example.org", invite=invite.code
            )
            start.wait()
            answers.append(browser.post(SIGN_UP, fields))

    threads = [threading.Thread(target=sign_up, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.status_code for answer in answers) == [302] * places + [422] * (8 - places)
    assert User.objects.count() == SignUp.objects.count() == places
    assert Invite.objects.get().use_count == places


@pytest.mark.django_db
def test_who_loses_the_race_is_told_and_keeps_what_was_typed(
    client: Client, by_invitation: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    invite = an_invite()
    # The other one comes in after this form was found good and before it is written.
    real = registration.create_account

    def late(person: User, admission: registration.Admission) -> None:
        invites.redeem(invite.code)
        real(person, admission)

    monkeypatch.setattr(registration, "create_account", late)
    answer = client.post(SIGN_UP, typed(invite=invite.code))
    assert answer.status_code == 422
    page = answer.content.decode()
    assert NOT_GOOD in page
    assert 'value="newcomer"' in page
    assert not User.objects.exists()
    assert client.get("/new/").status_code == 302


@pytest.mark.django_db
def test_members_make_no_invitations(owner: User, client: Client) -> None:
    client.force_login(owner)
    answer = client.post("/admin/accounts/invite/add/", {"note": "", "most_uses": 1, "days": 1})
    assert answer.status_code == 302
    assert answer["Location"].startswith("/admin/login/")
    assert not Invite.objects.exists()


def printed(*arguments: str) -> str:
    out = io.StringIO()
    call_command("create_invite", *arguments, stdout=out, stderr=io.StringIO())
    return out.getvalue().strip()


@pytest.mark.django_db
def test_the_command_prints_a_link_that_works(client: Client, by_invitation: None) -> None:
    link = printed("--uses", "2", "--days", "3", "--note", "The choir")
    invite = Invite.objects.get()
    assert link == f"http://localhost:8000/accounts/signup/?invite={invite.code}"
    assert (invite.most_uses, invite.note, invite.created_by) == (2, "The choir", None)
    assert invite.expires_at
    assert timedelta(days=2) < invite.expires_at - timezone.now() <= timedelta(days=3)
    assert (
        "Choose a username and a password"
        in client.get(f"/accounts/{place_of(link)}").content.decode()
    )
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.target_kind, entry.target_id) == ("create", "invite", invite.pk)
    assert invite.code not in f"{entry.target_label}{entry.reason}", "the trail lets nobody in"


@pytest.mark.django_db
def test_the_command_knows_no_limits_too() -> None:
    printed("--uses", "0", "--days", "0")
    invite = Invite.objects.get()
    assert (invite.most_uses, invite.expires_at) == (None, None)
    with pytest.raises(CommandError):
        printed("--uses", "-1")
