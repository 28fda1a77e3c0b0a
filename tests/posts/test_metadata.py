"""Nothing of the metadata survives: not where, not when, not with what."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, PngImagePlugin

from accounts.models import User
from notes_site.storage import media
from tests import making
from tests.making import CANARY, MakeUpload

XMP = f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf>{CANARY}</rdf></x:xmpmeta>'.encode()


def exif() -> Image.Exif:
    """Camera, words, time and place."""
    tags = Image.Exif()
    tags[0x010F] = tags[0x0110] = tags[0x010E] = tags[0x8298] = tags[0x0131] = CANARY
    tags.get_ifd(0x8769).update({0x9003: "2026:01:02 03:04:05", 0x9286: CANARY.encode()})
    tags.get_ifd(0x8825).update({1: "N", 2: (51.0, 28.0, 40.0), 3: "W", 4: (0.0, 0.0, 5.0)})
    return tags


def iptc() -> bytes:
    """An APP13 segment with a caption, as Photoshop writes it."""
    record = b"\x1c\x02\x78" + len(CANARY).to_bytes(2, "big") + CANARY.encode()
    resource = b"8BIM\x04\x04\0\0" + len(record).to_bytes(4, "big") + record
    body = b"Photoshop 3.0\0" + resource + b"\0" * (len(resource) % 2)
    return b"\xff\xed" + (len(body) + 2).to_bytes(2, "big") + body


def jpeg() -> bytes:
    content = making.picture("JPEG", exif=exif(), xmp=XMP, comment=CANARY.encode())
    return content[:2] + iptc() + content[2:]


def png() -> bytes:
    words: Any = PngImagePlugin.PngInfo()
    words.add_text("Comment", CANARY)
    words.add_text("Author", CANARY, zip=True)
    words.add_itxt("XML:com.adobe.xmp", XMP.decode())
    return making.picture("PNG", exif=exif(), pnginfo=words)


FILES: dict[str, Callable[[], bytes]] = {
    "jpeg": jpeg,
    "png": png,
    "webp": lambda: making.picture("WEBP", exif=exif(), xmp=XMP),
    "avif": lambda: making.picture("AVIF", exif=exif(), xmp=XMP),
    "gif": lambda: making.picture("GIF", comment=CANARY.encode()),
}


@pytest.mark.parametrize("kind", FILES)
def test_no_rendition_holds_what_the_file_told(
    kind: str, owner: User, make_upload: MakeUpload, tmp_path: Path
) -> None:
    content = FILES[kind]()
    assert CANARY.encode() in content or kind == "png"
    path = tmp_path / f"a.{kind}"
    path.write_bytes(content)
    photo = making.make_ready(make_upload(owner, path))
    assert photo.state == "ready"
    renditions = list(photo.renditions.all())
    assert renditions
    for rendition in renditions:
        with media().open(rendition.key) as file:
            stored = file.read()
        assert CANARY.encode() not in stored
        for trace in (
            b"Exif",
            b"GPS",
            b"xmp",
            b"xap",
            b"8BIM",
            b"Photoshop",
            b"ICC_PROFILE",
            b"2026:01:02",
        ):
            assert trace not in stored, trace
        image = Image.open(io.BytesIO(stored))
        assert not image.getexif()
        assert set(image.info) <= {"loop", "background", "timestamp", "duration", "jfif",
                                   "jfif_version", "jfif_unit", "jfif_density", "progressive",
                                   "progression"}  # fmt: skip


def test_the_original_is_kept_byte_for_byte(
    owner: User, make_upload: MakeUpload, tmp_path: Path
) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(jpeg())
    photo = make_upload(owner, path).photo
    assert photo.original_key.startswith("private/originals/")
    assert photo.sha256 == making.sha256(path.read_bytes())
    with media().open(photo.original_key) as file:
        assert file.read() == path.read_bytes()
