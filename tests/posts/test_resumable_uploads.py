"""`/uploads/incoming/`: a file in pieces, of which each byte that came counts."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as site_settings
from django.test import Client

from accounts.models import User
from posts import limits
from posts.models import Erasure, Photo, Upload
from posts.reasons import RefusedError
from posts.sweep import collect_orphans
from posts.uploading import resumable_uploads, uploads
from posts.uploading.resumable_uploads import Part, Piece
from tests import making
from tests.making import MakeUpload

SignIn = Callable[[User | None], Client]
KEY = "0123456789abcdef"


@pytest.fixture(autouse=True)
def folder_of_its_own(settings: Any, tmp_path: Path) -> None:
    """What arrives in one test is not there in the next."""
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path / "temporary"
    settings.FILE_UPLOAD_TEMP_DIR.mkdir()


def put(
    browser: Client,
    content: bytes,
    first: int = 0,
    total: int | None = None,
    *,
    key: str = KEY,
    name: str = "a.jpg",
) -> Any:
    total = len(content) if total is None else total
    piece = f"bytes {first}-{first + len(content) - 1}/{total}"
    return browser.put(
        f"/uploads/incoming/{key}/",
        content,
        content_type="application/octet-stream",
        headers={"Content-Range": piece, "X-File-Name": name},
    )


def ask_again(browser: Client, total: int, key: str = KEY) -> Any:
    headers = {"Content-Range": f"bytes */{total}", "Content-Length": "0"}
    return browser.put(f"/uploads/incoming/{key}/", headers=headers)


def told(browser: Client, key: str = KEY) -> Any:
    return browser.get(f"/uploads/incoming/{key}/").json()


def parts() -> list[Path]:
    return sorted((site_settings.FILE_UPLOAD_TEMP_DIR / "incoming").glob("*.part"))


def test_in_three_pieces(owner: User, as_person: SignIn, small_picture: bytes) -> None:
    browser, total = as_person(owner), len(small_picture)
    assert told(browser) == {"received": 0}
    first = put(browser, small_picture[:300], 0, total)
    assert (first.status_code, first.json()) == (202, {"received": 300})
    second = put(browser, small_picture[300:500], 300, total)
    assert second.json() == told(browser) == {"received": 500}
    assert not Upload.objects.exists()
    last = put(browser, small_picture[500:], 500, total, name="M%C3%B6we%20%26.jpg")
    assert last.status_code == 201
    upload = Upload.objects.select_related("photo").get()
    assert last.json()["id"] == upload.code
    assert (upload.name, upload.idempotency_key) == ("Möwe &.jpg", KEY)
    assert upload.photo.sha256 == making.sha256(small_picture)
    assert parts() == []


def test_the_answer_may_be_lost(owner: User, as_person: SignIn, small_picture: bytes) -> None:
    browser, total = as_person(owner), len(small_picture)
    upload = put(browser, small_picture).json()
    assert told(browser) == {"received": total, "upload": upload}
    for again in (put(browser, small_picture), put(browser, small_picture[500:], 500, total)):
        assert (again.status_code, again.json()["id"]) == (200, upload["id"])
    assert ask_again(browser, total).json()["id"] == upload["id"]
    other = put(browser, small_picture + b"\0")
    assert (other.status_code, other.json()["code"]) == (409, "key_reused")
    assert Photo.objects.count() == 1
    assert parts() == []


def test_a_piece_may_come_twice_but_none_may_be_left_out(
    owner: User, as_person: SignIn, small_picture: bytes
) -> None:
    browser, total = as_person(owner), len(small_picture)
    early = put(browser, small_picture[300:400], 300, total)
    assert (early.status_code, early.json()["code"], early.json()["received"]) == (409, "offset", 0)
    assert parts() == [], "what begins in its middle is not begun"
    put(browser, small_picture[:300], 0, total)
    assert put(browser, small_picture[:300], 0, total).json() == {"received": 300}
    assert put(browser, small_picture[200:400], 200, total).json() == {"received": 400}
    gap = put(browser, small_picture[401:], 401, total)
    assert (gap.status_code, gap.json()["received"]) == (409, 400)
    assert ask_again(browser, total).json() == {"received": 400}
    assert put(browser, small_picture[400:], 400, total).status_code == 201
    assert Photo.objects.get().sha256 == making.sha256(small_picture)


def test_another_length_is_another_file(
    owner: User, as_person: SignIn, small_picture: bytes
) -> None:
    browser, total = as_person(owner), len(small_picture)
    put(browser, small_picture[:300], 0, total)
    answer = put(browser, small_picture[300:400], 300, total + 1)
    assert (answer.status_code, answer.json()["code"]) == (409, "total")
    assert told(browser) == {"received": 300}


@pytest.mark.parametrize(
    ("content_range", "length", "status"),
    [
        ("", "3", 422),
        ("bytes 0-2", "3", 422),
        ("bytes 0-2/*", "3", 422),
        ("bytes -1-2/9", "3", 422),
        ("bytes 0-2/9x", "3", 422),
        ("bytes 0-٢/9", "3", 422),
        ("items 0-2/9", "3", 422),
        ("bytes 0-2/9, 4-5/9", "3", 422),
        ("bytes 0-2/99999999999999999999", "3", 422),
        ("bytes 0-2/9", "", 411),
        ("bytes 0-2/9", "x", 411),
        ("bytes 0-2/9", "4", 422),
        ("bytes */9", "4", 422),
        ("bytes 2-1/9", "0", 416),
        ("bytes 0-9/9", "10", 416),
    ],
)
def test_headers_that_tell_no_piece(content_range: str, length: str, status: int) -> None:
    with pytest.raises(resumable_uploads.BadRangeError) as caught:
        resumable_uploads.read_piece(content_range, length)
    assert caught.value.status == status


def test_headers_that_tell_one() -> None:
    assert resumable_uploads.read_piece("bytes 0-2/9", "3") == Piece(0, 3, 9)
    assert resumable_uploads.read_piece("bytes 3-8/9", "6") == Piece(3, 6, 9)
    assert resumable_uploads.read_piece("bytes */9", "0") == Piece(None, 0, 9)
    for total, code in ((0, "empty"), (limits.MAX_FILE_BYTES + 1, "too_large")):
        with pytest.raises(RefusedError, match=code):
            resumable_uploads.read_piece(f"bytes 0-2/{total}", "3")


def test_too_large_from_the_first_piece_on(owner: User, as_person: SignIn) -> None:
    answer = put(as_person(owner), b"x" * 1000, 0, 60_000_000)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    bad = put(as_person(owner), b"x", 9, 3)
    assert (bad.status_code, bad.json()["code"]) == (416, "range")
    assert bad.json()["error"].endswith(".")
    assert parts() == []


def test_no_picture_is_told_at_the_end_and_nothing_stays(owner: User, as_person: SignIn) -> None:
    browser = as_person(owner)
    assert put(browser, b"These are ", 0, 20).status_code == 202
    answer = put(browser, b"only words", 10, 20)
    assert (answer.status_code, answer.json()["code"]) == (415, "not_a_picture")
    assert parts() == []
    assert told(browser) == {"received": 0}
    assert not Photo.objects.exists()
    assert not Erasure.objects.exists()


def test_keys_are_each_persons_own(
    owner: User, friend: User, stranger: User, as_person: SignIn, small_picture: bytes
) -> None:
    total = len(small_picture)
    put(as_person(owner), small_picture[:300], 0, total)
    for other in (friend, stranger):
        browser = as_person(other)
        assert told(browser) == {"received": 0}
        assert put(browser, small_picture[300:], 300, total).status_code == 409
        assert browser.delete(f"/uploads/incoming/{KEY}/").json() == {"received": 0}
        assert put(browser, b"y" * 10, 0, 20).json() == {"received": 10}
    assert put(as_person(owner), small_picture[300:], 300, total).status_code == 201
    assert told(as_person(stranger)) == {"received": 10}


def test_members_alone_and_with_their_token(owner: User, small_picture: bytes) -> None:
    answer = put(Client(), small_picture)
    assert (answer.status_code, answer.json()["code"]) == (401, "signed_out")
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(owner)
    assert put(browser, small_picture).status_code == 403
    assert browser.delete(f"/uploads/incoming/{KEY}/").status_code == 403
    assert parts() == []
    assert not Upload.objects.exists()


def test_given_up(owner: User, as_person: SignIn, small_picture: bytes) -> None:
    browser = as_person(owner)
    put(browser, small_picture[:300], 0, len(small_picture))
    assert browser.delete(f"/uploads/incoming/{KEY}/").json() == {"received": 0}
    assert parts() == []
    put(browser, small_picture)
    browser.delete(f"/uploads/incoming/{KEY}/")
    assert Upload.objects.exists(), "what has become an upload is removed at its own address"


@pytest.mark.parametrize("key", ["a" * 101, "k" * 3000])
def test_a_key_too_long(key: str, owner: User, as_person: SignIn) -> None:
    answer = put(as_person(owner), b"x", key=key)
    assert (answer.status_code, answer.json()["code"]) == (422, "key")


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("..%2F..%2Fetc%2Fpasswd", "passwd"),
        ("C%3A%5Cphotos%5Ca.jpg", "a.jpg"),
        ("%00%E2%80%AEgpj.exe", "gpj.exe"),
        ("%FF%FE.jpg", "��.jpg"),
        ("a" * 300, "a" * 255),
        ("..", "photo"),
        ("", "photo"),
    ],
)
def test_a_name_is_only_a_name(
    sent: str, kept: str, owner: User, as_person: SignIn, small_picture: bytes
) -> None:
    answer = put(as_person(owner), small_picture, name=sent)
    assert (answer.status_code, answer.json()["name"]) == (201, kept)


def test_storage_away_keeps_every_byte(
    owner: User, as_person: SignIn, small_picture: bytes, settings: Any
) -> None:
    browser, total = as_person(owner), len(small_picture)
    here, settings.STORAGES = settings.STORAGES, making.storage_away(settings.STORAGES)
    answer = put(browser, small_picture)
    assert (answer.status_code, answer.json()["code"]) == (503, "storage_away")
    assert told(browser) == {"received": total}
    assert ask_again(browser, total).status_code == 503
    settings.STORAGES = here
    again = ask_again(browser, total)
    assert (again.status_code, again.json()["sha256"]) == (201, making.sha256(small_picture))
    assert parts() == []


def test_what_does_not_fit_is_refused_before_it_travels(
    owner: User, as_person: SignIn, settings: Any, make_upload: MakeUpload
) -> None:
    settings.QUOTA_MB = 50
    Photo.objects.filter(pk=make_upload(owner).photo_id).update(bytes=20_000_000)
    browser = as_person(owner)
    assert put(browser, b"x", 0, 20_000_000, key="one").status_code == 202
    answer = put(browser, b"x", 0, 11_000_000, key="two")
    assert (answer.status_code, answer.json()["code"]) == (413, "quota")
    assert len(parts()) == 1
    long_ago = time.time() - resumable_uploads.IDLE_SECONDS - 1
    os.utime(parts()[0], (long_ago, long_ago))
    assert put(browser, b"x", 0, 11_000_000, key="two").status_code == 202, "the first is idle"


def test_the_one_longest_without_news_makes_room(
    owner: User, friend: User, as_person: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resumable_uploads, "MAX_A_PERSON", 3)
    put(as_person(friend), b"x", 0, 9, key="theirs")
    browser = as_person(owner)
    for age, key in enumerate(("a", "b", "c")):
        put(browser, b"x", 0, 9, key=key)
        part = resumable_uploads.find(owner, key)
        assert part is not None
        written = time.time() - 60 + age
        os.utime(part.path, (written, written))
    put(browser, b"x", 1, 9, key="a")
    put(browser, b"x", 0, 9, key="d")
    assert [told(browser, key)["received"] for key in ("a", "b", "c", "d")] == [2, 0, 1, 1]
    assert told(as_person(friend), "theirs") == {"received": 1}


def test_a_file_counts_once_however_many_its_pieces(
    owner: User, as_person: SignIn, rate_limits: dict[str, str]
) -> None:
    rate_limits["upload"] = "2/1h/user"
    browser = as_person(owner)
    for first in range(5):
        assert put(browser, b"x", first, 9, key="one").status_code == 202
    assert put(browser, b"x", 0, 9, key="two").status_code == 202
    refused = put(browser, b"x", 0, 9, key="three")
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "60")
    assert put(browser, b"x", 5, 9, key="one").status_code == 202


def test_a_disk_that_is_full_loses_nothing(owner: User, as_person: SignIn) -> None:
    browser = as_person(owner)
    put(browser, b"x" * 100, 0, 900)
    # A full disk that needs no disk: writing to /dev/full answers ENOSPC.
    part = parts()[0]
    kept = part.rename(part.with_suffix(".kept"))
    part.symlink_to("/dev/full")
    answer = put(browser, b"x" * 100, 0, 900)
    assert (answer.status_code, answer.json()["code"]) == (507, "disk_full")
    assert "disk is full" in answer.json()["error"]
    kept.replace(part)
    assert put(browser, b"x" * 100, 100, 900).json() == {"received": 200}


class Meeting:
    """Pieces of a body between which another request gets its turn."""

    def __init__(self, *pieces: bytes) -> None:
        self.pieces = pieces
        self.between = threading.Event()
        self.go_on = threading.Event()

    def __iter__(self) -> Iterator[bytes]:
        for piece in self.pieces:
            yield piece
            self.between.set()
            assert self.go_on.wait(10)


def test_a_predecessor_that_is_still_alive_holds_nobody_up(owner: User) -> None:
    content = os.urandom(60_000)
    part = resumable_uploads.begin(owner, KEY, len(content))
    slow = Meeting(content[:20_000], content[20_000:50_000])
    ends: list[int] = []
    predecessor = threading.Thread(target=lambda: ends.append(part.append(0, slow)))
    predecessor.start()
    assert slow.between.wait(10)
    assert part.received == 20_000
    assert Part(part.path).append(20_000, [content[20_000:45_000]]) == 45_000
    slow.go_on.set()
    predecessor.join(10)
    assert ends == [50_000], "its last bytes are passed over where they are there already"
    assert part.append(50_000, [content[50_000:]]) == 60_000
    assert part.path.read_bytes() == content


def test_many_at_once_never_mix(owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    size = resumable_uploads._size

    def size_after_all(handle: int) -> int:
        """What two may see alike when none waits for the other."""
        found = size(handle)
        time.sleep(0.0005)
        return found

    monkeypatch.setattr(resumable_uploads, "_size", size_after_all)
    content = os.urandom(200_000)
    part = resumable_uploads.begin(owner, KEY, len(content))

    def send(length: int) -> None:
        pieces = (content[at : at + length] for at in range(0, len(content), length))
        Part(part.path).append(0, pieces)

    threads = [
        threading.Thread(target=send, args=(length,)) for length in (997, 1500, 4096, 10_000)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert part.path.read_bytes() == content


@pytest.mark.django_db(transaction=True)
def test_the_last_piece_twice_at_once_makes_one_upload(
    as_person: SignIn, small_picture: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    receive, received = uploads.receive, []

    def receive_slowly(**what: Any) -> Any:
        received.append(what["idempotency_key"])
        time.sleep(0.2)
        return receive(**what)

    monkeypatch.setattr(uploads, "receive", receive_slowly)
    owner = User.objects.create_user("owner", "owner@example.org", "x")
    browsers = [as_person(owner) for _ in range(4)]
    put(browsers[0], small_picture[:500], 0, len(small_picture))
    answers: list[Any] = []

    def finish(browser: Client) -> None:
        with making.own_connection():
            answers.append(put(browser, small_picture[500:], 500, len(small_picture)))

    threads = [threading.Thread(target=finish, args=(browser,)) for browser in browsers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 201]
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert received == [KEY], "looked at once, stored once"
    assert Photo.objects.count() == Upload.objects.count() == 1
    assert parts() == []


def test_only_what_is_old_is_swept(
    owner: User, as_person: SignIn, small_picture: bytes, on_files: None
) -> None:
    browser = as_person(owner)
    put(browser, b"x", 0, 9, key="old")
    old = parts()[0]
    put(browser, small_picture[:300], 0, len(small_picture))
    folder = resumable_uploads.folder()
    beside, kept = folder.parent / "old.upload", folder.parent / "young.upload"
    rendering = folder.parent / "rendering"
    rendering.mkdir()
    for path in (beside, kept, rendering / "a.webp"):
        path.touch()
    yesterday = time.time() - 25 * 3600
    for path in (old, beside, rendering, folder):
        os.utime(path, (yesterday, yesterday))
    collect_orphans()
    assert not (old.exists() or beside.exists() or rendering.exists())
    assert kept.exists()
    assert put(browser, small_picture[300:], 300, len(small_picture)).status_code == 201
