"""The download of everything: what is in it, how it comes about, who may have it."""

import hashlib
import io
import json
import shutil
from collections import namedtuple
from collections.abc import Callable
from datetime import timedelta
from typing import Any, cast
from zipfile import ZIP_STORED, ZipFile

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from leaving import archive, contents, exporting
from leaving.models import Export
from leaving.sweep import sweep
from moderation import actions, reports
from moderation.models import Report
from notes_site.ids import encode, new_id
from notes_site.storage import EXPORTS, media
from posts.models import Erasure, Photo, Post
from posts.pipeline import erase, quarantine
from tests import making
from tests.leaving.conftest import SignIn_, exported
from tests.making import MakePost

pytestmark = pytest.mark.django_db
SignIn = Callable[[User | None], Client]


def content_of(key: str) -> bytes:
    """All bytes of an object."""
    with media().open(key) as file:
        content: bytes = file.read()
    return content


def opened(export: Export) -> ZipFile:
    """The archive as whoever downloads it sees it."""
    return ZipFile(io.BytesIO(content_of(export.key)))


def read(archive: ZipFile, name: str) -> Any:
    """The rows of one of its files."""
    return json.loads(archive.read(name))


def test_originals_come_byte_for_byte_and_the_manifest_tells_all(life: Post, owner: User) -> None:
    archive = opened(exported(owner))
    names = {entry.filename for entry in archive.infolist()}
    photos = list(Photo.objects.filter(owner=owner))
    assert len(photos) == 3
    listed = {
        photo["file"]: photo["sha256"]
        for row in read(archive, "posts.json")
        for photo in row["photos"]
    }
    listed |= {row["file"]: row["sha256"] for row in read(archive, "uploads.json")}
    assert set(listed.values()) == {photo.sha256 for photo in photos}
    for photo in photos:
        (name,) = [each for each in names if photo.code in each]
        assert archive.read(name) == content_of(photo.original_key)
        assert hashlib.sha256(archive.read(name)).hexdigest() == listed[name] == photo.sha256
        assert archive.getinfo(name).compress_type == ZIP_STORED
    first = life.photos.get(position=0)
    assert f"originals/{life.code}/1-{first.code}.jpg" in names
    manifest = read(archive, "manifest.json")
    assert manifest["missing"] == []
    assert {each["name"] for each in manifest["files"]} == names - {"manifest.json"}
    for each in manifest["files"]:
        content = archive.read(each["name"])
        assert (len(content), hashlib.sha256(content).hexdigest()) == (
            each["bytes"],
            each["sha256"],
        )


def test_every_kind_of_row_is_in_it_under_its_names(
    life: Post, owner: User, moderator: User
) -> None:
    actions.hide_post(actor=moderator, post=life, reason="Not a harbour")
    archive = opened(exported(owner))
    rows = {kind.file: read(archive, kind.file) for kind in contents.FILES}
    empty = {name for name, found in rows.items() if not found}
    assert empty <= {"deletions.json", *OTHERS_FILL}
    (post,) = rows["posts.json"]
    assert (post["title"], post["topics"], post["audience"]) == ("Harbour", ["dawn"], "public")
    assert [photo["alt_text"] for photo in post["photos"]] == ["photo 1", "photo 2"]
    assert {row["text"] for row in rows["comments.json"]} == {
        "Which hill is it", "Nobody answers this",
    }  # fmt: skip
    assert rows["likes.json"][0]["by"] == "friend"
    assert [row["username"] for row in rows["following.json"]] == ["friend"]
    assert rows["lists.json"][0]["people"][0]["username"] == "friend"
    assert rows["topics.json"][0]["topic"] == "dawn"
    assert rows["muted_topics.json"][0]["topic"] == "dusk"
    assert rows["muted_words.json"][0]["word"] == "Café"
    assert rows["dismissed.json"][0]["username"] == "other"
    assert rows["collections.json"][0]["posts"][0]["by"] == "friend"
    assert rows["requests.json"][0]["to"] == "other"
    assert rows["sign_ins.json"][0]["address"] == "203.0.113.9"
    assert rows["moderation.json"][0]["reason"] == "Not a harbour"
    (account,) = rows["account.json"]
    assert account["username"] == "owner"
    assert account["former_usernames"][0]["username"] == "harbourer"
    assert all(kind.file in archive.read("README.txt").decode() for kind in contents.FILES)


# These are about what other tests make.
OTHERS_FILL = {"sessions.json", "notifications.json", "notification_settings.json"}


def test_nothing_of_what_others_keep_to_themselves_is_in_it(
    life: Post, owner: User, stranger: User, friend: User, moderator: User
) -> None:
    actions.hide_post(actor=moderator, post=life, reason="Not a harbour")
    reports.report(reporter=friend, target=life, category="spam", words="Adrift")
    reports.decide(
        actor=moderator,
        report=Report.objects.get(words="Adrift"),
        decision=Report.Decision.DISMISSED,
        reason="They quarrel since spring",
    )
    archive = opened(exported(owner))
    text = "".join(
        archive.read(entry).decode()
        for entry in archive.infolist()
        if entry.filename.endswith((".json", ".txt"))
    )
    assert "stranger" not in text, "who blocked, muted and restricted them"
    assert "Sailors" not in text, "a list they are on"
    assert "since spring" not in text, "that somebody reported them, and what came of it"
    assert "moderator@" not in text
    assert f'"{moderator.username}"' not in text, "which moderator it was"
    for words in ("friend@example.org", "Cold and lovely", "The one behind", owner.password):
        assert words not in text


def test_a_session_that_lies_open_is_asked_who_it_is(owner: User, as_person: SignIn) -> None:
    browser = as_person(owner)
    answer = browser.post("/settings/data/")
    assert answer["Location"].startswith("/accounts/reauthenticate/")
    assert not Export.objects.exists()
    answer = browser.post(answer["Location"], {"password": "correct horse battery staple"})
    assert Export.objects.filter(user=owner).count() == 1, "what was asked for goes on by itself"
    export = Export.objects.get()
    exporting.make(export.pk)
    later = as_person(owner).get(f"/settings/data/{export.code}/")
    assert later["Location"].startswith("/accounts/reauthenticate/")


def test_the_page_follows_it_and_offers_it(
    life: Post, owner: User, signed_in: SignIn_, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = signed_in(owner)
    assert "Prepare my download" in browser.get("/settings/data/").content.decode()
    answer = browser.post("/settings/data/")
    assert (answer.status_code, answer["Location"]) == (303, "/settings/data/")
    page = browser.get("/settings/data/").content.decode()
    assert 'data-hx-trigger="every 1s"' in page
    assert '<meta http-equiv="refresh"' in page, "without JavaScript too"

    export, seen = Export.objects.get(), []
    fetch = making.storage_class().fetch

    def fetch_and_look(self: Any, key: str, path: Any) -> None:
        seen.append(browser.get("/settings/data/").content.decode())
        fetch(self, key, path)

    monkeypatch.setattr(making.storage_class(), "fetch", fetch_and_look)
    exporting.make(export.pk)
    total = len(contents.FILES) + 3 + 1
    shown = [f"<b>{total - left} of {total}</b>" for left in (3, 2, 1)]
    assert [words in page for words, page in zip(shown, seen, strict=True)] == [True] * 3

    page = browser.get("/settings/data/").content.decode()
    assert "Your download is ready" in page
    assert f'href="/settings/data/{export.code}/"' in page
    assert "every 1s" not in page
    answer = browser.get(f"/settings/data/{export.code}/")
    export.refresh_from_db()
    content = b"".join(cast(Any, answer).streaming_content)
    assert len(content) == export.bytes == int(answer["Content-Length"])
    assert answer["Content-Disposition"].startswith("attachment; filename=")
    assert answer["Content-Type"] == "application/zip"
    assert "no-store" in answer["Cache-Control"]
    head = browser.head(f"/settings/data/{export.code}/")
    assert (head.status_code, head["Content-Length"]) == (200, str(export.bytes))
    assert browser.post(f"/settings/data/{export.code}/").status_code == 405


def test_it_is_nobody_elses(
    owner: User, friend: User, moderator: User, as_person: SignIn, signed_in: SignIn_
) -> None:
    export = exported(owner)
    address = f"/settings/data/{export.code}/"
    for person in (friend, moderator):
        for browser in (as_person(person), signed_in(person)):
            nothing = browser.get(f"/settings/data/{encode(new_id())}/")
            answer = browser.get(address)
            assert (answer.status_code, answer.content) == (404, nothing.content)
            assert browser.head(address).status_code == 404
    signed_out = as_person(None).get(address)
    assert (signed_out.status_code, signed_out.content) == (302, b"")
    assert "/accounts/login/" in signed_out["Location"]


def test_one_at_a_time_and_a_new_one_takes_the_olds_place(owner: User) -> None:
    first = exporting.request(owner)
    assert first
    assert exporting.request(owner) is None
    exporting.make(first.pk)
    first.refresh_from_db()
    second = exported(owner)
    assert not Export.objects.filter(pk=first.pk).exists()
    erase.erase_due()
    assert [media().exists(each.key) for each in (first, second)] == [False, True]


def test_one_at_a_time_on_the_whole_site(owner: User, friend: User) -> None:
    mine, theirs = exporting.request(owner), exporting.request(friend)
    assert mine
    assert theirs
    exporting._claim(mine.pk)
    exporting.make(theirs.pk)
    theirs.refresh_from_db()
    assert (theirs.state, theirs.attempts) == ("pending", 0)


def test_a_worker_that_dies_leaves_nothing_and_another_does_it_again(
    life: Post, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    export = exporting.request(owner)
    assert export

    def die(*_arguments: Any) -> None:
        raise SystemExit

    monkeypatch.setattr(exporting, "_mine", die)
    with pytest.raises(SystemExit):
        exporting.make(export.pk)
    monkeypatch.undo()
    _die_after_storing(export, monkeypatch)
    export.refresh_from_db()
    half = export.key
    assert media().exists(half)
    assert (export.state, export.is_offered) == ("working", False)
    assert sweep() == 0, "its worker may live"

    Export.objects.update(leased_until=timezone.now() - timedelta(seconds=1), queued_at=None)
    assert sweep() == 1
    exporting.make(export.pk)
    export.refresh_from_db()
    assert export.is_offered
    assert export.key != half
    erase.erase_due()
    assert not media().exists(half)
    assert opened(export).testzip() is None


def _die_after_storing(export: Export, monkeypatch: pytest.MonkeyPatch) -> None:
    Export.objects.update(leased_until=None)
    put = making.storage_class().put

    def put_and_die(self: Any, key: str, path: Any) -> None:
        put(self, key, path)
        raise SystemExit

    monkeypatch.setattr(making.storage_class(), "put", put_and_die)
    with pytest.raises(SystemExit):
        exporting.make(export.pk)
    monkeypatch.undo()


def test_a_worker_that_was_thought_dead_offers_nothing(
    life: Post, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    export = exporting.request(owner)
    assert export
    write = archive.write

    def write_slowly(*arguments: Any) -> None:
        write(*arguments)
        Export.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
        monkeypatch.setattr(archive, "write", write)
        exporting.make(export.pk)

    monkeypatch.setattr(archive, "write", write_slowly)
    exporting.make(export.pk)
    export.refresh_from_db()
    assert (export.state, export.attempts) == ("ready", 2)
    erase.erase_due()
    keys = Erasure.objects.filter(key__startswith=EXPORTS).values_list("key", flat=True)
    assert len(keys) == 2
    assert [key for key in keys if media().exists(key)] == [export.key]


def test_after_a_week_it_is_gone(owner: User, signed_in: SignIn_) -> None:
    export = exported(owner)
    browser = signed_in(owner)
    assert browser.get(f"/settings/data/{export.code}/").status_code == 200
    entry = Erasure.objects.get(key=export.key)
    assert entry.due_at - timezone.now() > timedelta(days=6.9), "in the ledger from its first day"

    past = timezone.now() - timedelta(seconds=1)
    Export.objects.update(expires_at=past)
    assert browser.get(f"/settings/data/{export.code}/").status_code == 404
    assert "Prepare my download" in browser.get("/settings/data/").content.decode()
    sweep()
    erase.erase_due()
    assert not Export.objects.exists()
    assert not media().exists(export.key)


def test_it_can_be_erased_at_once(owner: User, as_person: SignIn) -> None:
    export = exported(owner)
    answer = as_person(owner).post("/settings/data/", {"_method": "delete"})
    assert answer.status_code == 303
    erase.erase_due()
    assert not media().exists(export.key)
    assert not Export.objects.exists()


def test_the_daily_comparison_leaves_it_alone(owner: User) -> None:
    export = exported(owner)
    assert quarantine.awaiting_erasure([export.key]) == {export.key}


def test_storage_that_is_away_costs_no_attempt(life: Post, owner: User, settings: Any) -> None:
    export = exporting.request(owner)
    assert export
    here = settings.STORAGES
    settings.STORAGES = making.storage_away(here)
    for _ in range(7):
        exporting.make(export.pk)
    export.refresh_from_db()
    assert (export.state, export.attempts) == ("pending", 0)
    settings.STORAGES = here
    exporting.make(export.pk)
    export.refresh_from_db()
    assert export.is_offered


def test_what_is_missing_is_told(life: Post, owner: User) -> None:
    lost = life.photos.get(position=1)
    media().delete(lost.original_key)
    manifest = read(opened(exported(owner)), "manifest.json")
    assert manifest["missing"] == [f"originals/{life.code}/2-{lost.code}.jpg"]


def test_a_full_disk_is_a_sentence(
    owner: User, as_person: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage(10, 10, 10))
    export = exported(owner)
    assert (export.state, export.error) == ("failed", "no_room")
    page = as_person(owner).get("/settings/data/").content.decode()
    assert "enough space on the server" in page
    assert "Try again" in page


def test_what_fails_for_ever_is_given_up(owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    export = exporting.request(owner)
    assert export

    def crash(*_arguments: Any) -> None:
        raise MemoryError

    monkeypatch.setattr(archive, "write", crash)
    for _ in range(exporting.MAX_ATTEMPTS):
        with pytest.raises(MemoryError):
            exporting.make(export.pk)
        Export.objects.update(leased_until=None)
    exporting.make(export.pk)
    export.refresh_from_db()
    assert (export.state, export.error) == ("failed", "gave_up")


def test_asking_is_limited(owner: User, signed_in: SignIn_, rate_limits: dict[str, str]) -> None:
    browser = signed_in(owner)
    most = int(rate_limits["export"].partition("/")[0])
    codes = []
    for _ in range(most + 1):
        codes.append(browser.post("/settings/data/").status_code)
        Export.objects.all().delete()
    assert codes == [303] * most + [429]


def test_making_it_costs_the_same_for_every_post(
    owner: User, make_post: MakePost, django_assert_max_num_queries: Any
) -> None:
    for _ in range(3):
        make_post(owner)
    per_photo = 1
    fixed = 3 * len(contents.FILES) + 40
    with django_assert_max_num_queries(fixed + 3 * per_photo):
        exported(owner)
    for _ in range(12):
        make_post(owner)
    with django_assert_max_num_queries(fixed + 15 * per_photo):
        exported(owner)
