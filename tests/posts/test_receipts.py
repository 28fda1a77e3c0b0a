"""The fidelity receipt: true, and for the photo's owner alone."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from notes_site.storage import PUBLIC, media
from posts.models import Photo
from posts.receipts import photo_receipts
from tests import making, pictures
from tests.making import MakePost, MakeUpload

pytestmark = pytest.mark.pipeline

AsPerson = Callable[[User | None], Client]
METHODS = ("get", "head", "post", "put", "patch", "delete", "options")
JSON = {"Accept": "application/json"}


def address_of(photo: Photo) -> str:
    return f"/photos/{photo.code}/receipt/"


@pytest.fixture
def photo(owner: User, make_upload: MakeUpload, tmp_path: Path) -> Photo:
    """An upload made ready: a photo with place, camera and words in it."""
    path = tmp_path / "a.jpg"
    path.write_bytes(pictures.photo(width=1400, height=1000))
    upload = make_upload(owner, path, name="Low <water> & mud.jpg")
    return making.make_ready(upload)


@pytest.mark.parametrize("audience", ["", "public", "followers", "friends", "self"])
def test_nobody_but_the_owner_gets_it(
    audience: str, photo: Photo, owner: User, friend: User, follower: User, stranger: User,
    moderator: User, make_post: MakePost, as_person: AsPerson,
) -> None:  # fmt: skip
    if audience:
        photo = make_post(owner, audience=audience).photos.get()
    for person in (friend, follower, stranger, moderator):
        browser = as_person(person)
        for method in METHODS:
            answer = getattr(browser, method)(address_of(photo))
            never_was = getattr(browser, method)("/photos/2x/receipt/")
            assert (answer.status_code, answer.content) == (404, never_was.content)
        assert browser.get(address_of(photo), headers=JSON).status_code == 404
    expected = {"get": 200, "head": 200}
    for method in METHODS:
        answer = getattr(as_person(owner), method)(address_of(photo))
        assert answer.status_code == expected.get(method, 405)
    for method in METHODS:
        # Signed out one is asked to sign in, whether there is such a photo or not.
        found, never_was = (
            getattr(Client(), method)(address)
            for address in (address_of(photo), "/photos/2x/receipt/")
        )
        assert found.status_code == never_was.status_code == 302


def test_the_original_is_what_the_receipt_says(
    photo: Photo, owner: User, as_person: AsPerson
) -> None:
    browser = as_person(owner)
    told = browser.get(address_of(photo), headers=JSON).json()
    sent = pictures.photo(width=1400, height=1000)
    downloaded = b"".join(browser.get(told["original"]).streaming_content)  # type: ignore[attr-defined]
    assert downloaded == sent
    assert told["sha256"] == hashlib.sha256(downloaded).hexdigest()
    assert (told["bytes"], told["name"]) == (len(sent), "Low <water> & mud.jpg")
    assert (told["format"], told["width"], told["height"]) == ("JPEG", 1400, 1000)
    page = browser.get(address_of(photo)).content.decode()
    assert told["sha256"] in page
    assert f"{len(sent):,} bytes" in page
    assert told["original"] in page
    assert "Low &lt;water&gt; &amp; mud.jpg" in page


def test_every_rendition_is_listed_as_it_lies_in_storage(
    photo: Photo, owner: User, make_post: MakePost, as_person: AsPerson, tmp_path: Path
) -> None:
    browser = as_person(owner)
    for one, is_public in ((photo, False), (make_post(owner).photos.get(), True)):
        told = browser.get(address_of(one), headers=JSON).json()["renditions"]
        rows = {each.spec: each for each in one.renditions.all()}
        assert [each["spec"] for each in told] == list(rows)
        for each in told:
            row = rows[each["spec"]]
            assert each["public"] == is_public == row.key.startswith(PUBLIC)
            media().fetch(row.key, tmp_path / "stored")
            assert each["bytes"] == (tmp_path / "stored").stat().st_size
            assert (each["width"], each["height"]) == (row.width, row.height)
        page = browser.get(address_of(one)).content.decode()
        assert all(each["url"] in page for each in told)
        assert ("Checked each time" in page) is not is_public


def test_what_the_file_carries_is_told_to_its_owner(
    photo: Photo, owner: User, as_person: AsPerson
) -> None:
    Photo.objects.filter(pk=photo.pk).update(
        metadata={
            "camera": "Maker <b>Model</b>",
            "taken_at": "2026-01-02T03:04:05",
            "place": [52.516389, -13.3775],
            "software": "Darkroom",
            "profile": "Display P3",
            "mode": "16-bit RGB",
            "carries": ["exif", "gps", "motion_video", "something_new"],
        },
        shown=["camera"],
    )
    page = as_person(owner).get(address_of(photo)).content.decode()
    for words in (
        "52.5164, -13.3775",
        "Maker &lt;b&gt;Model&lt;/b&gt;",
        "Jan. 2, 2026, 3:04 a.m.",
        "Darkroom",
        "Converted from Display P3 to sRGB",
        "16-bit colors were converted to 8 bits for the web.",
        "A short video (motion photo)",
        "something_new",
    ):
        assert words in page
    assert page.count("Shown in words, as you chose") == 1
    assert page.count(">Removed</dd>") == 3
    told = as_person(owner).get(address_of(photo), headers=JSON).json()
    assert told["colour"] == {"profile": "Display P3", "mode": "16-bit RGB", "shown_in": "sRGB"}
    assert told["carries"][-1] == "something_new"
    assert told["metadata"]["place"] == [52.516389, -13.3775]
    assert told["shown"] == ["camera"]


@pytest.mark.parametrize(
    ("metadata", "words"),
    [
        ({}, ["Shown in sRGB, converted with the file’s own profile if it has one."]),
        ({"carries": []}, ["The file doesn’t name a color space, so it was treated as sRGB"]),
        ({"profile": "sRGB IEC61966-2.1", "mode": "RGB"}, ["The file is in sRGB"]),
        (
            {"profile": "Coated FOGRA39", "mode": "CMYK"},
            ["Converted from Coated FOGRA39", "Print colors"],
        ),
        ({"profile": "", "mode": "16-bit RGBA"}, ["name a color space", "16-bit", "Transparency"]),
    ],
)
def test_what_was_done_with_the_colours(metadata: dict[str, Any], words: list[str]) -> None:
    said = photo_receipts.colour(metadata)
    assert len(said) == len(words)
    assert all(expected in sentence for expected, sentence in zip(words, said, strict=True))


def test_a_real_file_from_its_upload_to_its_receipt(
    owner: User, make_upload: MakeUpload, as_person: AsPerson
) -> None:
    """HDR named by code points; and what a crop of the file hides."""
    files = Path(__file__).parents[1] / "files"
    hdr = making.make_ready(make_upload(owner, files / "png_cicp_pq2020.png"))
    told = as_person(owner).get(address_of(hdr), headers=JSON).json()
    assert told["colour"] == {
        "profile": "BT.2020, PQ",
        "mode": "16-bit RGB",
        "shown_in": "sRGB",
        "colours_by": "code_points",
        "hdr": True,
    }
    assert not {"hdr", "colours_by"} & set(told["metadata"])
    page = as_person(owner).get(address_of(hdr)).content.decode()
    assert "This is an HDR picture" in page
    cropped = making.make_ready(make_upload(owner, files / "avif_clap_topleft.avif"))
    told = as_person(owner).get(address_of(cropped), headers=JSON).json()
    assert (told["width"], told["height"], told["carries"]) == (320, 320, ["outside"])
    assert {each["width"] for each in told["renditions"]} == {320}
    page = as_person(owner).get(address_of(cropped)).content.decode()
    assert "Parts of the picture outside its crop" in page


def test_the_edits_in_words(photo: Photo) -> None:
    photo.edits = {
        "rotate": 90, "flip": True, "straighten": -2.5, "crop": [0.1, 0.1, 0.5, 0.75],
        "brightness": -10, "warmth": 20, "filter": "ember", "intensity": 60, "focal": [0.2, 0.2],
    }  # fmt: skip
    assert photo_receipts.edits(photo) == [
        "Rotated to the right",
        "Mirrored",
        "Straightened by -2.5°",
        "Cropped to 50 % of its width, 75 % of its height",
        "Brightness -10",
        "Warmth +20",
        "Filter Ember, 60%",
        "Thumbnails are cropped around the point you chose",
    ]
    photo.edits = {}
    assert photo_receipts.edits(photo) == []


def test_it_stands_also_before_and_without_renditions(
    owner: User, make_upload: MakeUpload, as_person: AsPerson
) -> None:
    photo = make_upload(owner).photo
    browser = as_person(owner)
    assert b"Nothing yet" in browser.get(address_of(photo)).content
    Photo.objects.filter(pk=photo.pk).update(state="failed", reason="damaged")
    assert b"This picture is damaged" in browser.get(address_of(photo)).content
    answer = browser.get(address_of(photo))
    assert "no-store" in answer["Cache-Control"]
    assert "Accept" in answer["Vary"]
