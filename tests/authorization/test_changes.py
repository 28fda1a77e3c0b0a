"""Each change of mind acts at once: on the page, on its pictures, with addresses kept from before.

Somebody saw a post a moment ago, with all the addresses in its page and the tags of their answers.
Then something changed. Nothing of what they kept leads anywhere any more, by whatever method and
header, and each refusal is that to what never was.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client
from django.urls import resolve, reverse

from accounts.models import PeopleList, User
from accounts.profile import changing
from accounts.social import follows, lists, relations
from accounts.suspension import suspend
from leaving import departures
from notes_site.ids import new_id, random_key
from notes_site.models import Event
from notes_site.queue import events
from notes_site.storage import PUBLIC, public_url
from posts.authoring import publishing
from posts.authoring.post_changes import change_post
from posts.models import Photo, Post, Rendition
from posts.pipeline import erase, placement
from tests.making import MakePost

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_files")]
CAPTION = "captioncanarychange"
Answer = tuple[Any, ...]


@dataclass
class Before:
    """What a viewer keeps from the time when they saw the post: addresses, and the tags of each."""

    post: Post
    viewer: str
    browser: Client
    pages: dict[str, str]
    pictures: list[str]
    tags: dict[str, dict[str, str]]


@dataclass
class Change:
    """What happens: the audience before it, who looks, and the act itself."""

    audience: str
    viewer: str
    act: Callable[[User, User, Post], Any]
    # Whether its public pictures have to be gone from the public address as well.
    was_public: bool = False


def narrow(_author: User, _viewer: User, post: Post) -> None:
    change_post(post, audience="self")


def close_to_friends(_author: User, _viewer: User, post: Post) -> None:
    change_post(post, audience="friends")


def off_the_list(author: User, viewer: User, _post: Post) -> None:
    lists.remove(people_list=PeopleList.objects.get(owner=author), person=viewer)


def without_the_list(author: User, _viewer: User, _post: Post) -> None:
    lists.delete(people_list=PeopleList.objects.get(owner=author))


def go_private(author: User, _viewer: User, _post: Post) -> None:
    changing.change_privacy(
        person=author, is_private=True, shows_likes=False, hides_like_counts=False
    )


def leave(author: User, _viewer: User, _post: Post) -> None:
    departures.leave(author)


CHANGES = {
    "the viewer unfollows": Change(
        "followers", "friend", lambda a, v, _p: follows.unfollow(follower=v, followee=a)
    ),
    "the viewer is removed": Change(
        "followers", "friend", lambda a, v, _p: follows.remove_follower(person=a, follower=v)
    ),
    "the author unfollows": Change(
        "friends", "friend", lambda a, v, _p: follows.unfollow(follower=a, followee=v)
    ),
    "the author blocks": Change(
        "followers", "friend", lambda a, v, _p: relations.block(blocker=a, blocked=v)
    ),
    "the viewer blocks": Change(
        "followers", "friend", lambda a, v, _p: relations.block(blocker=v, blocked=a)
    ),
    "the viewer comes off the list": Change("list", "stranger", off_the_list),
    "the list is gone": Change("list", "stranger", without_the_list),
    "the author goes private": Change("public", "stranger", go_private, was_public=True),
    "the author goes private, to visitors": Change("public", "", go_private, was_public=True),
    "the audience narrows": Change("public", "friend", narrow, was_public=True),
    "the audience narrows to friends": Change("followers", "follower", close_to_friends),
    "a moderator hides it": Change(
        "public", "friend", lambda _a, _v, p: publishing.hide_post(p, "why"), was_public=True
    ),
    "the author is suspended": Change(
        "public", "friend", lambda a, _v, _p: suspend(person=a, reason="why"), was_public=True
    ),
    "the author leaves": Change("public", "friend", leave, was_public=True),
    "the post is deleted": Change(
        "public", "friend", lambda _a, _v, p: publishing.delete_post(p), was_public=True
    ),
}


def keep(post: Post, viewer: str, browser: Client) -> Before:
    """Look at a post with everything that its page names, as a browser does."""
    pages = {
        name: reverse(f"posts:{name}", args=[post.pk])
        for name in ("post", "history", "likers", "comments", "like", "save", "collect")
    }
    photo = Photo.objects.get(post=post)
    keys = Rendition.objects.filter(photo=photo).values_list("key", flat=True)
    pictures = []
    for key in keys:
        name = key.rpartition("/")[2]
        pictures.append(reverse("posts:media", args=[name]))
        if key.startswith(PUBLIC):
            pictures.append(public_url(key))
    tags: dict[str, dict[str, str]] = {}
    for address in [pages["post"], *pictures]:
        answer = browser.get(address, follow=True)
        assert answer.status_code == 200, address
        sent = {"ETag": "If-None-Match", "Last-Modified": "If-Modified-Since"}
        tags[address] = {ask: answer[got] for got, ask in sent.items() if got in answer}
    return Before(post, viewer, browser, pages, pictures, tags)


def asked(browser: Client, address: str, headers: dict[str, str]) -> Iterator[Answer]:
    """What each method answers, with and without what a browser kept."""
    kept = [headers] if headers else []
    for method in ("get", "head", "post", "put", "patch", "delete", "options"):
        for extra in ({}, *kept, {"Range": "bytes=0-99"}, {"If-None-Match": "*"}):
            found = getattr(browser, method)(address, headers=extra)
            location = found.get("Location", "").replace(address, "").replace(quote(address), "")
            yield method, found.status_code, location, found.getvalue(), found.get("Content-Type")


@pytest.fixture(scope="module")
def nothing() -> dict[Any, list[Answer]]:
    """What viewers were answered at the addresses of what never was: the same after any change."""
    return {}


@pytest.fixture(params=CHANGES)
def change(request: pytest.FixtureRequest) -> Change:
    return CHANGES[request.param]


def test_what_was_kept_leads_nowhere(
    change: Change,
    owner: User,
    friend: User,
    follower: User,
    stranger: User,
    make_post: MakePost,
    as_person: Callable[[User | None], Client],
    commit: Callable[[], Any],
    nothing: dict[Any, list[Answer]],
) -> None:
    viewer = {"friend": friend, "follower": follower, "stranger": stranger}.get(change.viewer)
    with commit():
        post = make_post(owner, caption=CAPTION, audience="self")
        chosen = lists.create(owner=owner, name="Close")
        lists.add(people_list=chosen, person=stranger)
        change_post(post, audience=change.audience, people_list=chosen)
    placement.place_post(post.pk)
    before = keep(post, change.viewer, as_person(viewer))

    change.act(owner, viewer or stranger, post)

    for name, address in before.pages.items():
        never = reverse(f"posts:{name}", args=[new_id()])
        refused_alike(before, address, never, nothing)
    for address in before.pictures:
        if not address.startswith("/renditions/"):
            ending = address.rpartition(".")[2]
            never = reverse("posts:media", args=[f"{random_key()}.{ending}"])
            refused_alike(before, address, never, nothing)
    if change.was_public:
        nothing_lies_open(before, nothing)


def refused_alike(
    before: Before, address: str, never: str, nothing: dict[Any, list[Answer]]
) -> None:
    """Fails when an address can be told from one that never was, or tells anything."""
    headers = before.tags.get(address, {})
    found = list(asked(before.browser, address, headers))
    asking = (before.viewer, resolve(never).view_name, PurePosixPath(never).suffix, *headers)
    if asking not in nothing:
        nothing[asking] = list(asked(before.browser, never, headers))
    assert found == nothing[asking], address
    for _method, status, _location, body, _kind in found:
        assert status in (302, 401, 404, 405), (address, status)
        assert CAPTION.encode() not in body
        assert before.post.code.encode() not in body


def nothing_lies_open(before: Before, nothing: dict[Any, list[Answer]]) -> None:
    """Fails when a worker leaves a picture at an address that anybody may fetch."""
    for event in Event.objects.filter(handled_at=None).order_by("pk"):
        events.handle(event.pk)
    placement.place_post(before.post.pk)
    erase.erase_due()
    opened = [address for address in before.pictures if address.startswith("/renditions/")]
    assert opened
    for address in opened:
        never = f"/renditions/{random_key()}.{address.rpartition('.')[2]}"
        refused_alike(before, address, never, nothing)
