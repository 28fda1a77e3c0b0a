"""A removed picture is recognised when it comes again; an author's own duplicate is pointed out."""

import io
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from PIL import Image

from accounts.models import User
from notes_site.models import Event
from notes_site.queue import events
from posts.authoring import publishing
from posts.authoring.contents import NewPhoto
from posts.models import Photo, Post, RemovedPicture
from posts.pipeline import recognition, renditions, rerender, settle
from posts.uploading import uploads
from tests import making
from tests.conftest import Commit
from tests.pictures import drawing

pytestmark = pytest.mark.pipeline

PostOf = Callable[..., Post]
AsPerson = Callable[[User | None], Client]


def photo_file(seed: int = 1, *, width: int = 800, quality: int = 90) -> bytes:
    """A drawing as JPEG; another width and quality make a copy of it with other bytes."""
    file = io.BytesIO()
    drawing(1600, 1200, seed).resize((width, width * 3 // 4)).save(file, "JPEG", quality=quality)
    return file.getvalue()


def blank(shade: int) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (700, 500), (shade,) * 3).save(file, "PNG")
    return file.getvalue()


COPY = {"width": 1100, "quality": 60}


@pytest.fixture
def post_of(db: None, commit: Commit) -> PostOf:
    """Posts of these files, by the way that every post takes."""

    def make(author: User, *contents: bytes, audience: str = "public") -> Post:
        return making.published_post(
            author, list(contents), commit, audience=audience, ready=True, title="", caption=""
        )

    return make


def only_photo(post: Post) -> Photo:
    return post.photos.get()


def removed(post_of: PostOf, author: User, content: bytes) -> Post:
    """A post that was published and then hidden by a moderator."""
    post = post_of(author, content)
    assert post.state == Post.State.PUBLISHED
    publishing.hide_post(post, "Not hers to show")
    return post


def test_a_copy_of_a_removed_picture_waits_for_a_moderator(
    owner: User, stranger: User, friend: User, post_of: PostOf, as_person: AsPerson
) -> None:
    taken_away = removed(post_of, owner, photo_file())
    copy = post_of(stranger, photo_file(**COPY), photo_file(2))
    first, second = copy.photos.all()
    assert (first.state, second.state) == ("ready", "ready")
    assert first.held_at
    assert second.held_at is None
    assert copy.state == Post.State.PROCESSING
    found = recognition.match_of(first)
    assert found
    assert (found.post_id, found.reason) == (taken_away.pk, "Not hers to show")
    assert recognition.distance(first.pdq, found.pdq) <= recognition.THRESHOLD
    assert as_person(stranger).get(copy.get_absolute_url()).status_code == 200
    assert as_person(friend).get(copy.get_absolute_url()).status_code == 404


def test_another_picture_is_not_held(owner: User, stranger: User, post_of: PostOf) -> None:
    removed(post_of, owner, photo_file())
    assert post_of(stranger, photo_file(2)).state == Post.State.PUBLISHED


def test_flat_pictures_resemble_nothing(owner: User, stranger: User, post_of: PostOf) -> None:
    removed(post_of, owner, blank(255))
    assert not RemovedPicture.objects.exists()
    assert post_of(stranger, blank(255)).state == Post.State.PUBLISHED
    assert post_of(stranger, making.picture(size=(640, 480))).state == Post.State.PUBLISHED


def test_remembering_twice_is_remembering_once(owner: User, post_of: PostOf) -> None:
    post = removed(post_of, owner, photo_file())
    recognition.remember(post, "Again")
    note = RemovedPicture.objects.get()
    assert (note.photo_id, note.reason) == (only_photo(post).pk, "Not hers to show")


def test_the_hash_outlives_the_picture(owner: User, stranger: User, post_of: PostOf) -> None:
    publishing.delete_post(removed(post_of, owner, photo_file()))
    assert only_photo(post_of(stranger, photo_file(**COPY))).held_at


def test_a_removed_photo_does_not_hold_itself(owner: User, post_of: PostOf) -> None:
    photo = only_photo(removed(post_of, owner, photo_file()))
    assert not recognition.on_ready(photo.pk)


def test_released_it_appears_and_is_not_held_again(
    owner: User, stranger: User, post_of: PostOf, commit: Commit
) -> None:
    removed(post_of, owner, photo_file())
    copy = post_of(stranger, photo_file(**COPY))
    photo = only_photo(copy)
    with commit():
        assert recognition.release(photo)
    copy.refresh_from_db()
    assert copy.state == Post.State.PUBLISHED
    assert not recognition.release(photo)
    assert not recognition.on_ready(photo.pk, before=photo.pdq), "made ready again by an edit"
    assert recognition.on_ready(photo.pk, before=f"{0:064x}"), "by another likeness"


def test_refused_it_fails_and_the_post_appears_without_it(
    owner: User, stranger: User, post_of: PostOf, commit: Commit
) -> None:
    removed(post_of, owner, photo_file())
    copy = post_of(stranger, photo_file(**COPY), photo_file(2))
    photo = copy.photos.all()[0]
    with commit():
        assert recognition.refuse(photo)
        assert not recognition.refuse(photo)
    photo.refresh_from_db()
    assert (photo.state, photo.reason) == ("failed", "removed_before")
    assert "Your file is kept" in photo.reason_text
    copy.refresh_from_db()
    assert copy.state == Post.State.PROCESSING
    with commit():
        assert publishing.publish_without_failed(copy)
    assert copy.photos.count() == 1


def test_trying_a_refused_photo_again_does_not_publish_it(
    owner: User, stranger: User, post_of: PostOf, commit: Commit
) -> None:
    removed(post_of, owner, photo_file())
    copy = post_of(stranger, photo_file(**COPY))
    photo = only_photo(copy)
    recognition.refuse(photo)
    with commit():
        uploads.retry(photo)
        Photo.objects.filter(pk=photo.pk).update(state="ready", reason="")
        settle.photo_settled(photo.pk)
    copy.refresh_from_db()
    assert copy.state == Post.State.PROCESSING
    photo.refresh_from_db()
    assert photo.held_at


def test_what_a_moderator_refused_they_can_release(
    owner: User, stranger: User, post_of: PostOf, commit: Commit
) -> None:
    removed(post_of, owner, photo_file())
    copy = post_of(stranger, photo_file(**COPY))
    recognition.refuse(only_photo(copy))
    with commit():
        assert recognition.release(only_photo(copy))
    copy.refresh_from_db()
    assert copy.state == Post.State.PUBLISHED


def test_restoring_a_post_frees_what_was_held_for_it_alone(
    owner: User, friend: User, stranger: User, post_of: PostOf, commit: Commit
) -> None:
    wrongly = removed(post_of, owner, photo_file())
    removed(post_of, owner, photo_file(3))
    freed, kept = (post_of(stranger, photo_file(seed, **COPY)) for seed in (1, 3))
    with commit():
        publishing.restore_post(wrongly)
    freed.refresh_from_db()
    kept.refresh_from_db()
    assert (freed.state, kept.state) == (Post.State.PUBLISHED, Post.State.PROCESSING)
    assert not RemovedPicture.objects.filter(post_id=wrongly.pk).exists()


@pytest.fixture
def waiting(stranger: User, make_upload: Any, tmp_path: Any, commit: Commit) -> dict[str, Photo]:
    """Ready copies that nobody has published: an upload, in a draft, in a post that waits."""
    found = {}
    for number, name in enumerate(("upload", "draft", "scheduled", "processing")):
        path = tmp_path / f"{name}.jpg"
        path.write_bytes(photo_file(width=900 + 50 * number))
        upload = make_upload(stranger, path)
        with commit():
            found[name] = making.make_ready(upload)
        if name != "upload":
            post = publishing.create_post(
                author=stranger, photos=[NewPhoto(upload.pk)], state=Post.State.DRAFT
            )
            Post.objects.filter(pk=post.pk).update(state=name)
    return found


def held(photos: dict[str, Photo]) -> list[str]:
    return [name for name, photo in photos.items() if Photo.objects.get(pk=photo.pk).held_at]


def test_copies_that_wait_are_held_with_the_removal(
    owner: User, friend: User, post_of: PostOf, waiting: dict[str, Photo]
) -> None:
    published = post_of(friend, photo_file(**COPY))
    removed(post_of, owner, photo_file())
    assert held(waiting) == list(waiting)
    assert only_photo(published).held_at is None, "published before: reports are for that"


def test_the_handler_comes_back_for_what_was_locked(
    owner: User, post_of: PostOf, waiting: dict[str, Photo]
) -> None:
    post = removed(post_of, owner, photo_file())
    Photo.objects.filter(held_at__isnull=False).update(held_at=None)
    event = Event.objects.get(kind="post.hidden", subject_id=post.pk)
    for _time in range(2):
        events.handle(event.pk)
        Event.objects.filter(pk=event.pk).update(handled_at=None)
        assert held(waiting) == list(waiting)


@pytest.fixture
def copy_at_work(
    transactional_db: None, owner: User, stranger: User
) -> Iterator[tuple[Post, Photo]]:
    """A published picture, and a copy that a worker is about to make ready."""
    posts = []
    for author, width in ((owner, 800), (stranger, 900)):
        file = making.received(photo_file(width=width))
        upload, _new = uploads.receive(owner=author, file=file)
        making.make_ready(upload)
        posts.append(publishing.create_post(author=author, photos=[NewPhoto(upload.pk)]))
    copy = only_photo(posts[1])
    Photo.objects.filter(pk=copy.pk).update(state="working")
    Post.objects.filter(pk=posts[1].pk).update(state="processing", published_at=None)
    yield posts[0], copy


def become_ready(photo: Photo) -> None:
    """As the last step of rendering does it, inside a transaction."""
    Photo.objects.filter(pk=photo.pk).update(state="ready")
    recognition.on_ready(photo.pk)


@pytest.mark.stack
@pytest.mark.parametrize("first", ["ready", "removed"])
def test_a_removal_and_a_copy_at_the_same_time_meet(
    first: str, copy_at_work: tuple[Post, Photo]
) -> None:
    post, copy = copy_at_work
    steps: dict[str, Callable[[], Any]] = {
        "ready": lambda: become_ready(copy),
        "removed": lambda: recognition.remember(post, "Spam"),
    }
    then = steps.pop("removed" if first == "ready" else "ready")
    written = threading.Event()

    def other() -> None:
        with making.own_connection():
            written.wait(10)
            with transaction.atomic():
                then()

    thread = threading.Thread(target=other)
    thread.start()
    with transaction.atomic():
        steps[first]()
        written.set()
        thread.join(0.5)
        assert thread.is_alive(), "it waits for us"
    thread.join(10)
    assert Photo.objects.get(pk=copy.pk).held_at


def test_an_authors_duplicate_is_pointed_out(
    owner: User, stranger: User, post_of: PostOf, make_upload: Any, tmp_path: Any
) -> None:
    earlier = post_of(owner, photo_file(), photo_file(2))
    post_of(stranger, photo_file(3))

    def uploaded(content: bytes) -> Photo:
        path = tmp_path / "again.jpg"
        path.write_bytes(content)
        return making.make_ready(make_upload(owner, path))

    again = uploaded(photo_file(**COPY))
    assert recognition.duplicate_of(again) == earlier.photos.all()[0]
    assert recognition.duplicate_of(uploaded(photo_file(3))) is None, "another person's"
    assert recognition.duplicate_of(uploaded(photo_file(4))) is None
    assert recognition.duplicate_of(earlier.photos.all()[0]) is None, "nothing came before it"
    blank_post = post_of(owner, blank(9))
    assert recognition.duplicate_of(uploaded(blank(9))) == only_photo(blank_post), "the same file"
    assert recognition.duplicate_of(uploaded(blank(200))) is None
    twice = post_of(owner, photo_file(6), photo_file(6, **COPY)).photos.all()[1]
    assert recognition.duplicate_of(twice) is None, "side by side they are meant"
    publishing.delete_post(earlier)
    assert recognition.duplicate_of(again) is None


def test_what_was_removed_before_it_had_a_hash_is_known_once_it_has_one(
    post_of: PostOf, owner: User, stranger: User
) -> None:
    post = post_of(owner, photo_file())
    photo = only_photo(post)
    # A site that is older than hashes; or a photo that was just added to the post.
    Photo.objects.update(pdq="")
    publishing.hide_post(post, "not here")
    assert not RemovedPicture.objects.exists()
    rerender.make_all(photo.pk)
    renditions.render(photo.pk)
    kept = RemovedPicture.objects.get()
    assert (kept.photo_id, kept.post_id, kept.reason) == (photo.pk, post.pk, "not here")
    copy, _new = uploads.receive(owner=stranger, file=making.received(photo_file(**COPY)))
    assert making.make_ready(copy).held_at
    publishing.restore_post(Post.objects.get(pk=post.pk))
    assert not RemovedPicture.objects.exists()
