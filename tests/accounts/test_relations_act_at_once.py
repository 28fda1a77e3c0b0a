"""Going private, unfollowing, blocking, removing: old posts, bytes, lists and caches obey at once.

Nothing a worker does later is waited for, except where objects themselves are moved.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import pytest
from django.core.cache import caches
from django.test import Client

from accounts.models import PeopleList, User
from accounts.profile.changing import change_privacy
from accounts.social import follows, lists, relations
from feed.search import indexing
from notes_site.ids import encode, new_id, random_key
from notes_site.models import Event
from notes_site.queue import events
from notes_site.storage import media
from posts import likes
from posts.commenting import comments
from posts.models import Comment, Photo, Post, Rendition
from posts.pipeline import erase, placement
from tests.conftest import Commit
from tests.making import MakePost

SignIn = Callable[[User | None], Client]
# What a browser sends that has fetched a thing before.
AGAIN: tuple[dict[str, str], ...] = ({}, {"Range": "bytes=0-9"}, {"If-None-Match": '"*"'})


@pytest.fixture(autouse=True)
def nothing_kept() -> Iterator[None]:
    """Fragments live in the process: here they are filled by looking, and never cleared."""
    for name in ("fragments", "pages"):
        caches[name].clear()
    yield


@dataclass
class Shown:
    """A post of the owner's, and every address that showed it to somebody."""

    post: Post
    browser: Client
    word: str
    pages: list[str] = field(default_factory=list)

    @property
    def bytes(self) -> list[str]:
        """Where its renditions are fetched from, of those that ask who is looking."""
        keys = Rendition.objects.filter(photo__post=self.post).values_list("key", flat=True)
        return [f"/media/{key.rpartition('/')[2]}" for key in keys if key.startswith("private/")]

    def where(self) -> set[str]:
        """The pages on which it stands now."""
        found = set()
        for page in self.pages:
            answer = self.browser.get(page)
            if answer.status_code == 200 and self.post.code in answer.text:
                found.add(page)
        return found


def assert_gone(shown: Shown, fetched: list[str]) -> None:
    """It is on no page, and its own addresses answer like those of what never was."""
    assert shown.where() == set()
    nowhere = {"/p/": f"/p/{encode(new_id())}/", "/media/": f"/media/{random_key()}.webp"}
    nothing = {place: asked(shown.browser, never) for place, never in nowhere.items()}
    for address in [shown.post.get_absolute_url(), *fetched]:
        found = asked(shown.browser, address)
        assert {status for _how, status, _body in found} == {404}, address
        assert found == nothing["/media/" if "/media/" in address else "/p/"], address


def asked(browser: Client, address: str) -> list[tuple[str, int, bytes]]:
    """What an address answers, with and without what a browser kept."""
    found = []
    for method, headers in product(("get", "head"), AGAIN):
        answer = getattr(browser, method)(address, headers=headers)
        found.append((f"{method} {headers}", answer.status_code, answer.getvalue()))
    return found


@pytest.fixture
def show(owner: User, make_post: MakePost, as_person: SignIn) -> Callable[..., Shown]:
    """Lets somebody look at a post of the owner's by every way there is."""

    def make(audience: str, viewer: User, people_list: PeopleList | None = None) -> Shown:
        post = make_post(owner, audience=audience, title="Heronsgate", caption="#herons")
        if people_list:
            Post.objects.filter(pk=post.pk).update(people_list=people_list)
            post.refresh_from_db()
        indexing.index_post(post.pk)
        theirs = lists.create(owner=viewer, name="Seen before")
        lists.add(people_list=theirs, person=owner)
        pages = ["/?tab=for-you", "/?tab=latest", "/?tab=following", "/topics/herons/"]
        pages += [f"/?tab=list&list={theirs.code}", "/@owner/", "/search/?q=heronsgate"]
        pages.append(post.get_absolute_url())
        return Shown(post, as_person(viewer), "Heronsgate", pages)

    return make


def assert_shown(shown: Shown, least: int) -> list[str]:
    """It was to be seen, bytes included; where its bytes came from."""
    assert len(shown.where()) >= least, shown.where()
    # Twice, so that its card is kept by now.
    assert shown.where()
    fetched = shown.bytes
    for address in fetched:
        assert shown.browser.get(address).status_code == 200
    return fetched


def ends_of_a_follower(owner: User, person: User) -> dict[str, Callable[[], object]]:
    return {
        "unfollows": lambda: follows.unfollow(follower=person, followee=owner),
        "is removed": lambda: follows.remove_follower(person=owner, follower=person),
        "is blocked": lambda: relations.block(blocker=owner, blocked=person),
        "blocks": lambda: relations.block(blocker=person, blocked=owner),
    }


@pytest.mark.parametrize("how", ["unfollows", "is removed", "is blocked", "blocks"])
@pytest.mark.parametrize("audience", ["followers", "friends"])
def test_who_no_longer_follows_sees_nothing_of_old_posts(
    how: str, audience: str, owner: User, friend: User, show: Callable[..., Shown]
) -> None:
    shown = show(audience, friend)
    fetched = assert_shown(shown, 4)
    assert fetched
    ends_of_a_follower(owner, friend)[how]()
    assert_gone(shown, fetched)


def test_whom_the_author_no_longer_follows_is_no_friend(
    owner: User, friend: User, show: Callable[..., Shown]
) -> None:
    shown = show("friends", friend)
    fetched = assert_shown(shown, 4)
    follows.unfollow(follower=owner, followee=friend)
    assert_gone(shown, fetched)


@pytest.mark.parametrize("how", ["taken off", "list deleted", "is blocked", "blocks"])
def test_who_is_no_longer_on_the_list(
    how: str, owner: User, follower: User, show: Callable[..., Shown]
) -> None:
    close = lists.create(owner=owner, name="close")
    lists.add(people_list=close, person=follower)
    shown = show("list", follower, close)
    fetched = assert_shown(shown, 4)
    assert fetched
    ways = ends_of_a_follower(owner, follower) | {
        "taken off": lambda: lists.remove(people_list=close, person=follower),
        "list deleted": lambda: lists.delete(people_list=close),
    }
    ways[how]()
    assert_gone(shown, fetched)


@pytest.mark.parametrize("how", ["is blocked", "blocks"])
def test_a_block_hides_what_is_for_everyone(
    how: str, owner: User, stranger: User, show: Callable[..., Shown]
) -> None:
    shown = show("public", stranger)
    assert_shown(shown, 6)
    ends_of_a_follower(owner, stranger)[how]()
    assert_gone(shown, [])
    relations.unblock(blocker=owner, blocked=stranger)
    relations.unblock(blocker=stranger, blocked=owner)
    assert len(shown.where()) >= 5, "and back at once"


def test_a_private_account_closes_for_all_but_its_followers(
    owner: User, follower: User, stranger: User, as_person: SignIn, show: Callable[..., Shown]
) -> None:
    shown = show("public", stranger)
    assert_shown(shown, 6)
    visitor = Shown(shown.post, as_person(None), shown.word, shown.pages)
    assert visitor.where()
    inside = Shown(shown.post, as_person(follower), shown.word, shown.pages)
    go_private(owner, True)
    assert_gone(shown, [])
    assert_gone(visitor, [])
    assert {"/?tab=following", "/@owner/", shown.post.get_absolute_url()} <= inside.where()
    go_private(owner, False)
    assert shown.where()
    assert visitor.where()


def go_private(person: User, is_private: bool) -> None:
    change_privacy(person=person, is_private=is_private, shows_likes=False, hides_like_counts=False)


def work() -> None:
    """What a worker does: events, moves, erasures."""
    for event_id in Event.objects.filter(handled_at=None).values_list("pk", flat=True):
        events.handle(event_id)
    for photo in Photo.objects.filter(placed=False):
        placement.place_post(photo.post_id or 0)
    erase.erase_due()


def test_going_private_takes_the_objects_out_of_public_and_back(
    owner: User, follower: User, stranger: User, make_post: MakePost, as_person: SignIn
) -> None:
    posts = [make_post(owner, 2), make_post(owner, audience="unlisted")]
    apart = make_post(owner, audience="self")
    work()
    keys = list(Rendition.objects.filter(photo__post__in=posts).values_list("key", flat=True))
    private_before = set(Rendition.objects.filter(photo__post=apart).values_list("key", flat=True))
    assert all(key.startswith("public/") for key in keys)
    go_private(owner, True)
    work()
    assert not any(media().exists(key) for key in keys)
    now = Rendition.objects.filter(photo__post__in=posts).values_list("key", flat=True)
    assert all(key.startswith("private/") for key in now)
    for key in now:
        address = f"/media/{key.rpartition('/')[2]}"
        assert as_person(follower).get(address).status_code == 200
        for person in (stranger, None):
            assert as_person(person).get(address).status_code == 404
    go_private(owner, False)
    work()
    now = Rendition.objects.filter(photo__post__in=posts).values_list("key", flat=True)
    assert all(key.startswith("public/") and media().exists(key) for key in now)
    after = set(Rendition.objects.filter(photo__post=apart).values_list("key", flat=True))
    assert after == private_before, "what was never open is left where it is"


@pytest.mark.parametrize("kind", ["user.audience_changed", "user.leaving", "user.stayed"])
def test_one_message_asks_for_a_hundred_posts(
    kind: str, owner: User, commit: Commit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(placement, "POSTS_AT_ONCE", 3)
    sent: list[tuple[Any, ...]] = []
    monkeypatch.setattr(placement, "queue_on_commit", lambda _task, *ids: sent.append(ids))
    posts = [Post.objects.create(author=owner, state="published") for _ in range(7)]
    Post.objects.create(author=owner, state="published", audience="followers")
    Post.objects.create(author=owner, state="draft")
    events.record(kind, owner.pk)
    for event in Event.objects.filter(kind=kind):
        events.handle(event.pk)
    ids = [post.pk for post in posts]
    assert sent == [
        (owner.pk, ids[0], ids[2]),
        (owner.pk, ids[3], ids[5]),
        (owner.pk, ids[6], ids[6]),
    ]


def test_a_kept_card_is_shown_to_nobody_else(
    owner: User, friend: User, stranger: User, make_post: MakePost, as_person: SignIn
) -> None:
    """Memory holds the card of a post for friends; who gets it is asked of the database."""
    post = make_post(owner, audience="friends", title="Heronsgate")
    assert "Heronsgate" in as_person(friend).get("/@owner/").text
    kept: dict[str, Any] = getattr(caches["fragments"], "_cache")  # noqa: B009
    assert any(f":{post.pk}:" in key for key in kept), "the card is in memory"
    for person in (stranger, None):
        assert "Heronsgate" not in as_person(person).get("/@owner/").text
    follows.remove_follower(person=owner, follower=friend)
    assert any(f":{post.pk}:" in key for key in kept), "still in memory"
    assert "Heronsgate" not in as_person(friend).get("/@owner/").text
    assert post.code not in as_person(friend).get("/?tab=following").text


@pytest.mark.parametrize("how", ["is blocked", "blocks"])
def test_comments_across_a_block(
    how: str, owner: User, friend: User, stranger: User, make_post: MakePost, as_person: SignIn
) -> None:
    mine, third = make_post(owner), make_post(stranger)
    on_mine = comments.write(author=friend, post=mine, text="Under the block")
    on_third = comments.write(author=friend, post=third, text="Elsewhere")

    def read(person: User | None, post: Post, words: str) -> bool:
        return words in as_person(person).get(post.get_absolute_url()).text

    assert read(owner, mine, "Under the block")
    assert read(owner, third, "Elsewhere")
    ends_of_a_follower(owner, friend)[how]()
    for person in (owner, stranger, None):
        assert not read(person, mine, "Under the block")
        readable = Comment.objects.visible_to(person or Client().get("/").wsgi_request.user)
        assert not readable.filter(pk=on_mine.pk).exists()
    assert not read(owner, third, "Elsewhere")
    assert read(stranger, third, "Elsewhere"), "the two are apart, not everybody"
    assert Comment.objects.visible_to(stranger).filter(pk=on_third.pk).exists()


def test_muted_comments_are_unread_by_the_one_who_muted(
    owner: User, friend: User, stranger: User, make_post: MakePost, as_person: SignIn
) -> None:
    post = make_post(stranger)
    comments.write(author=friend, post=post, text="Too many words")
    relations.mute(muter=owner, muted=friend, posts=False)
    assert "Too many words" not in as_person(owner).get(post.get_absolute_url()).text
    assert "Too many words" in as_person(stranger).get(post.get_absolute_url()).text


@pytest.mark.parametrize("how", ["is blocked", "blocks"])
def test_people_vanish_for_each_other(
    how: str, owner: User, friend: User, stranger: User, make_post: MakePost, as_person: SignIn
) -> None:
    for one, other in ((owner, stranger), (friend, stranger), (stranger, owner)):
        follows.follow(follower=one, followee=other)
    post = make_post(stranger)
    likes.like(user=owner, post=post)
    likes.like(user=friend, post=post)
    indexing.index_person(owner.pk)
    browser = as_person(friend)
    pages = ["/@stranger/followers/", "/@stranger/following/", "/search/?q=owner&in=people"]
    pages += [f"/p/{post.code}/likes/"]
    for page in pages:
        assert 'href="/@owner/"' in browser.get(page).text, page
    ends_of_a_follower(owner, friend)[how]()
    for page in pages:
        answer = browser.get(page)
        assert answer.status_code == 200
        assert 'href="/@owner/"' not in answer.text, page
    for page in ("/@owner/followers/", "/@owner/following/"):
        assert browser.get(page).status_code == 404
    assert 'href="/@friend/"' not in as_person(owner).get("/@stranger/followers/").text


@pytest.mark.parametrize("how", ["is blocked", "blocks"])
def test_notifications_of_each_other_are_gone(
    how: str, owner: User, friend: User, make_post: MakePost, as_person: SignIn
) -> None:
    post = make_post(owner)
    likes.like(user=friend, post=post)
    for event_id in Event.objects.filter(handled_at=None).values_list("pk", flat=True):
        events.handle(event_id)
    assert "friend" in as_person(owner).get("/notifications/").text
    ends_of_a_follower(owner, friend)[how]()
    assert "friend" not in as_person(owner).get("/notifications/").text
