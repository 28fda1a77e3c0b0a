"""A file reduced to what its decoder needs, for when something beside the picture stops it.

Nothing is decoded. What states the picture itself is copied as it is, with its checksums, so that
damage there stays damage; everything else is left out, or kept only where it is sound.
"""

import struct
import zlib
from collections.abc import Callable, Iterator

from posts.imaging.containers import ITEM, MAX_PARTS, blocks_end, colour_table_bytes, png_chunks
from posts.imaging.structure import JPEG_MARKER

_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PNG_PICTURE = (b"IHDR", b"PLTE", b"IDAT", b"IEND")
# Ancillary chunks that say how the pixels are meant, with the sizes they may have.
_PNG_MEANING = {
    b"gAMA": range(4, 5), b"cHRM": range(32, 33), b"sRGB": range(1, 2),
    b"cICP": range(4, 5), b"iCCP": range(5, 5_000_000),
}  # fmt: skip
_WEBP_PICTURE = (b"VP8X", b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF")
# Which JPEG segments the decoder reads: tables, frame, scan, and the two that name its colours.
_JPEG_TABLES = (0xC4, 0xCC, 0xDB, 0xDC, 0xDD)
_JPEG_SCAN, _JPEG_END = 0xDA, 0xD9

# Transparency by the kind of colour: a grey, a colour, or one value for each of a palette.
_PNG_TRANSPARENCY = {0: range(2, 3), 2: range(6, 7), 3: range(1, 257)}
# Bytes of an animation's chunks, at least.
PNG_FRAME_SIZES = {b"acTL": 8, b"fcTL": 26, b"fdAT": 5}

Chunk = tuple[bytes, bytes, bool]


def essentials(data: bytes) -> bytes:
    """The file with nothing but its picture, in the same format; b"" for an unknown one."""
    kinds: tuple[tuple[bytes, int, Callable[[bytes], bytes]], ...] = (
        (_PNG_SIGNATURE, 0, png),
        (b"\xff\xd8\xff", 0, jpeg),
        (b"GIF8", 0, gif),
        (b"WEBP", 8, webp),
        (b"ftyp", 4, boxes),
    )
    for beginning, at, reduced in kinds:
        if data.startswith(beginning, at):
            return reduced(data)
    return b""


# --- PNG --------------------------------------------------------------------------------------


def chunks(data: bytes) -> Iterator[Chunk]:
    """Name, body and whether the checksum is right, of each chunk of a PNG; the last may be cut."""
    for name, begin, size in png_chunks(data):
        body = data[begin : begin + size]
        stated = data[begin + size : begin + size + 4]
        yield name, body, stated == _checksum(name, body)


def png(data: bytes) -> bytes:
    """Header, palette, pixels; what states their meaning where it is sound; frames if all are."""
    kept = [_PNG_SIGNATURE]
    moving = _frames_are_sound(data)
    kind = data[25] if len(data) > 25 else 0
    ended, last, sound = False, 0, True
    for name, body, right in chunks(data):
        if name in _PNG_PICTURE:
            # A wrong checksum stays wrong, for the decoder to see.
            kept.append(_chunk(name, body, b"" if right else b"\0\0\0\0"))
            ended = ended or name == b"IEND"
            if name == b"IDAT":
                last, sound = len(kept) - 1, sound and right
        elif (name in PNG_FRAME_SIZES and moving) or (right and is_sound(name, body, kind)):
            kept.append(_chunk(name, body))
    if not ended:
        kept.append(_chunk(b"IEND", b""))
    if last and sound:
        # Each part is as it was written, so a wrong checksum of the whole was written too.
        kept[last] = _chunk(b"IDAT", kept[last][8:-8])
    return b"".join(kept)


def is_sound(name: bytes, body: bytes, kind: int) -> bool:
    """Whether a chunk on the meaning of pixels can be meant, in a PNG of this kind of colour."""
    sizes = _PNG_TRANSPARENCY.get(kind, ()) if name == b"tRNS" else _PNG_MEANING.get(name, ())
    if len(body) not in sizes:
        return False
    if name == b"iCCP":
        return b"acsp" in unzipped_profile(body)[36:40]
    return name != b"gAMA" or any(body)


def unzipped_profile(body: bytes) -> bytes:
    """The colour profile in an iCCP chunk; b"" when it can't be unpacked."""
    _name, _nul, rest = body.partition(b"\0")
    press = zlib.decompressobj()
    try:
        profile = press.decompress(rest[1:], 5_000_000)
    except zlib.error:
        return b""
    return profile if press.eof and rest[:1] == b"\0" else b""


def _frames_are_sound(data: bytes) -> bool:
    """Whether an animation's chunks are whole, in order, and within the picture."""
    width, height = struct.unpack(">II", data[16:24]) if len(data) >= 24 else (0, 0)
    expected = 0
    for name, body, right in chunks(data):
        if name not in PNG_FRAME_SIZES:
            continue
        if not right or len(body) < PNG_FRAME_SIZES[name]:
            return False
        if name == b"acTL":
            continue
        number, across, down, left, top = struct.unpack(">5I", body[:20].ljust(20, b"\0"))
        outside = left + across > width or top + down > height
        if number != expected or (name == b"fcTL" and outside):
            return False
        expected += 1
    return expected > 0


def _chunk(name: bytes, body: bytes, checksum: bytes = b"") -> bytes:
    return len(body).to_bytes(4, "big") + name + body + (checksum or _checksum(name, body))


def _checksum(name: bytes, body: bytes) -> bytes:
    return zlib.crc32(body, zlib.crc32(name)).to_bytes(4, "big")


# --- JPEG -------------------------------------------------------------------------------------


def jpeg(data: bytes) -> bytes:
    """Tables and frame, and from the first scan on everything."""
    kept, profile = [data[:2]], list[bytes]()
    at = 2
    for _step in range(MAX_PARTS):
        marker = JPEG_MARKER.search(data, at)
        if not marker or marker.group()[1] in (_JPEG_SCAN, _JPEG_END):
            begin = marker.start() if marker else len(data)
            return b"".join([*kept, *_whole_profile(profile), data[begin:]])
        code, at = marker.group()[1], marker.end()
        if code in (0xD8, 0x01):
            continue
        size = max(2, int.from_bytes(data[at : at + 2], "big"))
        body = data[at + 2 : at + size]
        if _names_colours(code, body) or code in _JPEG_TABLES or code & 0xF0 == 0xC0:
            kept.append(data[at - 2 : at + size])
        elif code == 0xE2 and body.startswith(b"ICC_PROFILE\0"):
            profile.append(data[at - 2 : at + size])
        at += size
    return b""


def _names_colours(code: int, body: bytes) -> bool:
    return (code == 0xEE and body.startswith(b"Adobe") and len(body) >= 12) or (
        code == 0xE0 and body.startswith(b"JFIF\0") and len(body) >= 14
    )


def _whole_profile(segments: list[bytes]) -> list[bytes]:
    """A colour profile's segments when they are numbered through, else none."""
    numbers = sorted((each[16:17], each[17:18]) for each in segments)
    total = bytes([len(segments) & 255])
    if numbers == [(bytes([at]), total) for at in range(1, min(256, len(segments) + 1))]:
        return segments
    return []


# --- GIF --------------------------------------------------------------------------------------


def gif(data: bytes) -> bytes:
    """Header, colours and frames, with their control blocks where these are whole."""
    at = 13 + colour_table_bytes(data, 10)
    kept = [data[:at]]
    for _step in range(MAX_PARTS):
        kind = data[at : at + 2]
        if kind[:1] == b"\x2c":
            end = blocks_end(data, at + 11 + colour_table_bytes(data, at + 9))
            kept.append(data[at:end])
        elif kind[:1] == b"\x21":
            end = blocks_end(data, at + 2)
            if kind == b"\x21\xf9" and data[at + 2 : at + 3] == b"\4" and end == at + 8:
                kept.append(data[at:end])
        elif not kind or kind[:1] == b";":
            break
        else:
            # Between two blocks decoders skip what they don't know.
            end = at + 1
        at = end
    return b"".join([*kept, b";"])


# --- WebP and the formats made of boxes -------------------------------------------------------


def webp(data: bytes) -> bytes:
    """The chunks of the picture and its frames, and a profile that says it is one."""
    kept, at = [], 12
    for _step in range(MAX_PARTS):
        head = data[at : at + 8]
        if len(head) < 8:
            break
        name, size = head[:4], int.from_bytes(head[4:], "little")
        if name in _WEBP_PICTURE or (name == b"ICCP" and data[at + 44 : at + 48] == b"acsp"):
            kept.append((name, data[at + 8 : at + 8 + size]))
        at += 8 + size + size % 2
    names = {name for name, _body in kept}
    parts = [_webp_chunk(name, body, names) for name, body in kept]
    body = b"WEBP" + b"".join(parts)
    return b"RIFF" + len(body).to_bytes(4, "little") + body


def _webp_chunk(name: bytes, body: bytes, names: set[bytes]) -> bytes:
    if name == b"VP8X" and body:
        # Its flags announce what is not there any more: EXIF and XMP, perhaps the profile.
        flags = body[0] & ~0x0C & (0xFF if b"ICCP" in names else ~0x20)
        body = bytes([flags]) + body[1:]
    return name + len(body).to_bytes(4, "little") + body + b"\0" * (len(body) % 2)


def boxes(data: bytes) -> bytes:
    """HEIC or AVIF whose EXIF and XMP are called something that no decoder looks for.

    Nothing moves: every offset of the file stays right.
    """
    index = data.find(b"meta", 0, 10_000)
    if index < 4:
        return b""
    end = index - 4 + int.from_bytes(data[index - 4 : index], "big")
    changed = bytearray(data)
    for item in ITEM.finditer(data, index, end):
        changed[item.start(1) : item.end(1)] = b"skip"
    return bytes(changed)
