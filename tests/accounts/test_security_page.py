"""Sessions that are listed and ended, and the history of sign-ins."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.login import passkeys, sign_ins
from accounts.models import FormerUsername, SignIn, User
from accounts.retention import forget
from accounts.social import follows
from accounts.views import passkeys as views
from tests.conftest import PASSWORD

SignInAs = Callable[[User | None], Client]
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1"
)


def signed_in(name: str = "owner", agent: str = FIREFOX, address: str = "198.51.100.7") -> Client:
    browser = Client(headers={"user-agent": agent}, REMOTE_ADDR=address)
    answer = browser.post("/accounts/login/", {"login": name, "password": PASSWORD})
    assert answer.status_code == 302
    return browser


def is_in(browser: Client) -> bool:
    return bool(browser.get("/new/").status_code == 200)


def test_the_page_names_every_browser(owner: User) -> None:
    here, _phone = signed_in(), signed_in(agent=IPHONE, address="203.0.113.9")
    page = here.get("/settings/security/").content.decode()
    assert "Firefox on Linux" in page
    assert "Safari on iPhone" in page
    assert "203.0.113.9" in page
    assert page.count("This browser") == 1


def test_one_session_is_ended(owner: User) -> None:
    here, phone = signed_in(), signed_in(agent=IPHONE)
    device = UserSession.objects.get(user_agent=IPHONE)
    answer = here.post(f"/settings/security/sessions/{device.pk}/", {"_method": "delete"})
    assert (answer.status_code, answer["Location"]) == (303, "/settings/security/")
    assert not is_in(phone)
    assert is_in(here)
    again = here.delete(f"/settings/security/sessions/{device.pk}/")
    assert again.status_code == 404


def test_nobody_ends_somebody_else_s(owner: User, stranger: User) -> None:
    mine, theirs = signed_in(), signed_in("stranger")
    device = UserSession.objects.get(user=stranger)
    answer = mine.delete(f"/settings/security/sessions/{device.pk}/")
    nothing = mine.delete("/settings/security/sessions/987654/")
    assert (answer.status_code, answer.content) == (404, nothing.content)
    mine.delete("/settings/security/sessions/others/")
    assert is_in(theirs)
    assert len(theirs.get("/settings/security/").context["devices"]) == 1


def test_all_others_are_ended(owner: User) -> None:
    here, there, phone = signed_in(), signed_in(), signed_in(agent=IPHONE)
    answer = here.post("/settings/security/sessions/others/", {"_method": "delete"}, follow=True)
    assert "2 other browsers were signed out." in answer.content.decode()
    assert [is_in(each) for each in (here, there, phone)] == [True, False, False]
    assert (
        UserSession.objects.count()
        == Session.objects.filter(expire_date__gt=timezone.now()).count()
        == 1
    )


def test_one_that_was_never_written_down_is_ended_too(owner: User) -> None:
    here, unwritten = signed_in(), Client()
    unwritten.force_login(owner)
    UserSession.objects.filter(session_key=unwritten.session.session_key).delete()
    assert is_in(unwritten)
    here.delete("/settings/security/sessions/others/")
    assert [is_in(each) for each in (here, unwritten)] == [True, False]
    assert is_in(signed_in()), "and who signs in anew stays"


def test_a_post_that_removes_nothing_is_no_address(owner: User) -> None:
    here, there = signed_in(), signed_in()
    assert here.post("/settings/security/sessions/others/").status_code == 404
    assert is_in(there)


def test_a_new_password_ends_the_others_and_empties_the_list(owner: User) -> None:
    here, there = signed_in(), signed_in(agent=IPHONE)
    again = "quite another password"
    fields = {"oldpassword": PASSWORD, "password1": again, "password2": again}
    assert here.post("/accounts/password/change/", fields).status_code == 302
    assert not is_in(there)
    assert is_in(here)
    assert "Safari on iPhone" not in [
        device.name for device in here.get("/settings/security/").context["devices"]
    ]
    assert mail.outbox[-1].to == ["owner@example.org"], "and the person is told"


def test_a_deleted_and_a_closed_account_are_out_at_once(owner: User, stranger: User) -> None:
    mine, theirs = signed_in(), signed_in("stranger")
    User.objects.filter(pk=stranger.pk).update(is_active=False)
    assert not is_in(theirs)
    owner.delete()
    assert not is_in(mine)


def test_who_is_leaving_reaches_that_page_alone(owner: User) -> None:
    browser = signed_in()
    User.objects.filter(pk=owner.pk).update(leaving_at=timezone.now() + timedelta(days=14))
    for path in ("/", "/new/", "/settings/security/", "/@owner/", "/settings/data/"):
        answer = browser.get(path)
        assert (answer.status_code, answer["Location"]) == (302, "/settings/leaving/"), path
    assert browser.post("/settings/profile/", {"display_name": "x"}).status_code == 302
    owner.refresh_from_db()
    assert owner.display_name == ""
    assert browser.get("/settings/leaving/").status_code == 200
    # Their receipt opens as it does for everyone who has its address.
    assert browser.get("/receipts/nothing/").status_code == 404
    assert browser.post("/accounts/logout/")["Location"] == "/"
    assert browser.get("/").status_code == 200
    assert signed_in().get("/")["Location"] == "/settings/leaving/", "they can come back"


def test_a_session_is_seen_again_after_an_hour(
    owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = signed_in()
    first = UserSession.objects.get().last_seen_at
    browser.get("/")
    assert UserSession.objects.get().last_seen_at == first, "not on every page"
    later = int(first.timestamp()) + 3700
    monkeypatch.setattr("accounts.middleware.now_in_seconds", lambda: later)
    browser.get("/")
    assert int(UserSession.objects.get().last_seen_at.timestamp()) == later


def test_the_history_says_how_and_from_where(owner: User) -> None:
    browser = signed_in(agent=IPHONE, address="203.0.113.9")
    Client().post(
        "/accounts/login/", {"login": "owner", "password": "wrong"}, REMOTE_ADDR="192.0.2.66"
    )
    good, refused = SignIn.objects.order_by("was_refused")
    assert (good.method, good.address, good.agent) == ("password", "203.0.113.9", IPHONE[:200])
    assert (refused.method, refused.address) == ("", "192.0.2.66")
    page = browser.get("/settings/security/sign-ins/").content.decode()
    assert "192.0.2.66" in page
    assert "Failed: wrong password" in page


def test_the_history_is_nobody_else_s(owner: User, stranger: User) -> None:
    signed_in(address="203.0.113.9")
    page = signed_in("stranger").get("/settings/security/sign-ins/").content.decode()
    assert "203.0.113.9" not in page


def test_what_is_old_is_forgotten(owner: User) -> None:
    browser = signed_in()
    sign_ins.record(owner, address="192.0.2.1", agent="")
    SignIn.objects.filter(address="192.0.2.1").update(at=timezone.now() - timedelta(days=91))
    FormerUsername.objects.create(username="old", user=owner, until=timezone.now())
    FormerUsername.objects.create(
        username="newer", user=owner, until=timezone.now() + timedelta(days=1)
    )
    gone = signed_in(agent=IPHONE)
    Session.objects.filter(session_key=gone.session.session_key).update(expire_date=timezone.now())
    forget()
    assert "192.0.2.1" not in SignIn.objects.values_list("address", flat=True)
    assert SignIn.objects.count() == 2
    assert [row.username for row in FormerUsername.objects.all()] == ["newer"]
    assert UserSession.objects.count() == 1
    assert is_in(browser)


def test_pages_cost_the_same_however_much_there_is(owner: User) -> None:
    browser = signed_in()

    def queries(path: str) -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert browser.get(path).status_code == 200
        return len(captured)

    paths = ("/settings/security/", "/settings/security/sign-ins/")
    few = [queries(path) for path in paths]
    for number in range(40):
        key = f"{number:032}"
        Session.objects.create(
            session_key=key, session_data="", expire_date=timezone.now() + timedelta(days=1)
        )
        UserSession.objects.create(user=owner, session_key=key, ip="192.0.2.1", user_agent=FIREFOX)
        sign_ins.record(owner, address="192.0.2.1", agent=FIREFOX, method="password")
    assert [queries(path) for path in paths] == few
    assert max(few) <= 12


def test_the_history_turns_its_pages(owner: User) -> None:
    browser = signed_in()
    for number in range(70):
        sign_ins.record(owner, address=f"10.0.0.{number}", agent=FIREFOX, method="password")
    path, seen = "/settings/security/sign-ins/", []
    while path:
        answer = browser.get(path)
        seen += [row.pk for row in answer.context["sign_ins"]]
        path = answer.context["next_url"]
    assert seen == list(SignIn.objects.order_by("-at", "-pk").values_list("pk", flat=True))


def test_the_main_address_changes_and_the_old_one_is_told(owner: User) -> None:
    EmailAddress.objects.create(user=owner, email=owner.email, primary=True, verified=True)
    browser = signed_in()
    browser.post("/accounts/reauthenticate/", {"password": PASSWORD})
    browser.post("/accounts/email/", {"action_add": "", "email": "new@example.org"})
    link = next(word for word in str(mail.outbox[-1].body).split() if "confirm-email" in word)
    path = "/" + link.split("/", 3)[3]
    browser.post(path)
    mail.outbox.clear()
    browser.post("/accounts/email/", {"action_primary": "", "email": "new@example.org"})
    owner.refresh_from_db()
    assert owner.email == "new@example.org"
    assert ["owner@example.org"] in [letter.to for letter in mail.outbox]


def test_the_address_is_not_changed_by_whoever_finds_the_browser_open(owner: User) -> None:
    browser = signed_in()
    answer = browser.post("/accounts/email/", {"action_add": "", "email": "thief@example.org"})
    assert answer["Location"].startswith("/accounts/reauthenticate/")


def test_the_only_passkey_of_who_has_no_password_stays(owner: User, as_person: SignInAs) -> None:
    data = {"name": "Key", "credential": {}}
    passkey = Authenticator.objects.create(user=owner, type="webauthn", data=data)
    browser = signed_in_with_proof(owner, as_person)
    path = f"/accounts/2fa/webauthn/keys/{passkey.pk}/remove/"
    assert browser.get(path).status_code == 200
    owner.set_unusable_password()
    owner.save(update_fields=["password"])
    browser = signed_in_with_proof(owner, as_person)
    assert browser.post(path)["Location"] == "/settings/security/"
    assert Authenticator.objects.filter(pk=passkey.pk).exists()


def test_two_tabs_do_not_take_the_last_two_passkeys(
    owner: User, as_person: SignInAs, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [
        Authenticator.objects.create(user=owner, type="webauthn", data={"name": name})
        for name in ("One", "Two")
    ]
    owner.set_unusable_password()
    owner.save(update_fields=["password"])
    browser = signed_in_with_proof(owner, as_person)
    lock, is_only_way_in = follows.lock, passkeys.is_only_way_in
    locked: list[int] = []

    def remember(*people: int) -> dict[int, User]:
        locked.extend(people)
        return lock(*people)

    def look_and_be_overtaken(passkey: Authenticator) -> bool:
        found = is_only_way_in(passkey)
        if owner.pk not in locked:
            # The other tab, which nothing keeps waiting.
            Authenticator.objects.filter(pk=made[1].pk).delete()
        return found

    monkeypatch.setattr(follows, "lock", remember)
    monkeypatch.setattr(views, "is_only_way_in", look_and_be_overtaken)
    browser.post(f"/accounts/2fa/webauthn/keys/{made[0].pk}/remove/")
    assert Authenticator.objects.filter(user=owner).count() == 1


def test_a_sign_up_without_its_passkey_is_undone_after_a_day(client: Client, owner: User) -> None:
    wanted = {"username": "newcomer", "email": "newcomer@example.org"}
    assert client.post("/accounts/signup/passkey/", wanted).status_code == 302
    for name in ("by_key", "by_letter", "made_for_them"):
        person = User.objects.create_user(name, f"{name}@example.org")
        EmailAddress.objects.create(
            user=person, email=person.email, primary=True, verified=name == "by_letter"
        )
    User.objects.filter(username="made_for_them").update(last_login=timezone.now())
    by_key = User.objects.get(username="by_key")
    Authenticator.objects.create(user=by_key, type="webauthn", data={"name": "Key"})
    forget()
    assert User.objects.filter(username="newcomer").exists(), "they may be at it still"
    User.objects.update(date_joined=timezone.now() - timedelta(days=1, minutes=1))
    forget()
    left = {"owner", "by_key", "by_letter", "made_for_them"}
    assert set(User.objects.values_list("username", flat=True)) == left
    assert client.post("/accounts/signup/passkey/", wanted).status_code == 302, "the name is free"


def signed_in_with_proof(person: User, as_person: SignInAs) -> Client:
    """A browser in which the person has just shown again that it is them."""
    browser = as_person(person)
    session = browser.session
    record = {"method": "password", "at": timezone.now().timestamp(), "reauthenticated": True}
    session["account_authentication_methods"] = [record]
    session["account_authentication_methods_user"] = str(person.pk)
    session.save()
    return browser


def test_a_stranger_s_passkey_is_none(owner: User, stranger: User, as_person: SignInAs) -> None:
    data = {"name": "Key", "credential": {}}
    passkey = Authenticator.objects.create(user=owner, type="webauthn", data=data)
    browser = signed_in_with_proof(stranger, as_person)
    for deed in ("remove", "edit"):
        path = f"/accounts/2fa/webauthn/keys/{passkey.pk}/{deed}/"
        nothing = path.replace(str(passkey.pk), "987654")
        for method in (browser.get, browser.post):
            assert method(path).status_code == 404
            assert method(path).content == method(nothing).content
