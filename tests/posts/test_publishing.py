"""From uploads to a post, and what an author or a moderator may do to it afterwards."""

import threading
from typing import Any

import pytest

from accounts.models import User
from notes_site.models import Event
from notes_site.storage import media
from posts.authoring import publishing
from posts.authoring.contents import NewPhoto, UploadGoneError
from posts.authoring.post_changes import change_post
from posts.authoring.publishing import create_post
from posts.models import Erasure, Photo, Post, Topic
from posts.pipeline import erase, placement, settle
from tests import making
from tests.conftest import Commit
from tests.making import MakePost, MakeUpload, own_connection


def kinds() -> list[str]:
    told = Event.objects.filter(kind__startswith="post.")
    return list(told.order_by("pk").values_list("kind", flat=True))


def post_of(owner: User, *upload_ids: int, key: str | None = None, **words: Any) -> Post:
    return create_post(
        author=owner,
        photos=[NewPhoto(upload_id) for upload_id in upload_ids],
        title=words.get("title", ""),
        caption=words.get("caption", ""),
        audience=words.get("audience", "public"),
        submission_key=key,
    )


def test_a_post_of_ready_photos_appears_at_once(owner: User, make_post: MakePost) -> None:
    post = make_post(owner, 3, title="Sea", caption="#Sea with @owner and @nobody")
    assert post.state == "published"
    assert post.published_at
    assert post.photo_count == 3
    assert [photo.position for photo in post.photos.all()] == [0, 1, 2]
    assert [photo.alt_text for photo in post.photos.all()] == ["photo 1", "photo 2", "photo 3"]
    assert post.mentions == ["owner"]
    assert list(post.topics.values_list("name", flat=True)) == ["sea"]
    assert post.posttopic_set.get().published_at == post.published_at
    assert post.cover_picture
    assert post.cover_picture.alt == "photo 1"
    assert kinds() == ["post.published"]
    photos = post.photos.all()
    assert all(r.key.startswith("public/") for photo in photos for r in photo.renditions.all())


def test_it_waits_for_its_last_photo(owner: User, make_upload: MakeUpload, commit: Commit) -> None:
    uploads = [make_upload(owner) for _ in range(2)]
    post = post_of(owner, *(upload.pk for upload in uploads))
    assert (post.state, post.published_at) == ("processing", None)
    with commit():
        making.make_ready(uploads[0])
    post.refresh_from_db()
    assert post.state == "processing"
    first = post.photos.get(position=0)
    assert first.picture, "its author sees the first rendition meanwhile"
    with commit():
        making.make_ready(uploads[1])
    post.refresh_from_db()
    assert post.state == "published"
    assert kinds() == ["post.published"]
    assert not settle.publish_if_ready(post.pk), "once"


def waiting_with_one_failed(owner: User, make_upload: MakeUpload, commit: Commit) -> Post:
    uploads = [make_upload(owner) for _ in range(3)]
    post = post_of(owner, *(upload.pk for upload in uploads))
    media().delete(uploads[0].photo.original_key)
    with commit():
        for upload in uploads:
            making.make_ready(upload)
    post.refresh_from_db()
    return post


def test_a_failed_photo_holds_the_post(
    owner: User, make_upload: MakeUpload, commit: Commit
) -> None:
    post = waiting_with_one_failed(owner, make_upload, commit)
    assert post.state == "processing"
    assert [photo.state for photo in post.photos.all()] == ["failed", "ready", "ready"]


def test_its_author_publishes_without_the_failed(
    owner: User, make_upload: MakeUpload, commit: Commit
) -> None:
    post = waiting_with_one_failed(owner, make_upload, commit)
    failed = post.photos.filter(state="failed").get()
    assert publishing.publish_without_failed(post)
    post.refresh_from_db()
    assert (post.state, post.photo_count) == ("published", 2)
    assert [photo.position for photo in post.photos.all()] == [0, 1]
    assert Erasure.objects.filter(key=failed.original_key).exists()
    assert not publishing.publish_without_failed(post)


def test_a_post_is_never_published_empty(owner: User, make_upload: MakeUpload) -> None:
    upload = make_upload(owner)
    post = post_of(owner, upload.pk)
    Photo.objects.update(state="failed", reason="damaged")
    assert not publishing.publish_without_failed(post)
    post.refresh_from_db()
    assert (post.state, post.photos.count()) == ("processing", 1)


def test_the_same_form_sent_twice_is_one_post(owner: User, make_upload: MakeUpload) -> None:
    upload = make_upload(owner)
    first = post_of(owner, upload.pk, key="form")
    assert post_of(owner, upload.pk, key="form") == first
    assert Post.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_sent_twice_at_once_it_is_one_post_too(owner: User, make_upload: MakeUpload) -> None:
    upload = make_upload(owner)
    start, made, errors = threading.Barrier(4), [], []

    def send() -> None:
        with own_connection():
            start.wait()
            try:
                made.append(post_of(owner, upload.pk, key="form").pk)
            except Exception as error:  # noqa: BLE001  (any is a failure of the test)
                errors.append(error)

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len(made) == 4
    assert len(set(made)) == 1
    assert Post.objects.count() == 1


def test_an_upload_is_in_one_post_and_of_its_owner(
    owner: User, stranger: User, make_upload: MakeUpload
) -> None:
    upload = make_upload(owner)
    with pytest.raises(UploadGoneError):
        post_of(stranger, upload.pk)
    post_of(owner, upload.pk)
    with pytest.raises(UploadGoneError):
        post_of(owner, upload.pk)
    with pytest.raises(UploadGoneError):
        post_of(owner, make_upload(owner).pk, 12345)
    assert Post.objects.count() == 1


def test_words_are_changed_and_photos_follow(owner: User, make_post: MakePost) -> None:
    post = make_post(owner, 2, title="Old", caption="#old")
    version = post.version
    photos = [
        NewPhoto(photo.upload.pk, alt)
        for photo, alt in zip(post.photos.all(), ["one", "two"], strict=True)
    ]
    change_post(post, photos=photos, title="New", caption="#new @owner")
    post.refresh_from_db()
    assert (post.title, post.mentions) == ("New", ["owner"])
    assert post.version > version
    assert [photo.alt_text for photo in post.photos.all()] == ["one", "two"]
    assert list(post.topics.values_list("name", flat=True)) == ["new"]
    assert post.posttopic_set.get().published_at == post.published_at
    assert post.cover_picture
    assert post.cover_picture.alt == "one"


def keys_of(post: Post) -> set[str]:
    return {r.key for photo in post.photos.all() for r in photo.renditions.all()}


def test_narrowed_to_oneself_the_objects_leave_the_public(owner: User, make_post: MakePost) -> None:
    post = make_post(owner, 2)
    before = keys_of(post)
    change_post(post, audience="self")
    assert not Photo.objects.filter(placed=True).exists()
    placement.place_post(post.pk)
    after = keys_of(post)
    assert all(key.startswith("private/renditions/") for key in after)
    assert len(after) == len(before) == 8
    erase.erase_due()
    assert not any(media().exists(key) for key in before)
    assert all(media().exists(key) for key in after)
    post.refresh_from_db()
    assert post.cover_picture
    assert {source.key for source in post.cover_picture.sources} <= after


def test_hidden_and_restored_it_is_back_exactly(owner: User, make_post: MakePost) -> None:
    post = make_post(owner, caption="#sea")
    before = keys_of(post)
    score = (post.published_at, post.state, post.audience, post.caption)
    assert publishing.hide_post(post, "spam")
    assert not publishing.hide_post(post, "again")
    placement.place_post(post.pk)
    erase.erase_due()
    hidden = keys_of(post)
    assert not any(media().exists(key) for key in before)
    assert all(key.startswith("private/") for key in hidden)
    assert publishing.restore_post(post)
    assert not publishing.restore_post(post)
    placement.place_post(post.pk)
    erase.erase_due()
    restored = keys_of(post)
    assert all(key.startswith("public/") and media().exists(key) for key in restored)
    assert not restored & before, "old addresses stay dead"
    post.refresh_from_db()
    assert (post.published_at, post.state, post.audience, post.caption) == score
    assert (post.hidden_at, post.hidden_reason) == (None, "")
    assert kinds() == ["post.published", "post.hidden", "post.restored"]


def test_deleted_it_is_gone_with_all_its_objects(owner: User, make_post: MakePost) -> None:
    post = make_post(owner, 2, title="T", caption="#sea @owner")
    keys = keys_of(post) | {photo.original_key for photo in post.photos.all()}
    publishing.delete_post(post)
    ledger = Erasure.objects.filter(key__in=keys)
    assert set(ledger.values_list("key", flat=True)) == keys
    assert set(ledger.values_list("post_id", "owner_id")) == {(post.pk, owner.pk)}
    erase.erase_due()
    assert not any(media().exists(key) for key in keys)
    assert not Erasure.objects.filter(erased_at=None).exists()
    post.refresh_from_db()
    assert (post.state, post.title, post.caption, post.cover) == ("deleted", "", "", {})
    assert not post.photos.exists()
    assert not post.posttopic_set.exists()
    assert Topic.objects.count() == 1


def test_a_version_rises_with_all_that_a_card_shows(owner: User, make_post: MakePost) -> None:
    post = make_post(owner)
    versions = [post.version]
    for change in (
        lambda: publishing.hide_post(post, ""),
        lambda: publishing.restore_post(post),
        lambda: change_post(post, title="x"),
        lambda: publishing.delete_post(post),
    ):
        change()
        post.refresh_from_db()
        versions.append(post.version)
    assert versions == sorted(set(versions))
