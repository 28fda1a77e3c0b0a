"""How much of a picture is missing from a file that was cut off.

Asked only when a decoder failed, or painted the end of a picture in the grey of nothing.
"""

import io
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image, ImageChops

from posts import limits
from posts.imaging.containers import MAX_PARTS, colour_table_bytes
from posts.imaging.essentials import chunks, essentials
from posts.imaging.structure import JPEG_MARKER, RefusedFileError

# Of the last row of blocks so much of the whole picture may be missing: what a few bytes hold.
_MOST_LOST = 0.02
# Several are held at once: of a larger picture a quarter of its size must do.
_MOST_AT_FULL_SIZE = 10_000_000
_END = b"\xff\xd9"
# Chunks of a WebP that hold a picture, and those that follow the last of them (RFC 9649, 2.7).
_WEBP_LAST, _WEBP_BESIDE = (b"VP8 ", b"VP8L", b"ANMF"), (b"EXIF", b"XMP ")
# Frames whose rows come in order, by Huffman or arithmetic coding (ITU-T T.81, table B.1).
_SEQUENTIAL = (0xC0, 0xC1, 0xC9)
# First column and row of each pass, and the steps between its pixels (PNG, 8.2).
_ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2),
          (0, 1, 1, 2))  # fmt: skip
# So many zeros at the end are hardly of the picture; preallocated and rescued files end in them.
_FILLING = bytes(256)
# Of a larger file only the first two are tried: each costs as much as the picture itself.
_MOST_TRIED_FULLY = 10_000_000
# What may follow a cut: each decodes to something else wherever a block is missing.
_PADS = (
    b"",
    b"\x55" * 64,
    b"\0" * 64,
    b"".join(b"\xff" + bytes([0xD0 + at % 8]) + b"\x55" * 24 for at in range(16)),
)


@dataclass(frozen=True)
class Truncation:
    """How much is missing: a share of its rows or of the file's bytes, or unknown (0)."""

    rows: float = 0.0
    bytes: float = 0.0

    def refusal(self) -> RefusedFileError:
        """What to raise: the reason with the share in whole percent, at least 1."""
        for name, share in (("rows", self.rows), ("bytes", self.bytes)):
            if share:
                return RefusedFileError("cut_off", f"{name}:{min(99, max(1, round(100 * share)))}")
        return RefusedFileError("cut_off")


def truncation_of(data: bytes) -> Truncation | None:
    """What is missing at the end of a file; None when it was not cut off, or not noticeably."""
    kinds: tuple[tuple[bytes, int, Callable[[bytes], Truncation | None]], ...] = (
        (b"\x89PNG", 0, png),
        (b"\xff\xd8\xff", 0, _unmarked_jpeg),
        (b"GIF8", 0, gif),
        (b"WEBP", 8, webp),
        (b"ftyp", 4, boxes),
    )
    for beginning, at, look in kinds:
        if data.startswith(beginning, at):
            return look(data)
    return None


def refuse_grey_end(image: Image.Image, path: Path) -> None:
    """Raises RefusedFileError when a decoded JPEG ends in grey because its data does.

    Its decoder paints what is missing in middle grey, and tells nobody where the end is marked.
    """
    last = image.crop((max(0, image.width - 2), image.height - 1, image.width, image.height))
    # Of CMYK, whose values are stored inverted, it is the grey of either side of the middle.
    grey = {127, 128} if image.mode == "CMYK" else {128}
    if set(last.tobytes()) <= grey and (cut := jpeg(path.read_bytes())):
        raise cut.refusal()


# --- PNG --------------------------------------------------------------------------------------


def png(data: bytes) -> Truncation | None:
    """By unpacking the pixels that are there; None where the pixels end as they should."""
    if len(data) < 33:
        return Truncation()
    width, height, depth, kind, _method, _filter, interlaced = struct.unpack(
        ">IIBBBBB", data[16:29]
    )
    bits = depth * {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}.get(kind, 1)
    passes = _ADAM7 if interlaced else ((0, 0, 1, 1),)
    wanted = sum(_pass_bytes(width, height, bits, *each) for each in passes)
    press, found = zlib.decompressobj(), 0
    try:
        for name, body, _right in chunks(data):
            # Piece by piece, since the pixels are only counted and never held as a whole.
            for at in range(0, len(body) if name == b"IDAT" else 0, 65_536):
                found += len(press.decompress(body[at : at + 65_536]))
                if found > wanted:
                    return None
    except zlib.error:
        return None
    if press.eof or found >= wanted:
        return None
    share = 1 - found / wanted
    return Truncation(bytes=share) if interlaced else Truncation(rows=share)


def _pass_bytes(width: int, height: int, bits: int, x: int, y: int, by_x: int, by_y: int) -> int:
    across, down = -(-(width - x) // by_x), -(-(height - y) // by_y)
    return down * (1 + (across * bits + 7) // 8) if across > 0 and down > 0 else 0


# --- JPEG -------------------------------------------------------------------------------------


@dataclass
class _Scans:
    """The structure of a JPEG: its frame, where its picture ends, what its scans hold."""

    frame: int = 0
    height: int = 1
    # Pixels of what is coded together, across and down.
    block: tuple[int, int] = (8, 8)
    parts: set[int] = field(default_factory=set)
    end: int = 0
    # Component and coefficient → bits that are still to come.
    bits_to_come: dict[tuple[int, int], int] = field(default_factory=dict)
    last_has_dc: bool = False
    number: int = 0

    @property
    def all_begun(self) -> bool:
        """Whether every value of the picture has a scan that brings it to its last bit."""
        places = range(1 if self.frame in _SEQUENTIAL else 64)
        return all(self.bits_to_come.get((part, at)) == 0 for part in self.parts for at in places)


def _unmarked_jpeg(data: bytes) -> Truncation | None:
    """Where its end is marked, a JPEG is not cut off; refuse_grey_end looks whether that is so."""
    return jpeg(data) if _scans(data).end == len(data) else None


def jpeg(data: bytes) -> Truncation | None:
    """By decoding what is there with different endings: where they differ, something is missing."""
    scans = _scans(data)
    if not scans.number or not scans.parts:
        # Broken rather than cut off where its end is marked.
        return Truncation() if scans.end == len(data) else None
    head, tail = essentials(data), len(data) - scans.end
    body = head[: len(head) - tail].rstrip(b"\xff")
    if not scans.all_begun and scans.number > 1:
        return Truncation()
    size, down, lost = _lost_after(body, scans)
    if body.endswith(_FILLING) and not _lost_after(body[: -len(_FILLING)], scans)[2]:
        # More zeros than the picture needs: the file was filled up to its size. One is of its head.
        size, down, lost = _lost_after(body.rstrip(b"\0") + b"\0", scans)
    width, height = size
    if lost <= min(width * down - 1, _MOST_LOST * width * height):
        return None if scans.all_begun else Truncation()
    missing = lost / (width * height)
    # A later scan only adds detail: then no row is missing as a whole.
    return Truncation(rows=missing) if scans.number == 1 or scans.last_has_dc else Truncation()


def _lost_after(body: bytes, scans: _Scans) -> tuple[tuple[int, int], int, int]:
    """The size in pixels as decoded here, that of a block down, how many pixels are missing."""
    pads = _PADS[: 2 if len(body) > _MOST_TRIED_FULLY else None]
    pictures = [_decoded(body + pad + _END, scans.last_has_dc) for pad in pads]
    size = pictures[0].size
    across, down = (max(1, round(side * size[1] / scans.height)) for side in scans.block)
    return size, down, _lost(pictures, across, down)


def _lost(pictures: list[Image.Image], across: int, down: int) -> int:
    """How many pixels are missing, from the first block of this size that differs.

    Colours are spread to the pixels next to their block: a block begins where blocks begin.
    """
    width, height = pictures[0].size
    apart = [ImageChops.difference(pictures[0], each) for each in pictures[1:]]
    top = min([box[1] for each in apart if (box := each.getbbox())], default=height)
    top = -(-top // down) * down
    if top >= height:
        return 0
    rows = [each.crop((0, top, width, min(height, top + down))) for each in apart]
    left = min([box[0] for each in rows if (box := each.getbbox())], default=width)
    left = -(-left // across) * across
    return max(0, width - left) * down + width * max(0, height - top - down)


def _decoded(data: bytes, small: bool) -> Image.Image:
    with Image.open(io.BytesIO(data), formats=["JPEG"]) as image:
        if image.width * image.height > limits.MAX_JPEG_PIXELS:
            raise RefusedFileError("too_many_pixels")
        by = 8 if small else 4 if image.width * image.height > _MOST_AT_FULL_SIZE else 1
        if by > 1:
            image.draft(None, (max(1, image.width // by), max(1, image.height // by)))
        image.load()
        return image.copy()


def _scans(data: bytes) -> _Scans:
    found, at = _Scans(end=len(data)), 2
    for _step in range(MAX_PARTS):
        marker = JPEG_MARKER.search(data, at)
        if not marker:
            break
        code, at = marker.group()[1], marker.end()
        if code == 0xD9:
            found.end = marker.start()
            break
        if code in (0xD8, 0x01):
            continue
        size = max(2, int.from_bytes(data[at : at + 2], "big"))
        body = data[at + 2 : at + size]
        if code == 0xDA:
            _note_scan(found, body)
        elif code & 0xF0 == 0xC0 and code not in (0xC4, 0xC8, 0xCC):
            found.frame = code
            found.height = max(1, int.from_bytes(body[1:3], "big"))
            found.parts = set(body[6::3])
            if len(found.parts) > 1:
                found.block = (
                    8 * max(each >> 4 for each in body[7::3]),
                    8 * max(each & 15 for each in body[7::3]),
                )
        at += size
    return found


def _note_scan(found: _Scans, body: bytes) -> None:
    if not body or len(body) < 2 * body[0] + 4:
        return
    first, last, bits = body[-3:]
    found.number += 1
    found.last_has_dc = first == 0
    for part in body[1 : 1 + 2 * body[0] : 2]:
        for at in range(first, min(last, 63) + 1):
            found.bits_to_come[part, at] = bits & 15


# --- The others -------------------------------------------------------------------------------


def gif(data: bytes) -> Truncation | None:
    """By decoding on two grounds: where they show, no row was written."""
    bare = essentials(data)
    at = 13 + colour_table_bytes(bare, 10)
    if bare[at : at + 2] == b"\x21\xf9":
        at += 8
    if _is_terminated(bare[:-1], at + 11 + colour_table_bytes(bare, at + 9)):
        return None
    grounds = []
    for ground in (b"\0", b"\1"):
        control = b"\x21\xf9\4\1\0\0" + ground + b"\0"
        with Image.open(io.BytesIO(bare[:at] + control + bare[at:]), formats=["GIF"]) as image:
            if image.width * image.height > limits.MAX_PIXELS:
                return None
            grounds.append(_as_far_as_it_goes(image))
    box = ImageChops.difference(*grounds).getbbox()
    frame = struct.unpack("<4H", bare[at + 1 : at + 9])
    if box is None or not frame[3]:
        return None
    bottom = min(grounds[0].height, frame[1] + frame[3])
    # The ground also shows round a frame that is smaller than the picture.
    inside = ImageChops.difference(*grounds).crop((frame[0], frame[1], frame[0] + 1, bottom))
    share = sum(map(bool, inside.tobytes())) / frame[3]
    interlaced = bare[at + 9] & 0x40
    return (Truncation(bytes=share) if interlaced else Truncation(rows=share)) if share else None


def _is_terminated(data: bytes, at: int) -> bool:
    """Whether a row of blocks, each of which begins with its length, comes to its empty last."""
    while at < len(data) and data[at]:
        at += data[at] + 1
    return at < len(data)


def _as_far_as_it_goes(image: Image.Image) -> Image.Image:
    """The palette's numbers, as far as they could be decoded."""
    try:
        image.load()
    except OSError:
        # What was decoded until then is what is asked for.
        image.tile = []  # type: ignore[attr-defined]
    return Image.frombytes("L", image.size, image.tobytes())


def webp(data: bytes) -> Truncation | None:
    """By the size that its header states, unless all that is missing lies behind its picture."""
    end, name = 12, b""
    for _step in range(MAX_PARTS):
        if end + 8 > len(data):
            break
        # To an even size by a byte that some writers forget after the last.
        at = end + end % 2
        name, end = data[at : at + 4], at + 8 + int.from_bytes(data[at + 4 : at + 8], "little")
    if name in _WEBP_BESIDE or (name in _WEBP_LAST and end <= len(data)):
        return None
    return _short_of(data, 8 + int.from_bytes(data[4:8], "little"))


def boxes(data: bytes) -> Truncation | None:
    """By the sizes that its boxes state."""
    at = 0
    for size in _box_sizes(data):
        at += size
    return _short_of(data, at)


def _box_sizes(data: bytes) -> Iterator[int]:
    at = 0
    while at + 8 <= len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        if size == 1:
            size = int.from_bytes(data[at + 8 : at + 16], "big")
        if size < 8:
            return
        yield size
        at += size


def _short_of(data: bytes, stated: int) -> Truncation | None:
    # Beyond any file we take the number is not meant.
    return Truncation(bytes=1 - len(data) / stated) if len(data) < stated <= 1_000_000_000 else None
