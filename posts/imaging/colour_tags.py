"""Which colour space a file names, with or without a profile, and what was taken from where.

PNG: cICP, iCCP, sRGB, then gAMA with cHRM (third edition, 4.3). HEIF and AVIF: the profile, then
the code points (`colr` nclx), but PQ and HLG by code points before any profile, since no profile
tells how bright they are. Everything else, and last of all: EXIF (DCF 2.0, 5.6). Decision 0024.
"""

import mmap
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from posts.imaging import exif
from posts.imaging.boxes import BoxesError, layout_of, nclx_of
from posts.imaging.colour_spaces import (
    ADOBE_GAMMA,
    ADOBE_RGB,
    BT2020,
    DISPLAY_P3,
    SRGB,
    Primaries,
    Space,
    is_sensible,
    of_code_points,
    power,
    profile_of,
    srgb_curve,
)
from posts.imaging.containers import png_chunks

# How the file told it.
PROFILE, CODE_POINTS, PNG_NUMBERS, EXIF = "profile", "code_points", "png_numbers", "exif"
_BEFORE_PIXELS = (b"cICP", b"sRGB", b"gAMA", b"cHRM")
# The size of cHRM, the longest of these.
_MOST_TAG_BYTES = 32
# As many as LittleCMS takes.
_MOST_PROFILE_TAGS = 100
_CONVERTING = (b"rXYZ", b"gXYZ", b"bXYZ", b"rTRC", b"gTRC", b"bTRC", b"kTRC", b"A2B0")
_KNOWN = {"sRGB": SRGB, "Display P3": DISPLAY_P3, "Adobe RGB": ADOBE_RGB, "BT.2020": BT2020}
# cHRM holds five decimals.
_NEAR = 0.0015
# What the PNG specification has writers of sRGB add for older readers: it stands for sRGB's curve.
_SRGB_GAMMA = (45_000, 46_000)
_UNCALIBRATED, _ADOBE_BY_SOME = 65_535, 2


class Opened(Protocol):
    """What we ask of an opened picture: the words of its header, never its pixels."""

    @property
    def format(self) -> str | None: ...
    @property
    def mode(self) -> str: ...
    @property
    def info(self) -> Mapping[Any, Any]: ...


@dataclass(frozen=True)
class Colours:
    """What the values of a picture mean: a space of ours, an embedded profile, or plain sRGB."""

    told_by: str = ""
    space: Space | None = None
    profile: bytes | None = None
    # Values from 16 to 235, as in video; the decoders of AVIF and HEIC have undone theirs.
    narrow: bool = False

    @property
    def hdr(self) -> Space | None:
        """The space, where its pictures must be tone-mapped."""
        return self.space if self.space and self.space.hdr else None

    @property
    def name(self) -> str:
        """What people call the space that is named without a profile; "" where none is."""
        return self.space.name if self.space else ""

    def as_profile(self) -> bytes | None:
        """The profile that converts to sRGB; None where nothing is to be converted."""
        if self.space is None:
            return self.profile
        return None if self.space.name == "sRGB" or self.space.hdr else profile_of(self.space)


def colours_of(image: Opened, path: Path) -> Colours:
    """What an opened picture's values mean, by the first of its tags that can be honoured."""
    profile = image.info.get("icc_profile") or None
    embedded = _of_profile(profile) if profile and _is_usable(profile) else None
    if image.format == "PNG":
        found = _of_png(path, embedded)
    elif image.format in ("HEIF", "AVIF"):
        found = _of_boxes(path, embedded)
    else:
        found = embedded
    return found or _of_exif(image) or Colours(PROFILE if profile else "", profile=profile)


def _of_profile(profile: bytes) -> Colours:
    space = of_code_points(*_cicp_of(profile)) if profile[16:20] in (b"RGB ", b"GRAY") else None
    # A profile with code points (ICC.1:2022, 9.2.17) has tables for SDR screens at most.
    return Colours(PROFILE, space if space and space.hdr else None, profile)


def _cicp_of(profile: bytes) -> tuple[int, int]:
    """The code points in a profile; 2 and 2, unspecified, without any."""
    for number in range(min(_MOST_PROFILE_TAGS, int.from_bytes(profile[128:132], "big"))):
        entry = profile[132 + 12 * number : 144 + 12 * number]
        if entry[:4] == b"cicp":
            tag = profile[int.from_bytes(entry[4:8], "big") :][:12]
            if tag[:4] == b"cicp" and len(tag) == 12:
                return tag[8], tag[9]
    return 2, 2


def _of_boxes(path: Path, profile: Colours | None) -> Colours | None:
    try:
        layout = layout_of(path)
    except BoxesError:
        return profile
    # A picture made of tiles may leave it to them.
    told = next(filter(None, map(nclx_of, [layout.primary, *layout.parts[:1]])), None)
    space = of_code_points(*told) if told else None
    if space and space.hdr:
        return Colours(CODE_POINTS, space)
    return profile or (Colours(CODE_POINTS, space) if space else None)


def _of_png(path: Path, profile: Colours | None) -> Colours | None:
    chunks = _png_tags(path)
    if len(code := chunks.get(b"cICP", b"")) == 4 and code[2] == 0 and code[3] < 2:
        space = of_code_points(code[0], code[1])
        if space:
            return Colours(CODE_POINTS, space, narrow=not code[3])
    if profile:
        return profile
    if len(chunks.get(b"sRGB", b"")) == 1:
        return Colours(PNG_NUMBERS, of_code_points(1, 13))
    return _of_numbers(chunks)


def _png_tags(path: Path) -> dict[bytes, bytes]:
    """The first of each whole chunk about colours, of those that come before the pixels."""
    found: dict[bytes, bytes] = {}
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        for name, begin, size in png_chunks(data):
            if name == b"IDAT":
                break
            if name in _BEFORE_PIXELS and size <= _MOST_TAG_BYTES:
                body, check = data[begin : begin + size], data[begin + size : begin + size + 4]
                if zlib.crc32(name + body).to_bytes(4, "big") == check:
                    found.setdefault(name, body)
    return found


def _is_usable(profile: bytes) -> bool:
    """Whether it has the mark of a profile, and whole what it is converted by."""
    count = int.from_bytes(profile[128:132], "big")
    if profile[36:40] != b"acsp" or not 1 <= count <= _MOST_PROFILE_TAGS:
        return False
    # iter_unpack wants whole entries; one that was cut off then points beyond the end.
    entries = struct.iter_unpack(
        ">4sII", profile[132 : 132 + 12 * count].ljust(12 * count, b"\xff")
    )
    return all(begin + size <= len(profile) for name, begin, size in entries if name in _CONVERTING)


def _of_numbers(chunks: Mapping[bytes, bytes]) -> Colours | None:
    """By gAMA and cHRM; one without the other leaves the rest to sRGB."""
    gamma = _gamma(chunks.get(b"gAMA", b""))
    primaries = _primaries(chunks.get(b"cHRM", b""))
    if not gamma and not primaries:
        return None
    name, primaries = _named(primaries or SRGB)
    if not gamma or (name == "sRGB" and _SRGB_GAMMA[0] <= gamma <= _SRGB_GAMMA[1]):
        return Colours(PNG_NUMBERS, Space(name, primaries, srgb_curve))
    exponent = 100_000 / gamma
    label = f"gamma {exponent:.2f}".rstrip("0").rstrip(".")
    # Not sRGB: that is a name of the curve too.
    name = "BT.709" if name == "sRGB" else name
    return Colours(PNG_NUMBERS, Space(f"{name}, {label}", primaries, power(exponent)))


def _gamma(chunk: bytes) -> int:
    """The gamma of the file times 100,000; 0 where it can't be meant."""
    value = int.from_bytes(chunk, "big") if len(chunk) == 4 else 0
    return value if 1_000 <= value <= 1_000_000 else 0


def _primaries(chunk: bytes) -> Primaries | None:
    """White, red, green and blue of cHRM in our order, where they can be meant."""
    if len(chunk) != 32:
        return None
    x = [value / 100_000 for value in struct.unpack(">8I", chunk)]
    primaries = ((x[2], x[3]), (x[4], x[5]), (x[6], x[7]), (x[0], x[1]))
    return primaries if is_sensible(primaries) else None


def _named(primaries: Primaries) -> tuple[str, Primaries]:
    """The name of the space whose primaries these are to the accuracy of their writer."""
    flat = [value for point in primaries for value in point]
    for name, known in _KNOWN.items():
        exact = [value for point in known for value in point]
        if all(abs(a - b) <= _NEAR for a, b in zip(flat, exact, strict=True)):
            return name, known
    return "RGB of its own", primaries


def _of_exif(image: Opened) -> Colours | None:
    block = image.info.get("exif")
    # EXIF can only name RGB color spaces.
    if not isinstance(block, bytes) or image.mode == "CMYK":
        return None
    tags = exif.parse(block)
    space = tags.camera.get(0xA001)
    value = space[0] if isinstance(space, tuple) else 0
    index = tags.interoperability.get(1, b"")
    adobe = isinstance(index, bytes) and index.startswith(b"R03")
    if value == _ADOBE_BY_SOME or (value == _UNCALIBRATED and adobe):
        return Colours(EXIF, Space("Adobe RGB", ADOBE_RGB, power(ADOBE_GAMMA)))
    if value == 1:
        return Colours(EXIF, of_code_points(1, 13))
    return None
