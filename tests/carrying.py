"""Picture files that carry all that a file can: built by hand, byte by byte where it matters."""

import io
import struct
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from PIL import Image

from tests import making
from tests.icc import SRGB_CURVE, SRGB_PRIMARIES, matrix_profile
from tests.making import CANARY

Entry = str | bytes | int | Sequence[int] | Sequence[tuple[int, int]]
Entries = Mapping[int, Entry]

CANARY_BYTES = CANARY.encode()
# Made once, with what `jpeg()` carries copied into it, since nothing that we install writes HEVC.
HEIC = Path(__file__).with_name("canary.heic")
PLACE = [51.477778, -0.001389]
GREENWICH: dict[int, Entry] = {
    1: "N",
    2: [(51, 1), (28, 1), (40, 1)],
    3: "W",
    4: [(0, 1), (0, 1), (5, 1)],
}
XMP = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf='
    '"http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
    f'photoshop:City="{CANARY}" exif:GPSLatitude="51,28.66N"%s/></rdf:RDF></x:xmpmeta>'
)
PLAIN_XMP = (XMP % "").encode()
MOTION_XMP = (XMP % ' GCamera:MotionPhoto="1"').encode()
GAIN_MAP_XMP = (XMP % ' hdrgm:Version="1.0"').encode()


def tiff(
    main: Entries, camera: Entries | None = None, place: Entries | None = None, thumb: bytes = b""
) -> bytes:
    """An EXIF block, big-endian; fractions are pairs, and nothing checks that they make sense."""
    blocks = b"MM\0*" + struct.pack(">L", 0)
    pointers = dict(main)
    for tag, entries in ((0x8769, camera), (0x8825, place)):
        if entries:
            pointers[tag] = len(blocks)
            blocks += _directory(entries, len(blocks), 0)
    following = 0
    if thumb:
        blocks, at = blocks + thumb, len(blocks)
        following = len(blocks)
        blocks += _directory({0x0201: at, 0x0202: len(thumb)}, following, 0)
    return blocks[:4] + struct.pack(">L", len(blocks)) + blocks[8:] + _directory(
        pointers, len(blocks), following
    )  # fmt: skip


def _directory(entries: Entries, begin: int, following: int) -> bytes:
    fields, rest = b"", b""
    after = begin + 2 + 12 * len(entries) + 4
    for tag, value in sorted(entries.items()):
        kind, number, raw = _entry(value)
        if len(raw) > 4:
            raw, rest = struct.pack(">L", after + len(rest)), rest + raw
        fields += struct.pack(">HHL", tag, kind, number) + raw.ljust(4, b"\0")
    return struct.pack(">H", len(entries)) + fields + struct.pack(">L", following) + rest


def _entry(value: Entry) -> tuple[int, int, bytes]:
    """Type, count and bytes of a value."""
    if isinstance(value, str):
        raw = value.encode() + b"\0"
        return 2, len(raw), raw
    if isinstance(value, bytes):
        return 7, len(value), value
    if isinstance(value, int):
        return 4, 1, struct.pack(">L", value)
    if isinstance(value[0], int):
        return 4, len(value), struct.pack(f">{len(value)}L", *value)
    return 5, len(value), b"".join(struct.pack(">LL", *pair) for pair in value)  # type: ignore[misc]


def telling_exif(canary: str = CANARY) -> bytes:
    """The canary in every tag that takes words, in the maker note and the thumbnail; a place."""
    wide = canary.encode("utf-16-le")
    words = (0x010D, 0x010E, 0x0131, 0x013B, 0x013C, 0x8298)
    named: dict[int, Entry] = dict.fromkeys(words, canary)
    named |= {0x010F: "Maker", 0x0110: f"Model {canary}", 0x9C9B: wide, 0x9C9C: wide, 0x9C9D: wide}
    camera: dict[int, Entry] = dict.fromkeys((0xA420, 0xA430, 0xA431, 0xA433, 0xA434), canary)
    camera |= {
        0x829A: [(1, 120)],
        0x829D: [(18, 10)],
        0x8827: 50,
        0x9003: "2026:01:02 03:04:05",
        0x9011: "+01:00",
        0x927C: b"Maker\0" + canary.encode() * 20,
        0x9286: b"ASCII\0\0\0" + canary.encode(),
        0xA405: 26,
    }
    place: dict[int, Entry] = {**GREENWICH, 0x1B: canary.encode(), 0x1C: canary.encode()}
    thumbnail = making.picture(size=(16, 12), comment=canary.encode())
    return tiff(named, camera, place, thumbnail)


def segment(code: int, body: bytes) -> bytes:
    """A JPEG segment."""
    return bytes([0xFF, code]) + struct.pack(">H", len(body) + 2) + body


def iptc(canary: bytes = CANARY_BYTES) -> bytes:
    """An APP13 segment with a caption and a by-line, as Photoshop writes it."""
    record = b"".join(
        b"\x1c\x02" + kind + struct.pack(">H", len(canary)) + canary for kind in (b"\x78", b"\x50")
    )
    resource = b"8BIM\x04\x04\0\0" + struct.pack(">L", len(record)) + record
    return segment(0xED, b"Photoshop 3.0\0" + resource + b"\0" * (len(resource) % 2))


def video(canary: bytes = CANARY_BYTES) -> bytes:
    """An MP4 of nothing but its first boxes."""
    return struct.pack(">L", 20) + b"ftypmp42\0\0\0\0isom" + struct.pack(
        ">L", 8 + len(canary)
    ) + b"mdat" + canary  # fmt: skip


def second_picture() -> bytes:
    """The gain map that phones append to a photo, with words of its own."""
    still = making.picture(size=(32, 24), comment=CANARY_BYTES)
    xmp = b"http://ns.adobe.com/xap/1.0/\0" + GAIN_MAP_XMP
    return still[:2] + segment(0xE1, b"Exif\0\0" + telling_exif()) + segment(0xE1, xmp) + still[2:]


def jpeg(still: bytes | None = None) -> bytes:
    """A JPEG with everything: two pictures, a video, and words wherever words fit."""
    still = still or making.picture("JPEG", comment=CANARY_BYTES)
    return segmented(still) + second_picture() + video()


def segmented(still: bytes) -> bytes:
    """A JPEG with every segment that can go before its picture; an index of what may follow."""
    carried = segment(0xE1, b"Exif\0\0" + telling_exif())
    carried += segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + MOTION_XMP)
    carried += iptc()
    profile = matrix_profile(CANARY, SRGB_PRIMARIES, SRGB_CURVE)
    carried += segment(0xE2, b"ICC_PROFILE\0\1\1" + profile)
    # Offsets count from the index's own header: 4 bytes into its segment, which has 4 of its own.
    index_size = len(segment(0xE2, b"MPF\0" + _index_of_pictures(0)))
    offset = len(still) - 2 + index_size - 8
    carried += segment(0xE2, b"MPF\0" + _index_of_pictures(offset))
    return still[:2] + carried + still[2:]


def _index_of_pictures(offset: int) -> bytes:
    entries = struct.pack(">LLLL", 0x20030000, 0, 0, 0) + struct.pack(">LLLL", 0, 1000, offset, 0)
    return tiff({0xB000: b"0100", 0xB001: 2, 0xB002: entries})


def chunk(name: bytes, body: bytes) -> bytes:
    """A PNG chunk."""
    return struct.pack(">L", len(body)) + name + body + struct.pack(">L", zlib.crc32(name + body))


def png(still: bytes | None = None) -> bytes:
    """A PNG with EXIF, XMP, a profile, and words in all three kinds of text chunks."""
    still = still or making.picture("PNG")
    profile = matrix_profile(CANARY, SRGB_PRIMARIES, SRGB_CURVE)
    carried = chunk(b"iCCP", CANARY_BYTES + b"\0\0" + zlib.compress(profile))
    carried += chunk(b"tEXt", b"Author\0" + CANARY_BYTES)
    carried += chunk(b"zTXt", b"Comment\0\0" + zlib.compress(CANARY_BYTES))
    carried += chunk(b"iTXt", b"Title\0\0\0\0\0" + CANARY_BYTES)
    carried += chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + PLAIN_XMP)
    carried += chunk(b"eXIf", telling_exif())
    # After the header, whose chunk takes 25 bytes.
    return still[:33] + carried + still[33:]


def gif() -> bytes:
    """A GIF with a comment and XMP."""
    still = making.picture("GIF", comment=CANARY_BYTES)
    end = bytes([1, *range(255, -1, -1), 0])
    return still[:-1] + b"!\xff\x0bXMP DataXMP" + PLAIN_XMP + end + b";"


def boxed(kind: str) -> bytes:
    """A WebP or AVIF with EXIF, XMP and a profile."""
    profile = matrix_profile(CANARY, SRGB_PRIMARIES, SRGB_CURVE)
    file = io.BytesIO()
    image = Image.open(io.BytesIO(making.picture("PNG")))
    image.save(file, kind, exif=telling_exif(), xmp=PLAIN_XMP, icc_profile=profile)
    return file.getvalue()


FILES = {
    "jpeg": jpeg,
    "png": png,
    "webp": lambda: boxed("WEBP"),
    "avif": lambda: boxed("AVIF"),
    "gif": gif,
    "heic": HEIC.read_bytes,
}
