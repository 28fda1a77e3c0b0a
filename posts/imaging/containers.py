"""The parts of a picture file beside its picture, found by walking its structure.

Nothing is decoded, and every walk ends after so many steps, however the file is built. Only text
blocks of a known name are unpacked, and of those only the beginning.
"""

import mmap
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from posts.imaging import exif
from posts.imaging.structure import JPEG_MARKER

# Real files have a few hundred; a hostile one must not keep us reading.
MAX_PARTS = 20_000
# Compressed text unfolds a thousandfold, so it is read no further than this.
MAX_UNPACKED = 200_000
# Of a second picture or an index, so much is searched for what it is.
_LOOKED_AT = 200_000
_MOST_PICTURES = 4
_MOST_TRIES = 1_000

# Some writers leave out the NUL after it, or the protocol before it.
_JPEG_XMP = b"ns.adobe.com/xap/1.0/"
_JPEG_XMP_MORE = b"ns.adobe.com/xmp/extension/"
_GAIN_MAP = re.compile(
    rb"hdrgm:Version|HDRGainMap|hdrgainmap|urn:iso:std:iso:ts:21496|Semantic(?:=\"|>)GainMap"
)
_MOTION = re.compile(rb":(?:MotionPhoto|MicroVideo)(?:=[\"']|>)\s*1")
_FILE_TYPE = re.compile(rb"ftyp")
# An entry of the index of items (ISO 14496-12, 8.11.6): version 2 has short ids, 3 long ones.
ITEM = re.compile(rb"infe(?:\x02.{3}.{2}|\x03.{3}.{4}).{2}(Exif|mime)", re.DOTALL)


@dataclass
class Parts:
    """What was found: raw EXIF, XMP and IPTC, text by its keyword, codes of whatever is there."""

    exif: bytes = b""
    xmp: bytes = b""
    iptc: bytes = b""
    text: dict[str, bytes] = field(default_factory=dict)
    codes: set[str] = field(default_factory=set)
    # Bits of a channel where the file says so, else 0.
    depth: int = 0
    # Codes of what is there and can't be read; whether the picture's end is marked, where it is.
    broken: set[str] = field(default_factory=set)
    # Of "exif" and "xmp", what an index of items names.
    named: set[str] = field(default_factory=set)
    ended: bool = True


def parts_of(path: Path, format: str) -> Parts:
    """The parts of a file of that format (as the decoder named it)."""
    walks = {"JPEG": _jpeg, "MPO": _jpeg, "PNG": _png, "WEBP": _webp, "GIF": _gif}
    parts = Parts()
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        walks.get(format, _boxes)(data, parts)
    note_xmp(parts)
    return parts


def note_xmp(parts: Parts) -> None:
    """Note what the XMP says of a gain map or a video elsewhere in the file."""
    if not parts.xmp:
        return
    parts.codes.add("xmp")
    if _GAIN_MAP.search(parts.xmp):
        parts.codes.add("gain_map")
    if _MOTION.search(parts.xmp):
        parts.codes.add("motion_video")


def _jpeg(data: mmap.mmap, parts: Parts) -> None:
    at, steps, parts.ended = 2, 0, False
    while steps < MAX_PARTS and (marker := JPEG_MARKER.search(data, at)):
        steps += 1
        code, at = marker.group()[1], marker.end()
        if code == 0xD9:
            parts.ended = True
            _after_jpeg(data, at, parts)
            return
        if code in (0xD8, 0x01):
            continue
        size = max(2, int.from_bytes(data[at : at + 2], "big"))
        if code >= 0xE0:
            _jpeg_segment(code, data[at + 2 : at + size], at + 2, data, parts)
        elif 0xC0 <= code <= 0xCF and code not in (0xC4, 0xC8, 0xCC):
            parts.depth = data[at + 2] if at + 2 < len(data) else 0
        at += size


def _jpeg_segment(code: int, body: bytes, at: int, data: mmap.mmap, parts: Parts) -> None:
    if code == 0xE1 and body.startswith(b"Exif\0"):
        parts.exif = parts.exif or body
    elif code == 0xE1 and _JPEG_XMP in body[:64]:
        parts.xmp = parts.xmp or body
    elif code == 0xE1 and _JPEG_XMP_MORE in body[:64]:
        parts.codes.add("xmp")
    elif code == 0xE2 and body.startswith(b"MPF\0"):
        # One index is all that a file may have; a thousand would be an attack.
        if "mpf" not in parts.codes:
            offsets = exif.further_pictures(body[4:])
            if not exif.is_whole(body[4:]) or max([0, *offsets]) + at + 4 > len(data):
                parts.broken.add("mpf")
            for offset in offsets[:_MOST_PICTURES]:
                _note_gain_map(data, at + 4 + offset, parts)
        parts.codes.add("mpf")
    elif code == 0xE2 and body.startswith(b"ICC_PROFILE\0"):
        parts.codes.add("icc")
    elif code == 0xE2 and _GAIN_MAP.match(body):
        parts.codes.add("gain_map")
    elif code == 0xED and body.startswith(b"Photoshop 3.0\0"):
        _photoshop(body[14:], parts)
    elif code == 0xFE:
        parts.codes.add("comment")
    elif code == 0xE0 and (body.startswith(b"JFXX") or (body[:4] == b"JFIF" and any(body[12:14]))):
        parts.codes.add("thumbnail")


def _after_jpeg(data: mmap.mmap, at: int, parts: Parts) -> None:
    for _try, box in zip(range(_MOST_TRIES), _FILE_TYPE.finditer(data, at), strict=False):
        # A box of type `ftyp`, after its own length of a few dozen bytes, begins every MP4.
        if data[box.start() - 4 : box.start() - 1] == b"\0\0\0":
            parts.codes.add("motion_video")
            break
    # Some writers pad between the pictures.
    second = data.find(b"\xff\xd8\xff", at, at + 4_096)
    if second >= 0:
        _note_gain_map(data, second, parts)


def _note_gain_map(data: mmap.mmap, at: int, parts: Parts) -> None:
    if _GAIN_MAP.search(data, at, at + _LOOKED_AT):
        parts.codes.add("gain_map")


def _photoshop(body: bytes, parts: Parts) -> None:
    at = 0
    while body[at : at + 4] == b"8BIM":
        kind = int.from_bytes(body[at + 4 : at + 6], "big")
        name = body[at + 6] if at + 6 < len(body) else 0
        # The name, length byte included, is padded to an even size, and so is the block below.
        at += 6 + (name + 2 & ~1)
        size = int.from_bytes(body[at : at + 4], "big")
        if kind == 0x0404 and size:
            parts.iptc = parts.iptc or body[at + 4 : at + 4 + size]
            parts.codes.add("iptc")
        elif kind in (0x0409, 0x040C) and size:
            parts.codes.add("thumbnail")
        at += 4 + (size + 1 & ~1)
    # Some writers end with a byte to make it even.
    if at > len(body) + 1 or any(body[at : at + 4]):
        parts.broken.add("iptc")


def _png(data: mmap.mmap, parts: Parts) -> None:
    parts.depth = data[24] if len(data) > 24 else 0
    parts.ended = False
    for name, begin, size in png_chunks(data):
        parts.ended = parts.ended or name == b"IEND"
        if name == b"eXIf":
            parts.exif = data[begin : begin + size]
        elif name in (b"tEXt", b"zTXt", b"iTXt"):
            _png_text(name, data[begin : begin + min(size, MAX_UNPACKED)], parts)
        elif name == b"iCCP":
            parts.codes.add("icc")
        elif name == b"acTL":
            parts.codes.add("animation")


def png_chunks(data: bytes | mmap.mmap) -> Iterator[tuple[bytes, int, int]]:
    """Name, first byte and size of each chunk, by the lengths they state."""
    at = 8
    for _step in range(MAX_PARTS):
        head = data[at : at + 8]
        if len(head) < 8:
            return
        size = int.from_bytes(head[:4], "big")
        yield head[4:], at + 8, size
        at += size + 12


def _png_text(name: bytes, body: bytes, parts: Parts) -> None:
    word, _nul, rest = body.partition(b"\0")
    keyword = word.decode("latin-1")
    if keyword == "XML:com.adobe.xmp":
        parts.xmp = parts.xmp or rest
    elif keyword.startswith("Raw profile type "):
        _raw_profile(keyword.rpartition(" ")[2].lower(), unpacked(name, rest), parts)
    else:
        parts.codes.add("text")
        if name == b"tEXt":
            parts.text.setdefault(keyword, rest[:1_000])


def unpacked(name: bytes, rest: bytes) -> bytes:
    """The first bytes of a text chunk's text; b"" when it can't be unpacked."""
    if name != b"zTXt":
        return rest
    try:
        return zlib.decompressobj().decompress(rest[1:], MAX_UNPACKED)
    except zlib.error:
        return b""


def _raw_profile(kind: str, text: bytes, parts: Parts) -> None:
    """A block in hexadecimal after its name and length, as ImageMagick writes it."""
    digits = b"".join(text.split()[2:])
    try:
        block = bytes.fromhex(digits[: len(digits) // 2 * 2].decode("ascii"))
    except ValueError:
        return
    if kind in ("exif", "app1") and block.startswith(b"Exif\0"):
        parts.exif = parts.exif or block
    elif kind == "iptc":
        parts.iptc = parts.iptc or block
        parts.codes.add("iptc")
    elif kind in ("xmp", "app1"):
        parts.xmp = parts.xmp or block


def _webp(data: mmap.mmap, parts: Parts) -> None:
    at = 12
    for _step in range(MAX_PARTS):
        head = data[at : at + 8]
        if len(head) < 8:
            return
        name, size = head[:4], int.from_bytes(head[4:], "little")
        if name == b"EXIF":
            parts.exif = parts.exif or data[at + 8 : at + 8 + size]
        elif name == b"XMP ":
            parts.xmp = parts.xmp or data[at + 8 : at + 8 + size]
        elif name == b"ICCP":
            parts.codes.add("icc")
        elif name == b"ANIM":
            parts.codes.add("animation")
        at += 8 + size + size % 2


def _gif(data: mmap.mmap, parts: Parts) -> None:
    at = 13 + colour_table_bytes(data, 10)
    pictures = 0
    for _step in range(MAX_PARTS):
        kind = data[at : at + 2]
        if kind[:1] == b"\x2c":
            pictures += 1
            if pictures > 1:
                parts.codes.add("animation")
                return
            at = blocks_end(data, at + 11 + colour_table_bytes(data, at + 9))
        elif kind[:1] == b"\x21":
            if kind[1:] == b"\xfe":
                parts.codes.add("comment")
            elif data[at + 3 : at + 11] == b"XMP Data":
                parts.xmp = parts.xmp or data[at + 14 : at + 14 + _LOOKED_AT]
            elif data[at + 3 : at + 11] == b"ICCRGBG1":
                parts.codes.add("icc")
            at = blocks_end(data, at + 2)
        else:
            return


def colour_table_bytes(data: bytes | mmap.mmap, at: int) -> int:
    """The size in bytes of the colour table that the flags at `at` announce."""
    flags = data[at] if at < len(data) else 0
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def blocks_end(data: bytes | mmap.mmap, at: int) -> int:
    """The first byte after a row of blocks, each of which begins with its length."""
    for _step in range(MAX_PARTS * 10):
        if at >= len(data):
            break
        if not data[at]:
            return at + 1
        at += data[at] + 1
    return len(data)


def _boxes(data: mmap.mmap, parts: Parts) -> None:
    at = 0
    for _step in range(100):
        head = data[at : at + 16]
        size, name = int.from_bytes(head[:4], "big"), head[4:8]
        if size == 1:
            size = int.from_bytes(head[8:], "big")
        if name == b"moov":
            parts.codes.add("animation")
        elif name == b"mpvd":
            parts.codes.add("motion_video")
        elif name == b"meta":
            _index_of_items(data[at : at + min(size, _LOOKED_AT)], parts)
        if size < 8:
            return
        at += size


def _index_of_items(index: bytes, parts: Parts) -> None:
    if any(item.group(1) == b"Exif" for item in ITEM.finditer(index)):
        parts.named.add("exif")
    if b"application/rdf+xml\0" in index:
        parts.named.add("xmp")
    if b"thmb" in index:
        parts.codes.add("thumbnail")
    if b"tmap" in index or _GAIN_MAP.search(index):
        parts.codes.add("gain_map")
    settings = index.find(b"av1C")
    if settings >= 0:
        flags = index[settings + 6 : settings + 7] or b"\0"
        parts.depth = 12 if flags[0] & 0x20 else 10 if flags[0] & 0x40 else 8
