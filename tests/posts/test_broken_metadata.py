"""What can't be read beside a picture never makes it a damaged picture, and is named."""

import io
import re
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from accounts.models import User
from posts.imaging import exif
from posts.imaging.sandbox import DecodingError, sandbox
from posts.receipts import photo_receipts
from tests import carrying, making
from tests.carrying import chunk, segment, tiff
from tests.making import MakeUpload, make_ready

pytestmark = pytest.mark.pipeline

REPORTS = Path(__file__).parents[1] / "reports"
COLOUR = (200, 60, 60)


def still(format: str) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (48, 32), COLOUR).save(file, format, quality=95)
    return file.getvalue()


def wrong(name: bytes, body: bytes) -> bytes:
    """A PNG chunk with a wrong checksum."""
    return chunk(name, body)[:-4] + b"\1\2\3\4"


def png_with(extra: bytes, *, after: bool = False) -> bytes:
    plain = still("PNG")
    at = len(plain) - 12 if after else 33
    return plain[:at] + extra + plain[at:]


def jpeg_with(extra: bytes) -> bytes:
    plain = still("JPEG")
    return plain[:2] + extra + plain[2:]


def webp_with(name: bytes, body: bytes, flag: int) -> bytes:
    """A WebP with one more chunk, announced in its header as the format wants it."""
    plain = still("WEBP")
    header = bytes([flag, 0, 0, 0]) + (47).to_bytes(3, "little") + (31).to_bytes(3, "little")
    parts = b"".join(
        each + struct.pack("<L", len(content)) + content + b"\0" * (len(content) % 2)
        for each, content in ((b"VP8X", header), (name, body))
    )
    order = parts[:18] + parts[18:] + plain[12:] if name == b"ICCP" else b""
    body = b"WEBP" + (order or parts[:18] + plain[12:] + parts[18:])
    return b"RIFF" + struct.pack("<L", len(body)) + body


def gif_with(extra: bytes) -> bytes:
    plain = still("GIF")
    at = 13 + (3 << (plain[10] & 7) + 1)
    return plain[:at] + extra + plain[at:]


ENDLESS = b"II*\0" + struct.pack("<L", 8) + struct.pack("<HL", 0, 8) + b"\0" * 8
OUTSIDE = tiff({0x010F: "x" * 40})[:-20]
PACKED = zlib.compress(b"x" * 200)
HEX = b"Raw profile type exif\0\nexif\n      20\n"

PNGS: dict[str, tuple[bytes, str]] = {
    "hexadecimal that is none": (chunk(b"tEXt", HEX + b"zz not hex zz"), "text"),
    "packed, and none": (
        chunk(b"zTXt", HEX[:22] + b"\0" + zlib.compress(b"\nexif\n 9\nzzzz")),
        "text",
    ),
    "text that is not packed": (chunk(b"zTXt", b"Comment\0\0not zlib"), "text"),
    "text packed in a way nobody knows": (chunk(b"zTXt", b"Comment\0\7abc"), "text"),
    "text with a wrong checksum": (wrong(b"iTXt", b"Title\0\0\0\0\0Title"), "text"),
    "text too large": (
        chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(3_000_000))),
        "",
    ),
    "a profile with a wrong checksum": (wrong(b"iCCP", b"x\0\0" + PACKED), "icc"),
    "a profile that is not packed": (chunk(b"iCCP", b"x\0\0not zlib at all"), "icc"),
    "a profile that is none": (chunk(b"iCCP", b"x\0\0" + zlib.compress(b"x" * 200)), "icc"),
    "a profile packed otherwise": (chunk(b"iCCP", b"x\0\5" + zlib.compress(b"x" * 200)), "icc"),
    "a profile of nothing": (chunk(b"iCCP", b""), "icc"),
    "half a gamma": (chunk(b"gAMA", b"\0\1"), "colour_values"),
    "chromaticities cut off": (chunk(b"cHRM", b"\0" * 20), "colour_values"),
    "an intent of nothing": (chunk(b"sRGB", b""), "colour_values"),
    "a short resolution": (chunk(b"pHYs", b"\0\1"), "resolution"),
    "a month that is none": (chunk(b"tIME", b"\x07\xea\x0d\1\1\1\1"), "time"),
    "EXIF that is none": (chunk(b"eXIf", b"garbage"), "exif"),
    "EXIF that points outside": (chunk(b"eXIf", OUTSIDE), "exif"),
    "a short animation": (chunk(b"acTL", b"\0\0"), "animation"),
    "a note of some program": (wrong(b"prVt", b"x"), "other"),
    "transparency cut off": (chunk(b"tRNS", b"\0"), "transparency"),
}  # fmt: skip
JPEGS: dict[str, tuple[bytes, str]] = {
    "EXIF of garbage": (segment(0xE1, b"Exif\0\0" + b"garbage" * 5), "exif"),
    "EXIF in a circle": (segment(0xE1, b"Exif\0\0" + ENDLESS), "exif"),
    "EXIF pointing outside": (segment(0xE1, b"Exif\0\0" + OUTSIDE), "exif"),
    "XMP cut off": (segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta><a"), "xmp"),
    "XMP with entities": (
        segment(0xE1, b'http://ns.adobe.com/xap/1.0/\0<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'),
        "xmp",
    ),
    "half a profile": (segment(0xE2, b"ICC_PROFILE\0\1\2" + b"x" * 200), "icc"),
    "a profile without numbers": (segment(0xE2, b"ICC_PROFILE\0"), "icc"),
    "an index of pictures cut off": (segment(0xE2, b"MPF\0II*\0"), "mpf"),
    "an index of no pictures": (segment(0xE2, b"MPF\0" + tiff({0xB001: 900_000})), ""),
    "Photoshop's block cut off": (segment(0xED, b"Photoshop 3.0\x008BIM\x03"), "iptc"),
    "Photoshop's block without a name": (segment(0xED, b"Photoshop 3.0\x008BIM\x03\xed"), "iptc"),
    "a comment of no letters": (segment(0xFE, b"\xff\xfe\0\x80"), ""),
}
OTHERS: dict[str, tuple[bytes, str]] = {
    "WebP, EXIF": (webp_with(b"EXIF", b"garbage", 8), "exif"),
    "WebP, XMP": (webp_with(b"XMP ", b"<a><b>", 4), "xmp"),
    "WebP, profile": (webp_with(b"ICCP", b"garbage!", 32), "icc"),
    "GIF, a short control block": (gif_with(b"!\xf9\1\0\0"), ""),
    "GIF, a loop without its number": (gif_with(b"!\xff\x0bNETSCAPE2.0\1\1\0"), ""),
    "GIF, a comment": (gif_with(b"!\xfe\2\xff\xfe\0"), ""),
}  # fmt: skip
FILES: dict[str, tuple[bytes, str]] = (
    {f"PNG, {name}": (png_with(extra), code) for name, (extra, code) in PNGS.items()}
    | {
        f"PNG, at its end, {name}": (png_with(extra, after=True), code)
        for name, (extra, code) in list(PNGS.items())[:6]
    }
    | {f"JPEG, {name}": (jpeg_with(extra), code) for name, (extra, code) in JPEGS.items()}
    | OTHERS
)


def looked_at(path: Path, folder: Path) -> dict[str, Any]:
    """Inspected and made; the metadata, when the pixels are as they should be."""
    found = sandbox.inspect(path)
    made: list[dict[str, Any]] = []
    sandbox.render(path, folder, ["w320"], made.append)
    with Image.open(made[0]["path"]) as shown:
        middle = shown.convert("RGB").getpixel((shown.width // 2, shown.height // 2))
    assert all(abs(a - b) <= 8 for a, b in zip(middle, COLOUR, strict=True)), middle  # type: ignore[arg-type]
    metadata: dict[str, Any] = found["metadata"]
    return metadata


@pytest.mark.parametrize("name", FILES)
def test_the_picture_is_shown_and_the_broken_part_named(name: str, tmp_path: Path) -> None:
    content, code = FILES[name]
    path = tmp_path / "file"
    path.write_bytes(content)
    broken = looked_at(path, tmp_path).get("unreadable", [])
    assert broken == ([code] if code else [])
    assert all(str(label) != code for label in photo_receipts.unreadable({"unreadable": broken}))


@pytest.mark.parametrize("kind", ["avif", "heic"])
@pytest.mark.parametrize("item", [b"Exif", b"mime"])
def test_a_broken_item_of_a_box_file_is_left_out(kind: str, item: bytes, tmp_path: Path) -> None:
    """The item's bytes are overwritten, which leaves it where the index says."""
    content = carrying.FILES[kind]()
    old = carrying.telling_exif() if item == b"Exif" else carrying.PLAIN_XMP
    at = content.find(old[:200])
    if at < 0:
        at = content.index(b"MM\0*" if item == b"Exif" else b"<x:xmpmeta")
    at -= 6 if item == b"Exif" else 0
    path = tmp_path / "file"
    path.write_bytes(content[:at] + b"\xff" * 60 + content[at + 60 :])
    found = sandbox.inspect(path)
    code = "exif" if item == b"Exif" else "xmp"
    assert code in found["metadata"].get("unreadable", [])
    made: list[dict[str, Any]] = []
    sandbox.render(path, tmp_path, ["w320"], made.append)
    assert len(made) == 1


@pytest.mark.parametrize("kind", carrying.FILES)
def test_sound_parts_are_not_called_broken(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(carrying.FILES[kind]())
    assert "unreadable" not in sandbox.inspect(path)["metadata"]


def test_the_receipt_names_it(
    owner: User, make_upload: MakeUpload, as_person: Callable[[User | None], Client]
) -> None:
    photo = make_ready(make_upload(owner, REPORTS / "png_bad_iccp_crc.png"))
    assert photo.state == photo.State.READY
    browser = as_person(owner)
    address = f"/photos/{photo.code}/receipt/"
    told = browser.get(address, headers={"Accept": "application/json"}).json()
    assert told["unreadable"] == ["icc"]
    assert "unreadable" not in told["metadata"]
    page = browser.get(address).content.decode()
    assert "Damaged, so we left it out" in page
    assert page.count("A color profile") == 2


def test_a_cut_off_upload_is_refused_in_words(
    owner: User, as_person: Callable[[User | None], Client]
) -> None:
    content = making.picture(size=(640, 480))
    file = SimpleUploadedFile("a.jpg", content[: len(content) // 2])
    answer = as_person(owner).post("/uploads/", {"file": file})
    assert answer.status_code == 422
    assert answer.json()["code"] == "cut_off"
    assert re.match(r"The bottom \d\d% of this picture is missing\.", answer.json()["error"])


@pytest.mark.parametrize("name", ["png_bad_iccp_crc.png", "png_broken_text_exif.png"])
def test_the_files_of_the_report(name: str, tmp_path: Path) -> None:
    told = sandbox.inspect(REPORTS / name)["metadata"]["unreadable"]
    assert told == (["icc"] if "icc" in name else ["text"])
    sandbox.render(REPORTS / name, tmp_path, ["w320"], lambda _made: None)


def test_an_orientation_counts_though_another_part_is_broken(tmp_path: Path) -> None:
    path = tmp_path / "file"
    upright = chunk(b"eXIf", tiff({0x0112: 6}))
    path.write_bytes(png_with(upright + PNGS["half a gamma"][0]))
    found = sandbox.inspect(path)
    assert (found["width"], found["height"]) == (32, 48)
    block = segment(0xE1, b"Exif\0\0" + tiff({0x0112: 6}))
    path.write_bytes(jpeg_with(block + JPEGS["Photoshop's block without a name"][0]))
    found = sandbox.inspect(path)
    assert (found["width"], found["height"]) == (32, 48)


@pytest.mark.parametrize("make", [
    lambda block: jpeg_with(segment(0xE1, b"Exif\0\0" + block)),
    lambda block: webp_with(b"EXIF", block, 8),
    lambda block: png_with(chunk(b"eXIf", block)),
])  # fmt: skip
def test_an_orientation_counts_after_what_is_broken_in_its_own_block(
    make: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    """The maker's name, which comes first, points outside the block."""
    path = tmp_path / "file"
    path.write_bytes(make(tiff({0x010F: "x" * 40, 0x0112: 6})[:-20]))
    found = sandbox.inspect(path)
    assert (found["width"], found["height"]) == (32, 48)
    assert found["metadata"]["unreadable"] == ["exif"]


@pytest.mark.parametrize("chunk_name", [b"IHDR", b"IDAT"])
def test_broken_pixels_are_still_damaged(chunk_name: bytes, tmp_path: Path) -> None:
    content = bytearray(making.picture("PNG"))
    at = content.index(chunk_name) + 4
    content[at + 12] ^= 0x55
    path = tmp_path / "file"
    path.write_bytes(bytes(content))
    with pytest.raises(DecodingError, match=r"damaged|not_a_picture"):
        sandbox.inspect(path)


@pytest.mark.parametrize("name", [b"IHDR", b"PLTE"])
def test_a_broken_picture_is_not_called_none(name: bytes, tmp_path: Path) -> None:
    content = bytearray(making.picture("PNG", mode="P"))
    at = content.index(name)
    content[at + 4 + int.from_bytes(content[at - 4 : at], "big")] ^= 0x55
    path = tmp_path / "file"
    path.write_bytes(bytes(content))
    with pytest.raises(DecodingError, match="damaged"):
        sandbox.inspect(path)


def test_a_checksum_that_was_written_wrong_breaks_no_picture(tmp_path: Path) -> None:
    """All the rows are there and the chunks are whole; only the checksum of the rows is wrong."""
    plain = still("PNG")
    at = plain.index(b"IDAT")
    end = at + 4 + int.from_bytes(plain[at - 4 : at], "big")
    path = tmp_path / "file"
    path.write_bytes(
        plain[: at - 4] + chunk(b"IDAT", plain[at + 4 : end - 4] + b"abcd") + plain[end + 4 :]
    )
    looked_at(path, tmp_path)
    path.write_bytes(plain[: end - 4] + b"abcd" + plain[end:])
    with pytest.raises(DecodingError, match="damaged"):
        sandbox.inspect(path)


def test_whole_exif_is_told_from_broken() -> None:
    assert exif.is_whole(carrying.telling_exif())
    assert exif.is_whole(b"Exif\0\0" + tiff({0x0112: 1}))
    for broken in (b"", b"Exif\0\0", ENDLESS, OUTSIDE, b"MM\0*\0\0\0\x08\0\x09", b"II*\0\0\0\0\0"):
        assert not exif.is_whole(broken)
