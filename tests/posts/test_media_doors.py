"""Bytes: who gets which, and where from."""

from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpRequest
from django.test import Client

from accounts.models import User
from notes_site.storage import media, public_url
from posts.authoring import publishing
from posts.models import Photo, Post
from posts.pipeline import erase, placement
from posts.views import media as doors
from tests import making
from tests.making import MakePost

SignIn = Callable[[User | None], Client]


def addresses(post: Post) -> list[str]:
    """Where the renditions of a post are to be had now."""
    found = []
    for photo in post.photos.all():
        for rendition in photo.renditions.all():
            name = rendition.key.rpartition("/")[2]
            private = rendition.key.startswith("private/")
            found.append(f"/media/{name}" if private else public_url(rendition.key))
    return found


def statuses(browser: Client, found: list[str]) -> set[int]:
    return {browser.get(address).status_code for address in found}


def body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


@pytest.mark.parametrize(
    ("audience", "allowed"),
    [
        ("followers", {"follower", "friend", "owner", "moderator"}),
        ("friends", {"friend", "owner", "moderator"}),
        ("self", {"owner"}),
    ],
)
def test_the_door_asks_who_is_looking(
    audience: str, allowed: set[str], owner: User, friend: User, follower: User, stranger: User,
    moderator: User, make_post: MakePost, as_person: SignIn,
) -> None:  # fmt: skip
    found = addresses(make_post(owner, audience=audience))
    people = {"owner": owner, "friend": friend, "follower": follower, "stranger": stranger}
    for name, person in {**people, "moderator": moderator, "visitor": None}.items():
        assert statuses(as_person(person), found) == {200 if name in allowed else 404}, name


def test_what_it_sends(owner: User, make_post: MakePost, as_person: SignIn) -> None:
    rendition = make_post(owner, audience="self").photos.get().renditions.get(spec="w320")
    answer = as_person(owner).get(f"/media/{rendition.key.rpartition('/')[2]}")
    assert answer["Content-Type"] == "image/webp"
    assert answer["Cache-Control"] == "private, no-store"
    assert len(body(answer)) == rendition.bytes == int(answer["Content-Length"])


def test_a_picture_published_while_it_is_fetched_is_found_where_it_went(
    owner: User, make_post: MakePost, as_person: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = make_post(owner, audience="self")
    address = addresses(post)[0]
    may_see = doors._may_see

    def publish_meanwhile(request: HttpRequest, photo: Photo) -> bool:
        Post.objects.filter(pk=post.pk).update(audience="public")
        placement.request_placement(post)
        placement.place_post(post.pk)
        erase.erase_due()
        return may_see(request, photo)

    monkeypatch.setattr(doors, "_may_see", publish_meanwhile)
    answer = as_person(owner).get(address)
    assert answer.status_code == 302
    assert answer["Location"] == addresses(post)[0]


def test_an_object_that_is_gone_is_not_found_before_the_answer_begins(
    owner: User, make_post: MakePost, as_person: SignIn
) -> None:
    rendition = make_post(owner, audience="self").photos.get().renditions.get(spec="w320")
    media().delete(rendition.key)
    assert as_person(owner).get(f"/media/{rendition.key.rpartition('/')[2]}").status_code == 404


def test_public_ones_are_kept_for_a_year(on_files: None, owner: User, make_post: MakePost) -> None:
    found = addresses(make_post(owner))
    for address in found:
        answer = Client().get(address)
        assert answer.status_code == 200
        assert answer["Cache-Control"] == "public, max-age=31536000, immutable"
        assert not answer.cookies


def test_a_hidden_posts_old_addresses_die_and_stay_dead(
    on_files: None, owner: User, make_post: MakePost, as_person: SignIn
) -> None:
    post = make_post(owner)
    before = addresses(post)
    assert statuses(Client(), before) == {200}
    publishing.hide_post(post, "spam")
    placement.place_post(post.pk)
    erase.erase_due()
    assert statuses(Client(), before) == {404}
    hidden = addresses(post)
    assert all(address.startswith("/media/") for address in hidden)
    assert statuses(Client(), hidden) == {404}
    assert statuses(as_person(owner), hidden) == {200}
    publishing.restore_post(post)
    placement.place_post(post.pk)
    erase.erase_due()
    assert statuses(Client(), addresses(post)) == {200}
    assert statuses(Client(), before) == {404}


def test_a_hidden_posts_private_objects_are_refused_at_once(
    owner: User, stranger: User, make_post: MakePost, as_person: SignIn
) -> None:
    post = make_post(owner, audience="followers")
    as_person(stranger).post("/@owner/follow")
    found = addresses(post)
    assert statuses(as_person(stranger), found) == {200}
    publishing.hide_post(post, "spam")
    assert statuses(as_person(stranger), found) == {404}, "before anything is moved"


@pytest.mark.parametrize(
    "name",
    ["nothing.webp", "..", ".", "%2e%2e", "..%2f..%2fsecret-key", "secret-key", "a" * 400, "%00",
     "originals", "%F0%9F%92%A9.webp", "private%2foriginals%2fx"],
)  # fmt: skip
@pytest.mark.parametrize("door", ["/media/", "/renditions/"])
def test_nothing_else_is_behind_the_doors(
    name: str, door: str, owner: User, as_person: SignIn
) -> None:
    for browser in (Client(), as_person(owner)):
        assert browser.get(door + name).status_code == 404


def test_originals_are_not_behind_the_public_door(owner: User, make_post: MakePost) -> None:
    photo = make_post(owner).photos.get()
    name = photo.original_key.rpartition("/")[2]
    for address in (f"/renditions/{name}", f"/media/{name}", f"/renditions/{name}.jpg"):
        assert Client().get(address).status_code == 404


def test_an_original_is_for_its_owner_alone_byte_for_byte(
    owner: User, friend: User, stranger: User, moderator: User, make_post: MakePost,
    as_person: SignIn, small_picture: bytes,
) -> None:  # fmt: skip
    photo = make_post(owner).photos.get()
    address = f"/media/originals/{photo.code}"
    answer = as_person(owner).get(address)
    assert making.sha256(body(answer)) == photo.sha256 == making.sha256(small_picture)
    assert answer["Content-Disposition"] == (f'attachment; filename="original-{photo.code}.jpg"')
    assert answer["Cache-Control"] == "private, no-store"
    for other in (friend, stranger, moderator):
        assert as_person(other).get(address).status_code == 404
    assert Client().get(address).status_code == 302
