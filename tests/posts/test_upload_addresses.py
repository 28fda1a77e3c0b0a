"""`/uploads/` and what it answers."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import User
from notes_site.ids import decode
from posts import limits
from posts.models import Erasure, Photo, Upload
from tests import making
from tests.making import MakeUpload

SignIn = Callable[[User | None], Client]


def send(browser: Client, content: bytes, name: str = "sea.jpg", key: str = "") -> Any:
    headers = {"Idempotency-Key": key} if key else {}
    return browser.post("/uploads/", {"file": SimpleUploadedFile(name, content)}, headers=headers)


def test_received(owner: User, as_person: SignIn, small_picture: bytes) -> None:
    answer = send(as_person(owner), small_picture)
    assert answer.status_code == 201
    told = answer.json()
    assert decode(told["id"]) == Upload.objects.get().pk
    expected = {
        "state": "pending",
        "reason": "",
        "name": "sea.jpg",
        "width": 64,
        "height": 48,
        "bytes": len(small_picture),
        "sha256": making.sha256(small_picture),
        "thumbhash": "",
        "preview": None,
    }
    assert told.items() >= expected.items()


def test_sent_again(owner: User, as_person: SignIn, small_picture: bytes) -> None:
    browser = as_person(owner)
    first = send(browser, small_picture, key="k")
    second = send(browser, small_picture, key="k")
    third = send(browser, making.picture(size=(50, 50)), key="k")
    assert [answer.status_code for answer in (first, second, third)] == [201, 200, 409]
    assert first.json()["id"] == second.json()["id"]
    assert third.json()["code"] == "key_reused"
    assert Photo.objects.count() == 1


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"hello", 415, "not_a_picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", 415, "svg"),
        (b"BM" + b"\0" * 100, 415, "type"),
        (b"", 422, "empty"),
        (making.picture("JPEG", (300, 300))[:700], 422, "cut_off"),
        (making.picture("JPEG", (300, 300))[:300] + b"\xff\xd9" * 300, 422, "damaged"),
    ],
)
def test_refused(content: bytes, status: int, code: str, owner: User, as_person: SignIn) -> None:
    answer = send(as_person(owner), content)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["error"].endswith(".")
    assert not Photo.objects.exists()
    assert not Erasure.objects.exists()


def test_too_large(
    owner: User, as_person: SignIn, small_picture: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = as_person(owner)
    monkeypatch.setattr(limits, "MAX_FILE_BYTES", len(small_picture))
    assert send(browser, small_picture).status_code == 201
    answer = send(browser, small_picture + b"\0")
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_no_more_than_the_limit_is_written_to_disk(
    monkeypatch: pytest.MonkeyPatch, rf: Any, owner: User
) -> None:
    monkeypatch.setattr(limits, "MAX_FILE_BYTES", 1_000)
    request = rf.post("/uploads/", {"file": SimpleUploadedFile("a.jpg", b"x" * 300_000)})
    request.user = owner
    file = request.FILES["file"]
    assert file.size == 300_000
    with open(file.temporary_file_path(), "rb") as kept:
        assert len(kept.read()) <= 1_000


def test_nothing_of_a_visitors_is_written_to_disk(rf: Any) -> None:
    request = rf.post("/accounts/login/", {"file": SimpleUploadedFile("a.jpg", b"x" * 3_000)})
    request.user = AnonymousUser()
    assert not request.FILES


def test_without_a_file(owner: User, as_person: SignIn) -> None:
    answer = as_person(owner).post("/uploads/")
    assert (answer.status_code, answer.json()["code"]) == (422, "no_file")


def test_signed_out(db: None, small_picture: bytes) -> None:
    answer = send(Client(), small_picture)
    assert (answer.status_code, answer.json()["code"]) == (401, "signed_out")
    assert not Photo.objects.exists()


def test_storage_away(owner: User, as_person: SignIn, small_picture: bytes, settings: Any) -> None:
    settings.STORAGES = making.storage_away(settings.STORAGES)
    answer = send(as_person(owner), small_picture)
    assert (answer.status_code, answer.json()["code"]) == (503, "storage_away")


def test_its_state_and_reason(
    owner: User, friend: User, stranger: User, as_person: SignIn, make_upload: MakeUpload
) -> None:
    upload = make_upload(owner)
    address = f"/uploads/{upload.code}/"
    assert as_person(owner).get(address).json()["state"] == "pending"
    making.make_ready(upload)
    told = as_person(owner).get(address).json()
    assert told["state"] == "ready"
    assert told["thumbhash"]
    assert as_person(owner).get(told["preview"]).status_code == 200
    Photo.objects.update(state="failed", reason="damaged")
    assert "damaged" in as_person(owner).get(address).json()["reason"]
    for other in (friend, stranger):
        answers = [as_person(other).generic(method, address) for method in ("GET", "DELETE")]
        assert [answer.status_code for answer in answers] == [404, 404]
        nothing = as_person(other).get("/uploads/abc/")
        assert answers[0].content == nothing.content
        assert as_person(other).get(told["preview"]).status_code == 404
    assert Client().get(address).status_code == 401
    assert Upload.objects.exists()


@pytest.mark.parametrize("by", ["DELETE", "POST"])
def test_thrown_away(by: str, owner: User, as_person: SignIn, make_upload: MakeUpload) -> None:
    upload, browser = make_upload(owner), as_person(owner)
    address = f"/uploads/{upload.code}/"
    assert browser.post(address).status_code == 405
    answer = (
        browser.delete(address) if by == "DELETE" else browser.post(address, {"_method": "delete"})
    )
    assert answer.json() == {"id": upload.code, "state": "removed"}
    assert browser.get(address).status_code == 404
    assert not Photo.objects.exists()


def test_in_a_post_it_is_not_thrown_away(
    owner: User, as_person: SignIn, make_upload: MakeUpload
) -> None:
    upload, browser = make_upload(owner), as_person(owner)
    browser.post("/new/", {"uploads": [upload.code]})
    answer = browser.delete(f"/uploads/{upload.code}/")
    assert (answer.status_code, answer.json()["code"]) == (409, "in_use")
    assert Photo.objects.exists()
