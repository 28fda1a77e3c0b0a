"""EXIF read by hand: only what its tables say, within bounds, and nothing that can go wrong.

A decoder's own reader follows every offset and raises what it likes; files of phones and old
cameras are full of broken ones. Here whatever is broken is left out and the rest still counts.
Source: CIPA DC-008 (Exif 2.32) and TIFF 6.0.
"""

import math
import re
import struct
from dataclasses import dataclass, field

EXIF_IFD, GPS_IFD, MAKER_NOTE, MP_ENTRY = 0x8769, 0x8825, 0x927C, 0xB002
# EXIF 2.32, 4.6.3.
INTEROPERABILITY_IFD = 0xA005
# Of a thumbnail as a JPEG, and of one as strips (TIFF 6.0).
_THUMBNAIL_OFFSETS = (0x0201, 0x0111)
# Cameras write under a hundred into a directory; offsets may lead round in circles.
MAX_ENTRIES = 500
_MOST_DIRECTORIES = 20
MAX_BYTES = 4_096

_BEGINNING = re.compile(rb"II\*\0|MM\0\*")
# Type number → format of one value; text, bytes and opaque data stay bytes.
_NUMBERS = {3: "H", 4: "L", 8: "h", 9: "l", 11: "f", 12: "d", 13: "L"}
_RATIONALS = {5: "LL", 10: "ll"}
_BYTES = (1, 2, 6, 7, 129)
# Bytes of one value of each type.
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 129: 1}

Value = bytes | tuple[float, ...]
Directory = dict[int, Value]


@dataclass
class Exif:
    """The directories of an EXIF block: tag → bytes, or numbers (nan where a fraction is void)."""

    main: Directory = field(default_factory=dict)
    camera: Directory = field(default_factory=dict)
    place: Directory = field(default_factory=dict)
    interoperability: Directory = field(default_factory=dict)
    has_thumbnail: bool = False


def parse(block: bytes) -> Exif:
    """The readable part of an EXIF block, with or without its `Exif` prefix; never raises."""
    found = Exif()
    begin = _BEGINNING.search(block, 0, 64)
    if not begin:
        return found
    reader = _Reader(block[begin.start() :])
    found.main, following = reader.directory(reader.first)
    found.camera, _next = reader.directory(_offset(found.main.get(EXIF_IFD)))
    found.place, _next = reader.directory(_offset(found.main.get(GPS_IFD)))
    beside = _offset(found.camera.get(INTEROPERABILITY_IFD))
    found.interoperability, _next = reader.directory(beside)
    if following:
        thumbnail, _next = reader.directory(following)
        found.has_thumbnail = any(tag in thumbnail for tag in _THUMBNAIL_OFFSETS)
    return found


def is_whole(block: bytes) -> bool:
    """Whether every directory of an EXIF block, and every value in them, lies within the block."""
    begin = _BEGINNING.search(block, 0, 64)
    if not begin:
        return False
    reader = _Reader(block[begin.start() :])
    seen: set[int] = set()
    waiting = [reader.first]
    while waiting:
        offset = waiting.pop()
        if offset in seen:
            # A directory that leads back to itself.
            return False
        seen.add(offset)
        found = reader.whole_directory(offset)
        if found is None or len(seen) > _MOST_DIRECTORIES:
            return False
        waiting += found
    return True


def further_pictures(block: bytes) -> list[int]:
    """Where a multi-picture index (CIPA DC-007) says the second and later pictures begin.

    `block` begins with the index's own TIFF header; offsets in bytes from there.
    """
    reader = _Reader(block)
    entries = reader.directory(reader.first)[0].get(MP_ENTRY, b"")
    if not isinstance(entries, bytes):
        return []
    order = reader.order
    offsets = [offset for _, _, offset, _ in struct.iter_unpack(f"{order}LLLL", _whole(entries))]
    return [offset for offset in offsets[1:] if offset]


def _whole(entries: bytes) -> bytes:
    return entries[: len(entries) // 16 * 16]


def _offset(value: Value | None) -> int:
    if isinstance(value, tuple) and value and math.isfinite(value[0]):
        return int(value[0])
    return 0


class _Reader:
    """Directories of one TIFF structure."""

    def __init__(self, tiff: bytes) -> None:
        self.order = ">" if tiff.startswith(b"MM") else "<"
        self._tiff = tiff
        self.first = int.from_bytes(tiff[4:8], "big" if self.order == ">" else "little")

    def directory(self, offset: int) -> tuple[Directory, int]:
        """What one directory holds, and the offset of the next (0: none)."""
        found: Directory = {}
        if offset < 8:
            return found, 0
        try:
            (count,) = struct.unpack_from(self.order + "H", self._tiff, offset)
            for at in range(offset + 2, offset + 2 + 12 * min(count, MAX_ENTRIES), 12):
                tag, kind, number = struct.unpack_from(self.order + "HHL", self._tiff, at)
                value = self._value(tag, kind, number, at + 8)
                if value is not None:
                    found.setdefault(tag, value)
            (following,) = struct.unpack_from(self.order + "L", self._tiff, offset + 2 + 12 * count)
        except struct.error:
            # Cut off: what came before still counts.
            return found, 0
        return found, following

    def whole_directory(self, offset: int) -> list[int] | None:
        """Where the directories lie to which one leads; None when it is not all there."""
        tiff, order = self._tiff, self.order
        if not 8 <= offset <= len(tiff) - 2:
            return None
        (count,) = struct.unpack_from(order + "H", tiff, offset)
        end = offset + 2 + 12 * count
        if count > MAX_ENTRIES or end > len(tiff):
            return None
        following = []
        for at in range(offset + 2, end, 12):
            tag, kind, number, value = struct.unpack_from(order + "HHLL", tiff, at)
            size = number * _SIZES.get(kind, 0)
            # What the camera's maker wrote has offsets of its own making.
            if size > 4 and tag != MAKER_NOTE and value + size > len(tiff):
                return None
            if tag in (EXIF_IFD, GPS_IFD):
                following.append(value)
        # Some writers leave out the word that says that nothing follows.
        after = struct.unpack_from(order + "L", tiff, end)[0] if end + 4 <= len(tiff) else 0
        return [*following, after] if after else following

    def _value(self, tag: int, kind: int, number: int, at: int) -> Value | None:
        pattern = _NUMBERS.get(kind) or _RATIONALS.get(kind) or ("B" if kind in _BYTES else "")
        if not pattern or not number:
            return None
        if tag == MAKER_NOTE:
            # There it is, and that is all we want of it.
            return b""
        size = struct.calcsize("=" + pattern) * number
        if size > MAX_BYTES:
            return None
        if size > 4:
            (at,) = struct.unpack_from(self.order + "L", self._tiff, at)
        raw = self._tiff[at : at + size]
        if len(raw) < size:
            return None
        if kind in _BYTES:
            return raw
        values = struct.unpack(f"{self.order}{pattern * number}", raw)
        if kind in _RATIONALS:
            return tuple(
                over / under if under else math.nan
                for over, under in zip(values[::2], values[1::2], strict=True)
            )
        return tuple(float(value) for value in values)
