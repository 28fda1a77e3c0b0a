"""Erased for good: nothing is left of a person, and nobody else misses anything."""

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from accounts.models import Follow, Invite, ListMember, PeopleList, User
from accounts.social import follows
from leaving import departures, erasing, erasing_steps
from leaving.models import Departure
from leaving.sweep import sweep
from moderation import actions, reports
from moderation.models import AuditEntry, Report
from notes_site.ids import encode
from notes_site.storage import media
from notifications.models import Notification
from posts import counters, likes
from posts.commenting import comments
from posts.models import Comment, Post, Save
from tests import making
from tests.leaving.conftest import (
    Settle,
    SignIn_,
    exported,
    leave,
    leave_for_good,
    pass_grace,
    sign_in,
    words,
)
from tests.making import MakePost

pytestmark = pytest.mark.django_db
SignIn = Callable[[User | None], Client]


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


def test_it_goes_on_after_a_kill_at_any_point(
    life: Post, owner: User, monkeypatch: pytest.MonkeyPatch, settle: Settle
) -> None:
    departures.leave(owner)
    departure = pass_grace(owner)
    monkeypatch.setattr(erasing_steps, "AT_ONCE", 1)
    real = erasing._batch

    def die_after_each(departure: Departure, step: erasing_steps.Step) -> int:
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
    assert deaths > len(erasing_steps.STEPS) / 2
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

    def be_slow(departure: Departure, step: erasing_steps.Step) -> int:
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


def test_likes_of_hidden_comments_are_counted_down_too(
    owner: User, friend: User, make_post: MakePost
) -> None:
    post = make_post(friend)
    written = comments.write(author=friend, post=post, text="Hello")
    comments.like(user=owner, comment=written)
    comments.hide(written, "Rude")
    likes.like(user=owner, post=post)
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
    monkeypatch.setattr(erasing_steps, "AT_ONCE", 2)
    posts = [make_post(friend) for _ in range(3)]
    make_post(owner)
    for post in posts:
        likes.like(user=owner, post=post)
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


def test_whoever_goes_and_whom_it_concerns_are_locked_at_once(
    life: Post, owner: User, signed_in: SignIn_, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave(owner, signed_in)
    departure = pass_grace(owner)
    hold, lock = erasing._hold, follows.lock
    held: list[set[int]] = []
    later: list[set[int]] = []

    def begin(departure: Departure) -> Departure:
        held.clear()
        return hold(departure)

    def remember(*people: int) -> dict[int, User]:
        if held and not set(people) <= held[0]:
            later.append(set(people) - held[0])
        held.append(set(people))
        return lock(*people)

    monkeypatch.setattr(erasing, "_hold", begin)
    monkeypatch.setattr(follows, "lock", remember)
    erasing.erase(departure.pk)
    assert not User.objects.filter(pk=owner.pk).exists()
    assert later == [], "two who follow each other and go the same day would wait for each other"


def test_reports_of_them_no_longer_name_them(
    life: Post, owner: User, friend: User, signed_in: SignIn_
) -> None:
    reports.report(reporter=friend, target=life, category="spam", words="Adrift")
    Report.objects.create(
        reporter=friend, target_kind="person", target_id=owner.pk, target_label="@harbourer",
        category="spam",
    )  # fmt: skip
    leave(owner, signed_in)
    leave_for_good(owner)
    found = Report.objects.filter(reporter=friend).order_by("pk")
    assert list(found.values_list("target_label", "words")) == [("", "Adrift"), ("", "")]
