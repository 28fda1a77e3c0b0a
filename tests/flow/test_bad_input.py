"""What a hostile or clumsy visitor sends: a sentence each, nothing stored, nothing typed lost."""

import re
from typing import Any

import pytest

from posts.limits import MAX_CAPTION, MAX_FILE_BYTES, MAX_PHOTOS
from tests.pictures import photo, png_header
from tests.site import Site, wait_for
from tests.visitor import Answer, Visitor

SMALL = photo(width=240, height=180)
SVG = (
    b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
)
REFUSED: dict[str, tuple[bytes, str, int, str]] = {
    "zero bytes": (b"", "empty.jpg", 422, "empty"),
    "text named .jpg": (b"Dear diary, " * 99, "diary.jpg", 415, "not_a_picture"),
    "SVG": (SVG, "drawing.svg", 415, "svg"),
    "SVG named .png": (SVG, "drawing.png", 415, "svg"),
    "TIFF": (b"II*\0" + bytes(500), "scan.tif", 415, "type"),
    "truncated JPEG": (photo()[:40_000], "cut.jpg", 422, "cut_off"),
    "JPEG header alone": (SMALL[:400], "head.jpg", 422, "cut_off"),
    "30,000 x 30,000 PNG": (png_header(30_000, 30_000), "vast.png", 422, "too_long_side"),
    "10,000 x 10,000 PNG": (png_header(10_000, 10_000), "large.png", 422, "too_many_pixels"),
    "aspect 100": (png_header(10_000, 100), "wide.png", 422, "too_narrow"),
    "51 MB": (SMALL + bytes(51_000_000 - len(SMALL)), "heavy.jpg", 413, "too_large"),
    "HTML": (b"<html><script>alert(1)</script></html>", "page.jpg", 415, "not_a_picture"),
    "PostScript": (
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
        "a.jpg",
        415,
        "not_a_picture",
    ),
}
NAMES = [
    "../../../../outside.jpg",
    "..\\..\\outside.jpg",
    "/etc/outside.jpg",
    "C:\\outside.jpg",
    "photo\u202egpj.exe",
    "n" * 300 + ".jpg",
    "ü" * 300 + ".jpg",
    "nul\x00byte.jpg",
    "🏔️ Ünïcödé 写真.jpg",
    '<img src=x onerror="alert(1)">.jpg',
    "line\r\nbreak: header.jpg",
    "%2e%2e%2foutside.jpg",
    "; rm -rf outside.jpg",
    "CON.jpg",
    ".htaccess",
    " ",
    "..",
    "no ending",
    "{{ settings.SECRET_KEY }}.jpg",
]


def stored(site: Site) -> tuple[list[str], set[str], list[tuple[Any, ...]]]:
    """All that the site keeps of photos, posts and uploads."""
    rows = site.rows(
        "SELECT 'upload', id FROM posts_upload UNION SELECT 'post', id FROM posts_post"
    )
    return sorted(site.named_keys()), site.keys(), sorted(rows)


def is_sentence(text: str) -> bool:
    return bool(re.fullmatch(r"[A-Z“].{15,}[.!]", text))


@pytest.mark.parametrize("case", REFUSED)
def test_a_file_that_is_no_photo_is_refused_with_a_sentence_and_not_kept(
    site: Site, case: str
) -> None:
    data, name, status, code = REFUSED[case]
    member = site.member()
    before = stored(site)
    answer = member.upload(data, name)
    assert (answer.status, answer.json()["code"]) == (status, code)
    assert is_sentence(answer.json()["error"])
    assert stored(site) == before
    wait_for(lambda: not list((site.data / "tmp").iterdir()), 5, "the file to go")


def test_a_file_of_just_the_largest_size_is_taken(site: Site) -> None:
    member = site.member()
    answer = member.upload(SMALL + bytes(MAX_FILE_BYTES - len(SMALL)))
    assert answer.status == 201
    assert member.settled(answer.json()["id"])["state"] == "ready"
    assert member.upload(SMALL + bytes(MAX_FILE_BYTES + 1 - len(SMALL))).status == 413


def test_damage_found_late_is_a_reason_and_discarding_leaves_nothing(site: Site) -> None:
    member = site.member()
    before = stored(site)
    whole = photo("PNG")
    answer = member.upload(whole[: len(whole) // 2], "cut.png", "image/png")
    if answer.status == 201:
        state = member.settled(answer.json()["id"])
        assert state["state"] == "failed"
        assert is_sentence(state["reason"])
        assert member.delete(f"/uploads/{state['id']}/").status == 200
    else:
        assert (answer.status, answer.json()["code"]) == (422, "damaged")
    site.rest()
    assert stored(site) == before


@pytest.mark.parametrize("name", NAMES)
def test_hostile_file_names_are_only_words(site: Site, name: str) -> None:
    member = site.member()
    answer = member.upload(SMALL, name)
    assert answer.status in (201, 422)
    if answer.status == 422:
        assert is_sentence(answer.json()["error"])
        return
    kept = answer.json()["name"]
    assert len(kept) <= 255
    assert kept.isprintable()
    assert "/" not in kept
    assert member.settled(answer.json()["id"])["state"] == "ready"
    page = member.publish([answer.json()["id"]], [("caption", "x" * 5_000)])
    assert page.status == 422
    assert "<img src=x" not in page.text
    outside = [path for path in site.data.rglob("*outside*") if path.is_file()]
    assert outside == []


def composed(member: Visitor, files: list[tuple[str, bytes]], **fields: str) -> Answer:
    """Send the composer's form as a browser without scripts does."""
    parts = [("photos", (name, data, "image/jpeg")) for name, data in files]
    return member.post("/new/", fields, parts)


def kept_ids(page: Answer) -> list[str]:
    return re.findall(r'name="uploads" value="(\w+)"', page.text)


def test_one_photo_too_many_keeps_the_others_and_the_words(site: Site) -> None:
    member = site.member()
    posts = site.rows("SELECT count(*) FROM posts_post")
    files = [(f"{number}.jpg", SMALL) for number in range(MAX_PHOTOS + 1)]
    page = composed(member, files, title="All of them", caption="The whole roll & more")
    assert page.status == 422
    assert f"{MAX_PHOTOS}.jpg : A post can have up to {MAX_PHOTOS} photos" in page.words
    assert 'value="All of them"' in page.text
    assert "The whole roll &amp; more" in page.text
    ids = kept_ids(page)
    assert len(ids) == MAX_PHOTOS
    one_more = member.kept_upload(SMALL)["id"]
    assert member.publish([*ids, one_more], [("title", "All of them")]).status == 422
    assert site.rows("SELECT count(*) FROM posts_post") == posts
    assert member.publish(ids, [("title", "All of them")]).status == 303


def test_a_caption_too_long_comes_back_whole_with_the_photos(site: Site) -> None:
    member = site.member()
    posts = site.rows("SELECT count(*) FROM posts_post")
    caption = "A long story. " * 358
    assert len(caption) > 5_000
    fields = {"title": "Kept", "caption": caption, "alt_text": "A described thing"}
    page = composed(member, [("a.jpg", SMALL)], **fields)
    assert page.status == 422
    assert f"A caption can have up to {MAX_CAPTION} characters" in page.words
    for typed in (caption, 'value="Kept"', "A described thing"):
        assert typed in page.text
    assert len(kept_ids(page)) == 1
    assert site.rows("SELECT count(*) FROM posts_post") == posts
    short = member.publish(kept_ids(page), [("title", "Kept"), ("caption", caption[:MAX_CAPTION])])
    assert short.status == 303


def test_bad_files_among_good_ones_cost_only_themselves(site: Site) -> None:
    member = site.member()
    files = [("one.jpg", SMALL), ("diary.jpg", b"Dear diary"), ("two.jpg", SMALL), ("no.jpg", b"")]
    page = composed(member, files, title="Two of four", caption="Kept")
    assert page.status == 422
    assert "diary.jpg : This is not a picture we can read" in page.words
    assert "no.jpg : This file is empty" in page.words
    assert len(kept_ids(page)) == 2
    assert member.publish(kept_ids(page), [("title", "Two of four")]).status == 303


def test_nothing_chosen_keeps_the_words(site: Site) -> None:
    page = site.member().post("/new/", {"title": "Words alone", "caption": "And more"})
    assert page.status == 422
    assert "Choose at least one photo." in page.words
    assert 'value="Words alone"' in page.text


@pytest.mark.parametrize(
    "fields",
    [
        {"caption": "nul \x00 byte"},
        {"title": "nul \x00 byte"},
        {"alt_text": "nul \x00 byte"},
        {"alt_text": "too long " * 300},
        {"title": "t" * 91},
        {"audience": "everybody"},
        {"audience": "list"},
        {"uploads": "nul\x00"},
        {"submission_key": "nul \x00 byte"},
        {"caption": "\udcff".encode(errors="surrogateescape").decode("latin-1") + "\x00"},
    ],
)
def test_hostile_fields_come_back_as_a_form(site: Site, fields: dict[str, str]) -> None:
    member = site.member()
    posts = site.rows("SELECT count(*) FROM posts_post")
    upload = member.kept_upload(SMALL)["id"]
    page = member.publish([upload], [("title", "Kept"), *fields.items()])
    assert page.status in (303, 422)
    if page.status == 422:
        assert upload in kept_ids(page)
        assert site.rows("SELECT count(*) FROM posts_post") == posts


@pytest.mark.parametrize(
    "path",
    [
        *("/@%00/", "/@a%00b/", "/@%ff%fe/", "/topics/%00/", "/topics/" + "x" * 3000 + "/"),
        *("/p/%00/", "/p/zzzzzzzzzzz/", "/p/0/", "/p/1111/", "/uploads/zzzzzzzzzzz/"),
        *("/media/%00", "/media/..%2f..%2fsecret-key", "/renditions/%00", "/renditions/..%2fa"),
        *("/renditions/" + "x" * 3000, "/media/" + "x" * 3000, "/media/originals/zzzzzzzzzzz"),
        *("/?cursor=%00", "/?cursor=W10", "/?cursor=bnVsbA", "/?cursor=WyJhIiwxXQ", "/?tab=%00"),
        *("/?cursor=WzFlOTk5LDFd", "/?tab=latest&cursor=WzEsMV0", "/?cursor=WyJcdTAwMDAiLDFd"),
        *("/?tab=for-you&cursor=WyIyMDI2LTAxLTAxVDAwOjAwOjAwKzAwOjAwIiwxXQ", "/setup/?token=%00"),
        *("/accounts/login/?next=//evil.example", "/%00", "/static/..%2f..%2fmanage.py"),
    ],
)
def test_hostile_addresses_are_answered(site: Site, path: str) -> None:
    for person in (site.visitor(), site.member()):
        assert person.get(path).status < 500


def test_hostile_words_elsewhere_are_answered(site: Site) -> None:
    member = site.member()
    path = member.new_post(SMALL)
    for text in ("", "\x00", "x" * 1001, "nul \x00 byte"):
        answer = member.post(f"{path}comments/", {"text": text})
        assert answer.status == 422
    assert site.rows("SELECT count(*) FROM posts_comment WHERE text LIKE %s", "nul%") == [(0,)]
    for fields in ({"display_name": "\x00"}, {"bio": "x" * 301}, {"display_name": "x" * 99}):
        assert member.post("/settings/profile/", fields).status in (200, 422)
    edited = member.post(f"{path}edit/", {"title": "t", "caption": "", "alt_text": "a \x00 b"})
    assert edited.status in (303, 422)
    assert (
        site.visitor().post("/accounts/login/", {"login": "\x00", "password": "\x00"}).status < 500
    )


def test_an_idempotency_key_means_one_file(site: Site) -> None:
    member = site.member()
    first = member.upload(SMALL, key="one")
    again = member.upload(SMALL, key="one")
    other = member.upload(photo(width=240, height=180, seed=9), key="one")
    assert (first.status, again.status, other.status) == (201, 200, 409)
    assert first.json()["id"] == again.json()["id"]
    assert is_sentence(other.json()["error"])
    assert site.member().get(f"/uploads/{first.json()['id']}/").status == 404
    assert site.visitor().get(f"/uploads/{first.json()['id']}/").status == 401
    assert site.visitor().upload(SMALL).status == 401
