"""Leaving: gone at once, back as it was within the time of grace, and then erased for good."""

import re
import smtplib
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from accounts import follows
from accounts.models import Follow, Invite, ListMember, PeopleList, User
from accounts.usernames import validators
from leaving import departures, erasing, exporting, names, steps
from leaving.models import Departure, Export, LeftName
from leaving.sweep import sweep
from moderation import actions
from moderation.models import AuditEntry
from notes_site.ids import encode
from notes_site.storage import media
from notifications.models import Notification
from posts import comments, counters, engagement
from posts.models import Comment, Erasure, Post, Save
from posts.pipeline import erase
from tests import making
from tests.conftest import PASSWORD
from tests.leaving.conftest import Settle, SignIn_, exported, leave_for_good, pass_grace
from tests.making import MakePost

pytestmark = pytest.mark.django_db
SignIn = Callable[[User | None], Client]


def words(answer: Any) -> str:
    assert answer.status_code == 200, answer
    return " ".join(re.sub(r"<[^>]*>", " ", answer.content.decode()).split())


def sign_in(person: User) -> Client:
    """A browser that signed in by the form."""
    browser = Client()
    form = {"login": person.username, "password": PASSWORD}
    assert browser.post("/accounts/login/", form).status_code == 302
    return browser


def leave(person: User, signed_in: SignIn_) -> str:
    """Leave by the page; the receipt's path."""
    answer = signed_in(person).post("/settings/leaving/")
    assert answer.status_code == 303, answer.content
    path = str(answer["Location"])
    assert path.startswith("/receipts/"), path
    return path


def test_a_session_that_lies_open_leaves_nobody(owner: User, as_person: SignIn) -> None:
    browser = as_person(owner)
    assert "At once" in words(browser.get("/settings/leaving/"))
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
    assert "You are gone from every page" in words(as_person(None).get(receipt))


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
    assert not any(token in str(value) for row in all_values() for value in row[2])


def test_a_mail_server_that_is_away_stops_nobody(
    owner: User, signed_in: SignIn_, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_arguments: Any, **_options: Any) -> None:
        raise smtplib.SMTPServerDisconnected("away")

    monkeypatch.setattr("notes_site.mail.send", refuse)
    browser = signed_in(owner)
    receipt = browser.post("/settings/leaving/")["Location"]
    assert "Write the address down" in words(browser.get(receipt))


def test_the_last_owner_of_the_site_is_told_why_not(
    moderator: User, owner: User, signed_in: SignIn_
) -> None:
    browser = signed_in(moderator)
    assert "You are the only owner of this site" in words(browser.get("/settings/leaving/"))
    assert browser.post("/settings/leaving/")["Location"] == "/settings/leaving/"
    moderator.refresh_from_db()
    assert moderator.leaving_at is None
    User.objects.filter(pk=owner.pk).update(is_superuser=True)
    leave(moderator, signed_in)
    with pytest.raises(departures.NotAllowedError):
        departures.leave(User.objects.get(pk=owner.pk))


def all_values() -> Iterator[tuple[str, str, list[Any]]]:
    """Every row of every table: its model, its key, all its values."""
    for model in apps.get_models(include_auto_created=True):
        names = [field.attname for field in model._meta.concrete_fields]
        for row in model._base_manager.values_list("pk", *names):
            yield model._meta.label, str(row[0]), list(row[1:])


# A number that names nobody any more; the ledger and the receipt need it, events go in a week,
# and the audit trail is never changed (decision 0017).
OUTLIVING = {
    "leaving.Departure", "posts.Erasure", "moderation.AuditEntry", "notes_site.Event",
}  # fmt: skip


def keys_of(person: User) -> set[str]:
    """Every object of a person's photos."""
    return {
        key
        for photo in person.photos.all()
        for key in (photo.original_key, *photo.renditions.values_list("key", flat=True))
    }


def test_no_row_names_them_and_no_object_of_theirs_is_left(
    life: Post, owner: User, friend: User, moderator: User, signed_in: SignIn_, settle: Settle
) -> None:
    actions.hide_post(actor=moderator, post=life, reason="Not a harbour")
    actions.restore_post(actor=moderator, post=life)
    settle()
    assert Notification.objects.filter(recipient=friend).exists()
    keys = {exported(owner).key, *keys_of(owner)}
    assert all(media().exists(key) for key in keys)
    receipt = leave(owner, signed_in)
    sign_in(owner)
    settle()
    leave_for_good(owner)
    settle()
    traces = (
        str(owner.pk),
        encode(owner.pk),
        "owner@example.org",
        "harbourer",
        "Low water",
        "Harbour",
    )
    found = [
        f"{label} {key}: {value}"
        for label, key, values in all_values()
        if label not in OUTLIVING
        for value in values
        if value == owner.username or any(trace in str(value) for trace in traces)
    ]
    assert found == []
    assert [key for key in keys if media().exists(key)] == []
    assert all(media().exists(key) for key in keys_of(friend))
    assert list(counters.drifts(repair=False)) == []
    page = words(Client().get(receipt))
    assert "Everything is erased" in page
    for trace in (*traces, "@owner"):
        assert trace not in Client().get(receipt).content.decode()
    assert AuditEntry.objects.filter(target_label="@owner").count() == 2, "the trail is whole"
    for session in Session.objects.all():
        assert session.get_decoded().get("_auth_user_id") != str(owner.pk)


def test_what_others_wrote_stays_sensible(
    life: Post, owner: User, friend: User, as_person: SignIn, settle: Settle
) -> None:
    theirs = Post.objects.get(author=friend)
    departures.leave(owner)
    leave_for_good(owner)
    settle()
    page = words(as_person(friend).get(f"/p/{theirs.code}/"))
    replies = Comment.objects.filter(post=theirs)
    assert set(replies.values_list("author", "text")) == {(None, ""), (friend.pk, "The one behind")}
    assert "Which hill is it" not in page
    assert "Nobody answers this" not in page
    theirs.refresh_from_db()
    friend.refresh_from_db()
    assert (theirs.like_count, theirs.comment_count) == (0, 1)
    assert (friend.follower_count, friend.following_count) == (0, 0)
    assert PeopleList.objects.get(name="Sailors").member_count == 0
    assert not Save.objects.filter(user=friend).exists()
    invite = Invite.objects.get(code="come-in")
    assert (invite.created_by, invite.is_good, invite.note) == (None, False, "")


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
    assert f"0 of {count} stored objects are gone so far" in words(page)
    assert 'data-hx-trigger="every 2s"' in page.content.decode()
    settings.STORAGES = here
    erase.erase_due()
    page = visitor.get(path)
    assert f"and {count} stored objects: nothing is left." in words(page)
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


def test_it_goes_on_after_a_kill_at_any_point(
    life: Post, owner: User, monkeypatch: pytest.MonkeyPatch, settle: Settle
) -> None:
    departures.leave(owner)
    departure = pass_grace(owner)
    monkeypatch.setattr(steps, "AT_ONCE", 1)
    real = erasing._batch

    def die_after_each(departure: Departure, step: steps.Step) -> int:
        if real(departure, step):
            raise SystemExit
        return 0

    monkeypatch.setattr(erasing, "_batch", die_after_each)
    deaths = 0
    while not Departure.objects.filter(erased_at__isnull=False).exists():
        try:
            erasing.erase(departure.pk)
        except SystemExit:
            deaths += 1
            assert deaths < 100
            Departure.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    assert deaths > len(steps.STEPS) / 2
    departure.refresh_from_db()
    assert departure.erased_at
    assert not User.objects.filter(pk=owner.pk).exists()
    assert departure.counts["comments"] == 2
    assert departure.counts["posts"] == 1
    settle()
    assert list(counters.drifts(repair=False)) == []
    once = departure.counts
    erasing.erase(departure.pk)
    departure.refresh_from_db()
    assert departure.counts == once, "twice is safe"


def test_of_two_workers_one_works(life: Post, owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    departures.leave(owner)
    departure = pass_grace(owner)
    real = erasing._batch
    taken: list[Departure | None] = []

    def be_slow(departure: Departure, step: steps.Step) -> int:
        if not taken:
            taken.append(erasing._claim(departure.pk))
            Departure.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
            taken.append(erasing._claim(departure.pk))
        return real(departure, step)

    monkeypatch.setattr(erasing, "_batch", be_slow)
    erasing.erase(departure.pk)
    assert taken[0] is None, "while it is held nobody else begins"
    assert taken[1] is not None
    assert User.objects.filter(pk=owner.pk).exists(), "whose lease is lost stops"
    assert Post.objects.filter(author=owner, state="published").exists()


def test_the_sweep_begins_on_the_day_and_not_before(
    owner: User, friend: User, commit: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    departures.leave(owner)
    assert sweep() == 0
    erasing.erase(Departure.objects.get().pk)
    assert User.objects.filter(pk=owner.pk).exists()
    pass_grace(owner)
    assert sweep() == 1
    assert sweep() == 0, "its message is on its way"


def test_once_erasing_began_there_is_no_way_back(owner: User, signed_in: SignIn_) -> None:
    leave(owner, signed_in)
    departure = pass_grace(owner)
    browser = sign_in(owner)
    erasing._claim(departure.pk)
    answer = browser.post("/settings/leaving/", {"_method": "delete"})
    assert answer["Location"] == "/settings/leaving/"
    assert "being erased already" in words(browser.get("/settings/leaving/"))
    owner.refresh_from_db()
    assert owner.leaving_at


def test_what_comes_in_at_the_last_moment_goes_too(
    life: Post, owner: User, friend: User, stranger: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    departures.leave(owner)
    real = erasing._end
    late: list[bool] = []

    def follow_late(departure: Departure) -> bool:
        if not late:
            late.append(bool(follows.follow(follower=friend, followee=owner)))
            assert Follow.objects.filter(followee=owner).exists()
        return real(departure)

    monkeypatch.setattr(erasing, "_end", follow_late)
    leave_for_good(owner)
    assert not User.objects.filter(pk=owner.pk).exists()
    assert list(counters.drifts(repair=False)) == []


def test_former_names_are_kept_from_others_too(life: Post, owner: User) -> None:
    departures.leave(owner)
    leave_for_good(owner)
    with pytest.raises(ValidationError):
        names.validate_not_left("harbourer")


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
    assert not LeftName.objects.filter(digest__contains="stranger").exists()
    LeftName.objects.update(until=timezone.now())
    names.forget()
    assert not LeftName.objects.exists()
    for validator in validators:
        validator("stranger")


def test_likes_of_hidden_comments_are_counted_down_too(
    owner: User, friend: User, make_post: MakePost
) -> None:
    post = make_post(friend)
    written = comments.write(author=friend, post=post, text="Hello")
    comments.like(user=owner, comment=written)
    comments.hide(written, "Rude")
    engagement.like(user=owner, post=post)
    departures.leave(owner)
    leave_for_good(owner)
    written.refresh_from_db()
    post.refresh_from_db()
    assert (written.like_count, post.like_count) == (0, 0)
    assert not ListMember.objects.filter(person=owner.pk).exists()


@pytest.mark.django_db(transaction=True)
def test_many_workers_at_once_erase_everything_once(
    owner: User, friend: User, make_post: MakePost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steps, "AT_ONCE", 2)
    posts = [make_post(friend) for _ in range(3)]
    make_post(owner)
    for post in posts:
        engagement.like(user=owner, post=post)
        comments.write(author=owner, post=post, text="Lovely")
    departures.leave(owner)
    departure = pass_grace(owner)
    start, errors = threading.Barrier(4), []

    def work() -> None:
        with making.own_connection():
            start.wait()
            try:
                erasing.erase(departure.pk)
            except Exception as error:  # noqa: BLE001  (told by the main thread)
                errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    departure.refresh_from_db()
    assert departure.erased_at
    told = {name: departure.counts[name] for name in ("posts", "likes", "comments", "follows")}
    assert told == {"posts": 1, "likes": 3, "comments": 3, "follows": 2}
    assert list(counters.drifts(repair=False)) == []
