"""People's pictures: an upload whose square rendition becomes the avatar."""

from collections.abc import Callable
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from accounts.models import User
from notes_site.storage import media
from posts.models import Erasure, Photo, Post, Upload
from posts.pipeline import avatars, erase, recognition
from posts.uploading import uploads
from tests import making
from tests.conftest import Commit

SignIn = Callable[[User | None], Client]
ADDRESS = "/settings/avatar/"


def give(browser: Client, content: bytes) -> Any:
    return browser.post(ADDRESS, {"avatar": SimpleUploadedFile("me.jpg", content)})


def test_a_picture_of_ones_own(
    owner: User, as_person: SignIn, small_picture: bytes, commit: Commit
) -> None:
    browser = as_person(owner)
    answer = give(browser, small_picture)
    assert (answer.status_code, answer["Location"]) == (303, "/settings/profile/")
    with commit():
        making.make_ready(Upload.objects.get())
    owner.refresh_from_db()
    first = owner.avatar_key
    assert first.startswith("public/")
    assert media().exists(first)
    assert owner.avatar_url in browser.get("/@owner/").content.decode()
    assert not Photo.objects.exists(), "nothing else of it is kept"
    give(browser, small_picture)
    with commit():
        making.make_ready(Upload.objects.get())
    owner.refresh_from_db()
    assert owner.avatar_key != first
    erase.erase_due()
    assert not media().exists(first)
    browser.post(ADDRESS, {"_method": "delete"})
    owner.refresh_from_db()
    assert owner.avatar_url == ""
    assert Erasure.objects.filter(owner_id=owner.pk).count() >= 2


def test_a_held_picture_waits_for_its_moderator(
    owner: User, as_person: SignIn, small_picture: bytes, commit: Commit
) -> None:
    give(as_person(owner), small_picture)
    Photo.objects.update(held_at=timezone.now())
    with commit():
        photo = making.make_ready(Upload.objects.get())
    assert avatars.waiting() == []
    owner.refresh_from_db()
    assert owner.avatar_url == ""
    with commit():
        recognition.release(photo)
    owner.refresh_from_db()
    assert owner.avatar_url


def test_what_is_no_picture_is_refused(owner: User, as_person: SignIn) -> None:
    browser = as_person(owner)
    give(browser, b"hello")
    assert "not a picture we can read" in browser.get("/settings/profile/").content.decode()
    browser.post(ADDRESS)
    assert "Choose a picture first." in browser.get("/settings/profile/").content.decode()
    assert not Photo.objects.exists()


def test_cards_are_made_anew(owner: User, as_person: SignIn) -> None:
    post = Post.objects.create(author=owner)
    as_person(owner).delete(ADDRESS)
    assert Post.objects.get().version > post.version


def test_a_picture_held_at_the_last_moment_is_nobodys(
    owner: User, small_picture: bytes, monkeypatch: Any, commit: Commit
) -> None:
    with commit():
        upload, _new = uploads.receive(
            owner=owner, file=making.received(small_picture), purpose=Upload.Purpose.AVATAR
        )
    making.make_ready(upload)
    storage = making.storage_class()
    copy = storage.copy

    def copy_while_held(self: Any, source: str, target: str) -> None:
        copy(self, source, target)
        Photo.objects.filter(pk=upload.photo_id).update(held_at=timezone.now())

    monkeypatch.setattr(storage, "copy", copy_while_held)
    avatars.use_if_ready(upload.photo_id)
    owner.refresh_from_db()
    assert owner.avatar_key == ""
    assert Photo.objects.get().held_at
    assert Erasure.objects.filter(key__startswith="public/", erased_at=None).count() == 1
