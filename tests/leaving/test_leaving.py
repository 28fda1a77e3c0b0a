"""Leaving: gone at once, back as it was within the time of grace; the receipt and the name."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.usernames import validators
from leaving import departed_usernames, departures, erasing, exporting
from leaving.models import DepartedUsername, Departure, Export
from notes_site.models import OutgoingEmail
from posts import counters
from posts.models import Comment, Erasure, Post
from posts.pipeline import erase
from tests import making
from tests.conftest import PASSWORD
from tests.leaving.conftest import (
    Settle,
    SignIn_,
    leave,
    leave_for_good,
    pass_grace,
    sign_in,
    words,
)

pytestmark = pytest.mark.django_db
SignIn = Callable[[User | None], Client]


def test_a_session_that_lies_open_leaves_nobody(owner: User, as_person: SignIn) -> None:
    browser = as_person(owner)
    assert "Right away" in words(browser.get("/settings/leaving/"))
    answer = browser.post("/settings/leaving/")
    assert answer["Location"].startswith("/accounts/reauthenticate/")
    owner.refresh_from_db()
    assert owner.leaving_at is None
    assert browser.post(answer["Location"], {"password": "wrong"}).status_code == 200
    answer = browser.post(answer["Location"], {"password": PASSWORD})
    assert answer["Location"].startswith("/receipts/"), "it goes on where it was"


def test_gone_at_once_and_signed_out_everywhere(
    life: Post, owner: User, friend: User, as_person: SignIn, signed_in: SignIn_
) -> None:
    elsewhere = sign_in(owner)
    assert elsewhere.get("/settings/profile/").status_code == 200
    here = signed_in(owner)
    receipt = here.post("/settings/leaving/")["Location"]
    owner.refresh_from_db()
    assert owner.leaving_at
    assert timedelta(days=13.9) < owner.leaving_at - timezone.now() < timedelta(days=14)
    for browser in (here, elsewhere):
        assert "/accounts/login/" in browser.get("/settings/profile/")["Location"]
    for browser in (as_person(None), as_person(friend)):
        for address in (f"/p/{life.code}/", "/@owner/"):
            assert browser.get(address).status_code == 404
    assert "You no longer appear on any page" in words(as_person(None).get(receipt))


def test_a_session_that_was_never_written_down_ends_too(
    owner: User, as_person: SignIn, signed_in: SignIn_
) -> None:
    open_still = as_person(owner)
    leave(owner, signed_in)
    assert "/accounts/login/" in open_still.get("/settings/leaving/")["Location"]


def test_whoever_comes_back_reaches_only_the_farewell(
    life: Post, owner: User, signed_in: SignIn_
) -> None:
    leave(owner, signed_in)
    browser = sign_in(owner)
    for address in ("/", "/settings/profile/", "/settings/data/", f"/p/{life.code}/"):
        answer = browser.get(address)
        assert (answer.status_code, answer["Location"]) == (302, "/settings/leaving/"), address
    page = browser.get("/settings/leaving/")
    assert "Keep my account" in words(page)
    assert browser.post("/settings/leaving/data/").status_code == 303
    export = Export.objects.get()
    exporting.make(export.pk)
    address = f"/settings/leaving/data/{export.code}/"
    assert address in browser.get("/settings/leaving/").content.decode()
    assert browser.get(address).status_code == 200
    assert browser.post("/accounts/logout/").status_code == 302
    assert "/accounts/login/" in browser.get("/settings/leaving/")["Location"]


def test_staying_brings_everything_back(
    life: Post, owner: User, friend: User, as_person: SignIn, signed_in: SignIn_, settle: Settle
) -> None:
    settle()
    before = snapshot(owner, life)
    receipt = leave(owner, signed_in)
    settle()
    assert as_person(friend).get(f"/p/{life.code}/").status_code == 404
    answer = sign_in(owner).post("/settings/leaving/", {"_method": "delete"})
    assert (answer.status_code, answer["Location"]) == (303, "/")
    settle()
    assert snapshot(owner, life) == before
    assert as_person(friend).get(f"/p/{life.code}/").status_code == 200
    assert "The account was kept" in words(as_person(None).get(receipt))
    assert list(counters.drifts(repair=False)) == []
    pass_none = Departure.objects.get()
    Departure.objects.update(due_at=timezone.now())
    erasing.erase(pass_none.pk)
    assert User.objects.filter(pk=owner.pk).exists()


def snapshot(person: User, post: Post) -> list[Any]:
    """What others would miss."""
    person.refresh_from_db()
    post.refresh_from_db()
    return [
        person.follower_count,
        person.following_count,
        post.like_count,
        post.comment_count,
        person.leaving_at,
        Comment.objects.filter(author=person).count(),
        sorted(Post.objects.values_list("pk", "comment_count", "like_count")),
        post.photos.count(),
    ]


def test_the_receipt_is_mailed_and_its_token_kept_nowhere(
    owner: User, signed_in: SignIn_, settings: Any
) -> None:
    path = leave(owner, signed_in)
    (letter,) = [each for each in mail.outbox if path in each.body]
    assert letter.to == ["owner@example.org"]
    token = path.split("/")[2]
    assert Departure.objects.get().digest == Departure.digest_of(token)
    assert not any(token in str(value) for row in Departure.objects.values_list() for value in row)


def test_a_mail_server_that_is_away_stops_nobody(
    owner: User, signed_in: SignIn_, settings: Any
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", 1, 1
    browser = signed_in(owner)
    receipt = browser.post("/settings/leaving/")["Location"]
    assert browser.get(receipt).status_code == 200
    email = OutgoingEmail.objects.get(purpose="leaving/mail/leaving.txt")
    assert (email.state, email.attempts) == ("waiting", 1), "it is tried again"
    assert receipt in email.text


def test_the_last_owner_of_the_site_is_told_why_not(
    moderator: User, owner: User, signed_in: SignIn_
) -> None:
    browser = signed_in(moderator)
    assert "the only owner of this site" in words(browser.get("/settings/leaving/"))
    assert browser.post("/settings/leaving/")["Location"] == "/settings/leaving/"
    moderator.refresh_from_db()
    assert moderator.leaving_at is None
    User.objects.filter(pk=owner.pk).update(is_superuser=True)
    leave(moderator, signed_in)
    with pytest.raises(departures.NotAllowedError):
        departures.leave(User.objects.get(pk=owner.pk))


def test_the_receipt_tells_what_went_and_when(
    life: Post, owner: User, signed_in: SignIn_, settings: Any, settle: Settle
) -> None:
    settle()
    long_ago = timezone.now() - timedelta(days=1)
    Erasure.objects.create(
        key="public/before.webp", owner_id=owner.pk, due_at=long_ago, erased_at=long_ago
    )
    path = leave(owner, signed_in)
    departure = pass_grace(owner)
    photos = list(owner.photos.all())
    count = len(photos) + sum(photo.renditions.count() for photo in photos)
    here = settings.STORAGES
    settings.STORAGES = making.storage_away(here)
    erasing.erase(departure.pk)
    visitor = Client()
    page = visitor.get(path)
    assert f"0 of {count} stored files are gone so far" in words(page)
    assert 'data-hx-trigger="every 2s"' in page.content.decode()
    settings.STORAGES = here
    erase.erase_due()
    page = visitor.get(path)
    assert f"and {count} stored files: nothing is left." in words(page)
    assert "every 2s" not in page.content.decode()
    assert "no-store" in page["Cache-Control"]
    told = visitor.get(path, headers={"Accept": "application/json"}).json()
    assert told["state"] == "erased"
    assert len(told["objects"]) == count
    assert all(each["erased_at"] for each in told["objects"])
    assert {photo.original_key for photo in photos} <= {each["name"] for each in told["objects"]}
    expected = {"posts": 1, "comments": 2, "likes": 1, "comment_likes": 1, "uploads": 1}
    assert {name: told["rows"].get(name) for name in expected} == expected
    assert told["completed_at"] >= told["rows_erased_at"] >= told["started_at"]
    nothing = visitor.get("/receipts/no-such-token/")
    assert nothing.status_code == 404
    assert visitor.post(path).status_code == 405


def test_once_erasing_began_there_is_no_way_back(owner: User, signed_in: SignIn_) -> None:
    leave(owner, signed_in)
    departure = pass_grace(owner)
    browser = sign_in(owner)
    erasing._claim(departure.pk)
    answer = browser.post("/settings/leaving/", {"_method": "delete"})
    assert answer["Location"] == "/settings/leaving/"
    assert "already being erased" in words(browser.get("/settings/leaving/"))
    owner.refresh_from_db()
    assert owner.leaving_at


def test_former_names_are_kept_from_others_too(life: Post, owner: User) -> None:
    departures.leave(owner)
    leave_for_good(owner)
    with pytest.raises(ValidationError):
        departed_usernames.validate_not_departed("harbourer")


def test_nobody_renames_themself_to_it(stranger: User, friend: User, signed_in: SignIn_) -> None:
    departures.leave(stranger)
    leave_for_good(stranger)
    answer = signed_in(friend).post("/settings/username/", {"username": "stranger"})
    assert answer.status_code == 422
    friend.refresh_from_db()
    assert friend.username == "friend"


def test_the_name_is_kept_from_others_for_a_while(stranger: User) -> None:
    departures.leave(stranger)
    leave_for_good(stranger)
    sign_up = {"email": "new@example.org", "password1": PASSWORD, "password2": PASSWORD}
    answer = Client().post("/accounts/signup/", {**sign_up, "username": "Stranger"})
    assert answer.status_code == 422
    assert "already exists" in answer.content.decode()
    assert not User.objects.exists()
    with pytest.raises(ValidationError):
        for validator in validators:
            validator("stranger")
    assert not DepartedUsername.objects.filter(digest__contains="stranger").exists()
    DepartedUsername.objects.update(until=timezone.now())
    departed_usernames.forget()
    assert not DepartedUsername.objects.exists()
    for validator in validators:
        validator("stranger")
