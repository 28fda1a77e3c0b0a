"""Held photos: who sees them, and what moderators decide about them."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from moderation import actions
from moderation.models import AuditEntry
from moderation.roles import make_moderator
from posts.authoring import publishing
from posts.models import Photo, Post
from tests.conftest import Commit
from tests.moderation.conftest import Settle
from tests.posts.test_recognition import COPY, PostOf, photo_file, post_of

pytestmark = pytest.mark.pipeline

__all__ = ["post_of"]

AsPerson = Callable[[User | None], Client]
METHODS = ("get", "head", "post", "put", "patch", "delete")
PHOTOS = "/admin/posts/photo/"


@pytest.fixture
def original(owner: User, moderator: User, post_of: PostOf) -> Post:
    """A post that a moderator removed."""
    post = post_of(owner, photo_file())
    actions.hide_post(actor=moderator, post=post, reason="Not <hers> to show")
    return post


@pytest.fixture
def held(original: Post, owner: User, post_of: PostOf) -> Photo:
    """The copy, by the same author, held in a post that waits."""
    photo = post_of(owner, photo_file(**COPY)).photos.get()
    assert photo.held_at
    return photo


def standing(photo: Photo) -> tuple[str, str, bool]:
    """State, the post's state, and whether it is held."""
    found = Photo.objects.select_related("post").get(pk=photo.pk)
    assert found.post
    return found.state, found.post.state, found.held_at is not None


def page(browser: Client, address: str) -> str:
    answer = browser.get(address)
    assert answer.status_code == 200
    return str(answer.content.decode())


def decide(browser: Client, action: str, *photos: Photo, reason: str = "Looked at it") -> Any:
    codes = ",".join(photo.code for photo in photos)
    return browser.post(f"{PHOTOS}{action}/?ids={codes}", {"reason": reason})


def test_who_gets_a_held_picture(
    held: Photo, owner: User, friend: User, follower: User, stranger: User, moderator: User,
    site_owner: User, as_person: AsPerson, settle: Settle,
) -> None:  # fmt: skip
    """In a public post that waits, and also should that post be published all the same."""
    people = {"owner": owner, "moderator": moderator, "site owner": site_owner}
    people |= {"friend": friend, "follower": follower, "stranger": stranger}
    names = [key.rpartition("/")[2] for key in held.renditions.values_list("key", flat=True)]
    assert names
    for state in ("processing", "published"):
        Post.objects.filter(photos=held).update(state=state)
        for name, person in {**people, "visitor": None}.items():
            allowed = name in ("owner", "moderator", "site owner")
            browser = as_person(person)
            for method in METHODS:
                expected = {"get": 200, "head": 200}.get(method, 405) if allowed else 404
                if method not in ("get", "head"):
                    expected = 405
                answer = getattr(browser, method)(f"/media/{names[0]}")
                assert answer.status_code == expected, (state, name, method)
            found = {browser.get(f"/media/{each}").status_code for each in names}
            assert found == ({200} if allowed else {404}), (state, name)


def test_a_moderator_gets_the_picture_and_nothing_else(held: Photo, desk: Client) -> None:
    post = held.post
    assert post
    Post.objects.filter(pk=post.pk).update(title="A diary")
    for address in (
        post.get_absolute_url(),
        f"/media/originals/{held.code}",
        f"/photos/{held.code}/receipt/",
        f"/admin/posts/post/{post.pk}/change/",
    ):
        assert desk.get(address).status_code in (302, 404), address
    assert "A diary" not in page(desk, f"{PHOTOS}{held.pk}/change/")


def test_once_it_is_decided_the_picture_is_theirs_no_more(
    held: Photo, moderator: User, desk: Client
) -> None:
    Post.objects.filter(photos=held).update(audience="self")
    name = held.renditions.filter(format="webp").first()
    assert name
    address = f"/media/{name.key.rpartition('/')[2]}"
    assert desk.get(address).status_code == 200
    actions.release_photo(actor=moderator, photo=held)
    assert desk.get(address).status_code == 404


def test_strangers_learn_nothing_of_holding(
    held: Photo, stranger: User, owner: User, as_person: AsPerson
) -> None:
    post = held.post
    assert post
    never_was = as_person(stranger).get("/p/2x/")
    answer = as_person(stranger).get(post.get_absolute_url())
    assert (answer.status_code, answer.content) == (404, never_was.content)
    assert post.get_absolute_url() not in page(as_person(stranger), "/@owner/")
    assert as_person(stranger).get(f"/uploads/{held.upload.code}/").status_code == 404


def test_the_list_of_held_photos(held: Photo, original: Post, desk: Client) -> None:
    answer = desk.get(f"{PHOTOS}?held=yes")
    assert [photo.pk for photo in answer.context["cl"].result_list] == [held.pk]
    listed = answer.content.decode()
    assert '<span class="badge waiting">Held</span>' in listed
    assert '<img class="thumb"' not in listed, "nobody meets it unprepared"
    others = desk.get(f"{PHOTOS}?held=no").context["cl"].result_list
    assert [photo.post_id for photo in others] == [original.pk]


def test_the_page_shows_it_beside_what_it_resembles(
    held: Photo, original: Post, desk: Client, settle: Settle
) -> None:
    settle()
    shown = page(desk, f"{PHOTOS}{held.pk}/change/")
    assert "their hashes differ in" in shown
    assert "<q>Not &lt;hers&gt; to show</q>" in shown
    assert shown.count('<label class="veiled"><input type="checkbox"') == 2
    removed = original.photos.get()
    for photo in (held, removed):
        picture = Photo.objects.get(pk=photo.pk).picture
        assert picture
        assert picture.sources[0].url in shown
        assert desk.get(picture.sources[0].url).status_code == 200
    publishing.delete_post(original)
    shown = page(desk, f"{PHOTOS}{held.pk}/change/")
    assert shown.count('<label class="veiled">') == 1
    assert "It no longer exists" in shown


def test_releasing_publishes_and_is_on_record(held: Photo, desk: Client, commit: Commit) -> None:
    assert standing(held) == ("ready", "processing", True)
    with commit():
        assert decide(desk, "release", held, reason="").status_code == 303
    assert standing(held) == ("ready", "published", False)
    entry = AuditEntry.objects.filter(target_kind="photo").get()
    assert (entry.action, entry.target_id, entry.actor_name) == ("release", held.pk, "mara")
    assert str(entry) == "@mara released photo @owner"
    with commit():
        decide(desk, "release", held)
    assert AuditEntry.objects.filter(target_kind="photo").count() == 1


def test_the_page_that_asks_shows_it_veiled(held: Photo, desk: Client) -> None:
    picture = Photo.objects.get(pk=held.pk).picture
    assert picture
    for action in ("release", "refuse"):
        asked = page(desk, f"{PHOTOS}{action}/?ids={held.code}")
        assert asked.count('<label class="veiled">') == 1
        assert picture.sources[0].url in asked


def test_refusing_needs_a_reason_and_is_on_record(
    held: Photo, desk: Client, owner: User, as_person: AsPerson, commit: Commit
) -> None:
    assert decide(desk, "refuse", held, reason="").status_code == 422
    assert standing(held) == ("ready", "processing", True)
    with commit():
        assert decide(desk, "refuse", held).status_code == 303
    assert standing(held) == ("failed", "processing", True)
    entry = AuditEntry.objects.filter(target_kind="photo").get()
    assert (entry.action, entry.reason) == ("refuse", "Looked at it")
    assert held.post
    told = page(as_person(owner), held.post.get_absolute_url())
    assert "A moderator reviewed this photo" in told
    assert "Looked at it" not in told
    assert b"release it instead" in desk.get(f"{PHOTOS}retry/?ids={held.code}").content
    with commit():
        decide(desk, "release", held)
    assert standing(held) == ("ready", "published", False)


def test_many_at_once(
    held: Photo, stranger: User, desk: Client, post_of: PostOf, commit: Commit
) -> None:
    other = post_of(stranger, photo_file(**COPY), photo_file(5))
    copy, harmless = other.photos.all()
    chosen = {"action": "release", "_selected_action": [held.pk, copy.pk, harmless.pk]}
    asked = desk.post(PHOTOS, chosen)
    assert asked.status_code == 303
    assert b"is not held." in desk.get(asked["Location"]).content
    with commit():
        desk.post(asked["Location"], {"reason": ""})
    assert standing(held) == standing(copy) == ("ready", "published", False)
    assert AuditEntry.objects.filter(action="release").count() == 2


def test_only_those_who_may_decide(
    held: Photo, owner: User, stranger: User, as_person: AsPerson
) -> None:
    onlooker = User.objects.create_user("ona", is_staff=True)
    for person in (None, owner, stranger, onlooker):
        for action in ("release", "refuse"):
            assert decide(as_person(person), action, held).status_code in (302, 403)
    assert standing(held) == ("ready", "processing", True)


def test_nobody_decides_about_their_own(
    held: Photo, owner: User, as_person: AsPerson, site_owner: User
) -> None:
    make_moderator(user=owner, actor=None)
    owner = User.objects.get(pk=owner.pk)
    asked = as_person(owner).get(f"{PHOTOS}release/?ids={held.code}")
    assert b"another moderator has to look at it" in asked.content
    decide(as_person(owner), "release", held)
    with pytest.raises(actions.NotAllowedError):
        actions.release_photo(actor=owner, photo=held)
    with pytest.raises(actions.NotAllowedError):
        actions.refuse_photo(actor=owner, photo=held, reason="Mine")
    assert standing(held) == ("ready", "processing", True)
    assert actions.release_photo(actor=site_owner, photo=held)
