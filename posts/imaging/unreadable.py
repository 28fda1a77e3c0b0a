"""Which parts beside a picture can't be read: they are ignored, left out, and named to its owner.

Nothing here refuses a file. Every look is bounded, however the file is built.
"""

import io
import mmap
import re
import zlib
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from xml.parsers import expat

from PIL import ImageCms

from posts.imaging import exif
from posts.imaging.containers import MAX_UNPACKED, Parts, png_chunks
from posts.imaging.essentials import PNG_FRAME_SIZES, is_sound, unzipped_profile

# In the order in which they are told; beside these the codes of posts.imaging.metadata.
CODES = ("colour_values", "transparency", "resolution", "time", "other", "end")

_PNG_CODES = {
    b"iCCP": "icc", b"eXIf": "exif", b"tEXt": "text", b"zTXt": "text", b"iTXt": "text",
    b"gAMA": "colour_values", b"cHRM": "colour_values", b"sRGB": "colour_values",
    b"cICP": "colour_values", b"tRNS": "transparency", b"pHYs": "resolution", b"tIME": "time",
    b"acTL": "animation", b"fcTL": "animation", b"fdAT": "animation",
}  # fmt: skip
# Metadata larger than this is not worth the time to say whether it is whole.
_MOST_CHECKED = 2_000_000
_HEXADECIMAL = re.compile(rb"[0-9a-fA-F\s]*")
_END_OF_XMP = re.compile(rb"<\?xpacket end.{0,20}\?>|</x:xmpmeta\s*>", re.DOTALL)


def unreadable(path: Path, format: str, parts: Parts, info: Mapping[Any, Any]) -> set[str]:
    """Codes of what the file carries and nobody can read.

    `parts` were found in it; `info` is what the decoder took from its header.
    """
    found = set()
    if parts.exif and not exif.is_whole(parts.exif):
        found.add("exif")
    if parts.xmp and not _is_xml(parts.xmp):
        found.add("xmp")
    profile = info.get("icc_profile")
    # In a GIF the decoder looks for none.
    if "icc" in parts.codes and format != "GIF" and not _is_profile(profile):
        found.add("icc")
    if not parts.ended:
        found.add("end")
    # The index of a file made of boxes names what the decoder then found nothing in.
    found |= {code for code in parts.named if not getattr(parts, code)}
    if format == "PNG":
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            found |= _png(data)
    return found | parts.broken


def _is_profile(profile: object) -> bool:
    """Whether the colour engine can use it."""
    if not isinstance(profile, bytes):
        return False
    try:
        ImageCms.ImageCmsProfile(io.BytesIO(profile))
    except (ImageCms.PyCMSError, OSError):
        return False
    return True


def _is_xml(text: bytes) -> bool:
    if len(text) >= MAX_UNPACKED:
        # Only its beginning was read.
        return True
    begin = text.find(b"<")
    ends = [end.end() for end in _END_OF_XMP.finditer(text)]
    body = text[begin : ends[-1]] if ends else text[begin:].rstrip(b"\0 \r\n\t")
    # Declared entities have no place in XMP, and are how a small text grows without bounds.
    if begin < 0 or b"<!ENTITY" in body:
        return False
    try:
        expat.ParserCreate().Parse(body, True)
    except expat.ExpatError:
        return False
    return True


def _png(data: mmap.mmap) -> set[str]:
    found: set[str] = set()
    checked = 0
    for name, begin, size in png_chunks(data):
        ancillary = name[:1].islower()
        checked += size if ancillary else 0
        if not ancillary or checked > _MOST_CHECKED:
            continue
        body = data[begin : begin + size]
        stated = data[begin + size : begin + size + 4]
        right = int.from_bytes(stated, "big") == zlib.crc32(body, zlib.crc32(name))
        if not right or not _is_readable(name, body, data[25]):
            found.add(_PNG_CODES.get(name, "other"))
    return found


def _is_readable(name: bytes, body: bytes, kind: int) -> bool:
    if name in (b"gAMA", b"cHRM", b"sRGB", b"cICP", b"tRNS"):
        return is_sound(name, body, kind)
    if name in PNG_FRAME_SIZES:
        return len(body) >= PNG_FRAME_SIZES[name]
    if name == b"iCCP":
        return _is_profile(unzipped_profile(body))
    if name == b"pHYs":
        return len(body) == 9
    if name == b"tIME":
        return _is_time(body)
    if name in (b"tEXt", b"zTXt", b"iTXt"):
        return _is_text(name, body)
    return True


def _is_time(body: bytes) -> bool:
    if len(body) != 7:
        return False
    year, (month, day, hour, minute, second) = int.from_bytes(body[:2], "big"), body[2:]
    try:
        # A leap second is 60.
        datetime(year, month, day, hour, minute, min(second, 59))  # noqa: DTZ001
    except ValueError:
        return False
    return second <= 60


def _is_text(name: bytes, body: bytes) -> bool:
    keyword, nul, rest = body.partition(b"\0")
    if not nul or not 0 < len(keyword) < 80:
        return False
    if name == b"iTXt":
        flags, words = rest[:2], rest[2:].split(b"\0", 2)
        if len(flags) < 2 or len(words) < 3:
            return False
        rest = b"\0" + words[2] if flags[0] else words[2]
    if name == b"zTXt" or (name == b"iTXt" and flags[0]):
        try:
            rest = zlib.decompressobj().decompress(rest[1:], MAX_UNPACKED)
        except zlib.error:
            return False
    return not keyword.startswith(b"Raw profile type") or _is_raw_profile(rest)


def _is_raw_profile(text: bytes) -> bool:
    """Name, length and that many bytes in hexadecimal, as ImageMagick writes them."""
    lines = text.split(None, 2)
    if len(lines) < 3 or not lines[1].isdigit():
        return False
    digits = b"".join(lines[2].split())
    whole = len(digits) >= 2 * int(lines[1]) or len(text) >= MAX_UNPACKED
    return whole and bool(_HEXADECIMAL.fullmatch(digits))
