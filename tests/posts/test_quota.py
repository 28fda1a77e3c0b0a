"""What a person may keep: counted from rows, exact when files arrive at once, and shown."""

import re
import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from posts.authoring import publishing
from posts.models import Erasure, Photo, Post
from posts.pipeline.originals import store_original
from posts.reasons import RefusedError
from posts.uploading import quota, uploads
from tests import making
from tests.making import MakePost, MakeUpload, own_connection

pytestmark = pytest.mark.django_db
SignIn = Callable[[User | None], Client]


def weigh(post: Post, size: int) -> None:
    """Let a post's only photo be of so many bytes."""
    Photo.objects.filter(post=post).update(bytes=size)


def words(browser: Client) -> str:
    """The storage page as people read it."""
    answer = browser.get("/settings/storage/")
    assert answer.status_code == 200
    return " ".join(re.sub(r"<[^>]*>", " ", answer.content.decode()).split())


def test_originals_count_wherever_they_are(
    owner: User, friend: User, make_post: MakePost, make_upload: MakeUpload, settings: Any
) -> None:
    settings.QUOTA_MB = 10
    weigh(make_post(owner), 1_000_000)
    draft = make_post(owner, ready=False)
    Post.objects.filter(pk=draft.pk).update(state="draft")
    weigh(draft, 2_000_000)
    Photo.objects.filter(pk=make_upload(owner).photo_id).update(bytes=4_000_000)
    weigh(make_post(friend), 9_000_000)
    assert quota.usage(owner) == quota.Usage(1_000_000, 2_000_000, 4_000_000, 3, 10_000_000)
    assert (quota.used(owner), quota.left(owner)) == (7_000_000, 3_000_000)
    assert quota.left(friend) == 1_000_000
    publishing.delete_post(draft)
    assert quota.left(owner) == 5_000_000, "room is made at once"
    settings.QUOTA_MB = 1
    assert quota.left(owner) == 0
    settings.QUOTA_MB = 0
    assert quota.left(owner) is None


def test_exactly_full_is_allowed(owner: User, make_upload: MakeUpload, settings: Any) -> None:
    settings.QUOTA_MB = 1
    kept = make_upload(owner).photo
    Photo.objects.filter(pk=kept.pk).update(bytes=1_000_000 - kept.bytes)
    make_upload(owner)
    assert quota.left(owner) == 0
    with pytest.raises(RefusedError, match="quota"):
        make_upload(owner)


@pytest.mark.django_db(transaction=True)
def test_files_that_arrive_at_once_do_not_pass_together(
    owner: User, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = making.picture()
    settings.QUOTA_MB = 1
    # Room for three of the eight.
    monkeypatch.setattr(quota, "MB", 3 * len(content))
    start = threading.Barrier(8)
    received: list[object] = []

    def store_all_at_once(inspected: Any) -> str:
        key = store_original(inspected)
        start.wait()
        return key

    monkeypatch.setattr("posts.uploading.uploads.store_original", store_all_at_once)

    def work() -> None:
        with own_connection():
            try:
                received.append(uploads.receive(owner=owner, file=making.received(content))[0])
            except RefusedError as error:
                received.append(error.code)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert received.count("quota") == 5
    assert len(received) == 8
    assert quota.used(owner) == 3 * len(content)
    # What was stored of the others goes.
    assert Erasure.objects.filter(owner_id=owner.pk).count() == 5


def test_the_same_key_twice_is_the_same_upload_though_it_is_full(
    owner: User, make_upload: MakeUpload, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = make_upload(owner, key="k")
    settings.QUOTA_MB = 1
    monkeypatch.setattr(quota, "MB", first.photo.bytes)
    assert make_upload(owner, key="k") == first
    # The same, when the other request wrote its row after we looked for it.
    earlier, looks = uploads._earlier, []

    def too_early(*arguments: Any) -> Any:
        looks.append(1)
        return None if len(looks) == 1 else earlier(*arguments)

    monkeypatch.setattr(uploads, "_earlier", too_early)
    blind = SimpleNamespace(refuse_beyond=lambda *_arguments: None, reserve=quota.reserve)
    monkeypatch.setattr(uploads, "quota", blind)
    assert make_upload(owner, key="k") == first


def test_the_page_tells_what_is_used_and_for_what(
    owner: User, friend: User, make_post: MakePost, make_upload: MakeUpload, settings: Any,
    as_person: SignIn,
) -> None:  # fmt: skip
    settings.QUOTA_MB = 20
    small, large = make_post(owner, title="Small"), make_post(owner, title="Large")
    weigh(small, 1_500_000)
    weigh(large, 9_600_000)
    Photo.objects.filter(pk=make_upload(owner).photo_id).update(bytes=40_000)
    weigh(make_post(friend, title="Theirs"), 9_000_000)
    browser = as_person(owner)
    text = words(browser)
    for part in (
        "11 MB used of 20 MB", "In posts 11 MB", "In drafts and scheduled posts 0 MB",
        "Not in a post yet 0.1 MB", "3 photos.", "8.9 MB left", "after 7 days",
        "Large 9.6 MB, 1 photo Small 1.5 MB, 1 photo",
    ):  # fmt: skip
        assert part in text, part
    assert "Theirs" not in text
    page = browser.get("/settings/storage/").content.decode()
    assert f'href="/p/{large.code}/"' in page
    assert re.findall(r'<rect class="(\w+)" x="(\d+)" width="(\d+)"', page) == [
        ("posts", "0", "555"),
        ("unused", "555", "6"),
    ]


@pytest.mark.parametrize(
    ("size", "sentence"),
    [
        (100_000, "0.9 MB left."),
        (950_000, "Only 0.1 MB left. Deleting posts or drafts frees up space right away."),
        (1_000_000, "Your storage is full. Everything you have is safe"),
        (3_000_000, "Delete posts or drafts you no longer want, or ask the owner"),
    ],
)
def test_what_to_do_next(
    owner: User, make_post: MakePost, settings: Any, as_person: SignIn, size: int, sentence: str
) -> None:
    settings.QUOTA_MB = 1
    weigh(make_post(owner), size)
    assert sentence in words(as_person(owner))


def test_without_a_limit(owner: User, make_post: MakePost, as_person: SignIn) -> None:
    weigh(make_post(owner), 2_000_000)
    text = words(as_person(owner))
    assert "2.0 MB used In posts" in text
    assert "There is no limit on this site." in text
    assert "left" not in text


def test_it_is_linked_from_the_settings(owner: User, as_person: SignIn) -> None:
    page = as_person(owner).get("/settings/profile/").content.decode()
    assert 'href="/settings/storage/"' in page
    assert 'href="/settings/deletions/"' in page


def test_the_page_costs_the_same_however_much_there_is(
    owner: User, make_post: MakePost, as_person: SignIn
) -> None:
    browser = as_person(owner)

    def queries() -> int:
        browser.get("/settings/storage/")
        with CaptureQueriesContext(connection) as captured:
            browser.get("/settings/storage/")
        return len(captured)

    make_post(owner)
    before = queries()
    for _ in range(3):
        make_post(owner, photos=2)
    assert queries() == before
