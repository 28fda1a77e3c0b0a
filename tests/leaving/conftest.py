"""A member with something of every kind, and what a worker does."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import FormerUsername, Invite, SignIn, SignUp, User
from accounts.social import follows, lists, relations
from feed.models import DismissedSuggestion, MutedTopic, MutedWord, TopicFollow
from leaving import erasing, exporting
from leaving.models import Departure, Export
from moderation.models import Report
from notes_site.models import Event
from notes_site.queue import events
from posts import likes
from posts.commenting import comments
from posts.models import Collection, CollectionItem, Post, Save, Topic
from posts.pipeline import erase, placement
from tests.conftest import PASSWORD
from tests.making import MakePost, MakeUpload

Settle = Callable[[], None]
SignIn_ = Callable[[User], Client]


@pytest.fixture
def settle(db: None) -> Settle:
    """Does what a worker does: handles events, moves media, erases what is due."""
    from posts.models import Photo

    def work() -> None:
        for _round in range(5):
            waiting = Event.objects.filter(handled_at=None)
            for event_id in waiting.values_list("pk", flat=True):
                events.handle(event_id)
        for photo_id in Photo.objects.filter(placed=False).values_list("pk", flat=True):
            placement.place_photo(photo_id)
        erase.erase_due()

    return work


@pytest.fixture
def signed_in(db: None) -> SignIn_:
    """A browser whose person has shown just now, by their password, that it is them."""

    def sign_in(person: User) -> Client:
        browser = Client()
        browser.force_login(person)
        answer = browser.post("/accounts/reauthenticate/", {"password": PASSWORD})
        assert answer.status_code == 302, answer.content
        return browser

    return sign_in


@pytest.fixture
def life(
    owner: User, friend: User, stranger: User, make_post: MakePost, make_upload: MakeUpload
) -> Post:
    """The owner has something of every kind; returns their post of two photos."""
    post = make_post(owner, photos=2, title="Harbour", caption="Low water #dawn")
    theirs = make_post(friend, title="Hill")
    make_upload(owner, name="later.jpg")
    _talk(owner, friend, post, theirs)
    _keep(owner, friend, post, theirs)
    _circles(owner, friend, stranger)
    _choices(owner, stranger)
    SignIn.objects.create(user=owner, method="password", address="203.0.113.9", agent="Firefox")
    SignUp.objects.create(user=owner, reason="I like harbours")
    until = timezone.now() + timedelta(days=30)
    FormerUsername.objects.create(user=owner, username="harbourer", until=until)
    Report.objects.create(
        reporter=owner, target_kind="post", target_id=theirs_of(friend).pk,
        target_label="@friend", category="spam", words="Harbour spam",
    )  # fmt: skip
    Invite.objects.create(code="come-in", note="for Ann", created_by=owner)
    return post


def theirs_of(person: User) -> Post:
    """The one post of a person."""
    return Post.objects.get(author=person)


def _talk(owner: User, friend: User, post: Post, theirs: Post) -> None:
    likes.like(user=owner, post=theirs)
    likes.like(user=friend, post=post)
    first = comments.write(author=owner, post=theirs, text="Which hill is it")
    answer = comments.write(author=friend, post=theirs, text="The one behind", parent=first)
    comments.write(author=owner, post=theirs, text="Nobody answers this")
    comments.write(author=friend, post=post, text="Cold and lovely")
    comments.like(user=owner, comment=answer)


def _keep(owner: User, friend: User, post: Post, theirs: Post) -> None:
    Save.objects.create(user=owner, post=theirs)
    Save.objects.create(user=friend, post=post)
    for person, name, kept in ((owner, "Hills", theirs), (friend, "Water", post)):
        collection = Collection.objects.create(owner=person, name=name)
        CollectionItem.objects.create(collection=collection, post=kept, position=1)


def _circles(owner: User, friend: User, stranger: User) -> None:
    mine = lists.create(owner=owner, name="Crew")
    lists.add(people_list=mine, person=friend)
    theirs = lists.create(owner=friend, name="Sailors")
    lists.add(people_list=theirs, person=owner)
    other = User.objects.create_user("other", "other@example.org", PASSWORD, is_private=True)
    follows.follow(follower=owner, followee=other)
    relations.mute(muter=owner, muted=other)
    relations.restrict(restricter=owner, restricted=other)
    relations.mute(muter=stranger, muted=owner)
    relations.restrict(restricter=stranger, restricted=owner)
    enemy = User.objects.create_user("enemy", "enemy@example.org", PASSWORD)
    relations.block(blocker=owner, blocked=enemy)
    relations.block(blocker=stranger, blocked=owner)


def _choices(owner: User, stranger: User) -> None:
    dawn = Topic.objects.get(name="dawn")
    TopicFollow.objects.create(person=owner, topic=dawn, pinned_at=timezone.now())
    MutedTopic.objects.create(person=owner, topic=Topic.objects.create(name="dusk"))
    MutedWord.objects.create(person=owner, word="cafe", written="Café")
    other = User.objects.get(username="other")
    DismissedSuggestion.objects.create(person=owner, other=other)
    DismissedSuggestion.objects.create(person=stranger, other=owner)


def exported(person: User) -> Export:
    """A person's download, made here and now."""
    export = exporting.request(person)
    assert export
    exporting.make(export.pk)
    export.refresh_from_db()
    return export


def pass_grace(person: User) -> Departure:
    """Bring a person's leaving to its last day; the receipt's row."""
    past = timezone.now() - timedelta(seconds=1)
    User.objects.filter(pk=person.pk).update(leaving_at=past)
    Departure.objects.filter(person_id=person.pk, stayed_at=None).update(due_at=past)
    return Departure.objects.get(person_id=person.pk, stayed_at=None)


def leave_for_good(person: User) -> Departure:
    """The end of a person's grace, with the work of the worker."""
    departure = pass_grace(person)
    erasing.erase(departure.pk)
    departure.refresh_from_db()
    return departure


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
