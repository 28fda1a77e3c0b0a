"""Every rendition lies where the audience of its post says; interrupted, it is done again."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import User
from notes_site.storage import StorageUnavailableError, media
from posts.authoring import publishing
from posts.models import Erasure, Photo, Post, Rendition
from posts.pipeline import erase, placement, renditions
from tests import making
from tests.making import MakePost, MakeUpload


@pytest.mark.parametrize(
    ("audience", "where"),
    [
        ("public", "public/"),
        ("unlisted", "public/"),
        ("followers", "private/renditions/"),
        ("friends", "private/renditions/"),
        ("list", "private/renditions/"),
        ("self", "private/renditions/"),
    ],
)
def test_where_renditions_lie(audience: str, where: str, owner: User, make_post: MakePost) -> None:
    post = make_post(owner, audience=audience)
    photo = post.photos.get()
    assert photo.placed
    assert all(rendition.key.startswith(where) for rendition in photo.renditions.all())
    assert photo.original_key.startswith("private/originals/")


def test_in_no_post_there_is_nothing_to_move(owner: User, make_upload: MakeUpload) -> None:
    photo = making.make_ready(make_upload(owner))
    placement.place_photo(photo.pk)
    placement.place_photo(1)
    photo.refresh_from_db()
    assert photo.placed
    assert all(r.key.startswith("private/") for r in photo.renditions.all())


def test_moved_twice_is_moved_once(owner: User, make_post: MakePost) -> None:
    post = make_post(owner)
    keys = set(Rendition.objects.values_list("key", flat=True))
    erasures = Erasure.objects.count()
    Photo.objects.update(placed=False)
    placement.place_post(post.pk)
    assert set(Rendition.objects.values_list("key", flat=True)) == keys
    assert Erasure.objects.count() == erasures


def test_storage_away_leaves_the_rest_to_the_next_time(
    owner: User, make_post: MakePost, settings: Any
) -> None:
    post = make_post(owner)
    publishing.hide_post(post, "")
    here = settings.STORAGES
    settings.STORAGES = making.storage_away(here)
    with pytest.raises(StorageUnavailableError):
        placement.place_post(post.pk)
    assert not post.photos.get().placed
    settings.STORAGES = here
    placement.place_post(post.pk)
    assert post.photos.get().placed
    assert all(r.key.startswith("private/") for r in post.photos.get().renditions.all())


def test_hidden_while_it_is_being_moved_it_is_looked_at_again(
    owner: User, make_post: MakePost, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = make_post(owner, audience="self")
    Post.objects.update(audience="public")
    Photo.objects.update(placed=False)
    real = making.storage_class().copy

    def hide_meanwhile(storage: Any, source: str, target: str) -> None:
        real(storage, source, target)
        publishing.hide_post(post, "meanwhile")

    with monkeypatch.context() as patched:
        patched.setattr(making.storage_class(), "copy", hide_meanwhile)
        placement.place_post(post.pk)
    assert not post.photos.get().placed, "the hide is not forgotten"
    placement.place_post(post.pk)
    assert all(r.key.startswith("private/") for r in post.photos.get().renditions.all())


def test_the_loser_of_two_moves_is_erased(owner: User, make_post: MakePost) -> None:
    post = make_post(owner)
    photo = post.photos.get()
    stale = photo.renditions.first()
    assert stale
    Rendition.objects.filter(pk=stale.pk).update(key="private/renditions/moved-already.webp")
    placement._move(stale, photo, False)
    stale.refresh_from_db()
    assert stale.key == "private/renditions/moved-already.webp"
    copied = Erasure.objects.latest("pk").key
    assert media().exists(copied), "until the ledger takes it"


def test_the_cover_is_the_first_photo_that_can_be_shown(owner: User, make_post: MakePost) -> None:
    post = make_post(owner, 2)
    Photo.objects.filter(post=post, position=0).update(state="failed", thumbhash="")
    placement.refresh_cover(post.pk)
    post.refresh_from_db()
    assert post.cover["alt"] == "photo 2"
    version = post.version
    placement.refresh_cover(post.pk)
    placement.refresh_cover(1)
    post.refresh_from_db()
    assert post.version == version, "unchanged, no card is made anew"


class MeanwhileMedia:
    """The storage, with something that happens right after the first copy."""

    def __init__(self, happen: Callable[[], object]) -> None:
        self.happen = [happen]

    def copy(self, source: str, target: str) -> None:
        """Copy, then let it happen, once."""
        media().copy(source, target)
        if self.happen:
            self.happen.pop()()


def objects_under(prefix: str) -> set[str]:
    return {key for key, _written in media().walk(prefix)}


def test_hidden_while_its_photos_move_it_is_private_in_the_end(
    owner: User, make_post: MakePost, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = make_post(owner, photos=2)
    publishing.hide_post(post, "")
    placement.place_post(post.pk)
    erase.erase_due()
    publishing.restore_post(post)
    before = objects_under("public/")

    def hide_and_place() -> None:
        publishing.hide_post(post, "")
        placement.place_post(post.pk)

    monkeypatch.setattr(placement, "media", lambda: MeanwhileMedia(hide_and_place))
    placement.place_post(post.pk)
    monkeypatch.undo()
    for _again in range(2):
        erase.erase_due()
        for photo in Photo.objects.filter(placed=False):
            placement.place_photo(photo.pk)
    assert all(r.key.startswith("private/") for r in Rendition.objects.all())
    assert objects_under("public/") == before
    assert all(media().exists(r.key) for r in Rendition.objects.all())


def test_restored_while_a_late_move_is_erased_everything_is_there(
    owner: User, make_post: MakePost, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = make_post(owner)
    publishing.hide_post(post, "")
    placement.place_post(post.pk)
    publishing.restore_post(post)
    monkeypatch.setattr(
        placement, "media", lambda: MeanwhileMedia(lambda: publishing.hide_post(post, ""))
    )
    placement.place_post(post.pk)
    monkeypatch.undo()
    publishing.restore_post(post)
    placement.place_post(post.pk)
    for _again in range(2):
        erase.erase_due()
        for photo in Photo.objects.filter(placed=False):
            placement.place_photo(photo.pk)
    assert all(r.key.startswith("public/") for r in Rendition.objects.all())
    assert all(media().exists(r.key) for r in Rendition.objects.all())


@pytest.mark.pipeline
def test_a_lost_object_is_made_again_and_keeps_no_other_back(
    owner: User, make_post: MakePost
) -> None:
    post = make_post(owner, photos=2)
    first, second = post.photos.all()
    lost = first.renditions.earliest("pk")
    media().delete(lost.key)
    publishing.hide_post(post, "")
    placement.place_post(post.pk)
    assert all(r.key.startswith("private/") for r in Rendition.objects.all())
    assert not Rendition.objects.filter(pk=lost.pk).exists()
    first.refresh_from_db()
    assert first.state == "pending"
    renditions.render(first.pk)
    first.refresh_from_db()
    assert first.state == "ready"
    assert first.renditions.count() == second.renditions.count()


def test_a_copy_without_a_source_leaves_the_target_alone(owner: User, make_post: MakePost) -> None:
    make_post(owner)
    key = Rendition.objects.earliest("pk").key
    with pytest.raises(FileNotFoundError):
        media().copy("private/renditions/was-moved.webp", key)
    assert media().exists(key)
