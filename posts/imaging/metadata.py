"""What a picture file carries beside its picture, read without decoding a pixel. No Django here.

Only the file's owner ever sees it: it is what the renditions leave behind.
"""

import math
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from posts.imaging import exif
from posts.imaging.colour_tags import PROFILE, Opened, colours_of
from posts.imaging.containers import Parts, note_xmp, parts_of
from posts.imaging.unreadable import CODES as BROKEN_CODES
from posts.imaging.unreadable import unreadable

# In the order in which they are told.
CODES = (
    "exif", "gps", "xmp", "iptc", "comment", "text", "mpf", "gain_map", "motion_video",
    "thumbnail", "maker_notes", "icc", "animation", "outside",
)  # fmt: skip
MAX_CHARACTERS = 100

_DATE = re.compile(r"(\d{4})[:/.-](\d\d)[:/.-](\d\d)[ T](\d\d):(\d\d)(?::(\d\d))?")
_OFFSET = re.compile(r"[+-](?:0\d|1[0-4]):[0-5]\d")
# IPTC-IIM, dataset 2:80.
_BYLINE = b"\x1c\x02\x50"
# Highest sensitivity, longest exposure in seconds, widest and longest lens: beyond it, nonsense.
_MOST_ISO, _MOST_SECONDS, _MOST_F, _MOST_MM = 5_000_000, 86_400.0, 256.0, 10_000.0


def read(image: Opened, path: Path, further: Iterable[str] = ()) -> dict[str, Any]:
    """What the file says of itself: camera, lens, exposure, time, place, and what else it holds.

    `image` is the picture (of Pillow), opened, with nothing decoded yet. What is absent or
    unreadable has no key: `camera`, `lens`, `exposure`, `taken_at` (ISO 8601, local, with its
    offset where the file has one), `place` (degrees north, degrees east), `software`, `author`,
    `profile` and `colours_by` (how it tells its colours), `hdr`, `unreadable` (codes of what is
    broken); always there are `mode` and `carries`, some of CODES: those found here and the further
    ones. Strings are printable and at most 100 characters long.
    """
    parts = parts_of(path, image.format or "")
    if image.format in ("HEIF", "AVIF"):
        _add_items(image.info, parts)
    tags = exif.parse(parts.exif)
    colours = colours_of(image, path)
    told = {
        "camera": _camera(tags.main),
        "lens": _text(tags.camera.get(0xA434)),
        "exposure": _exposure(tags.camera),
        "taken_at": _taken_at(tags.camera),
        "place": _place(tags.place),
        "software": _text(tags.main.get(0x0131)) or _text(parts.text.get("Software")),
        "author": _author(tags.main, parts),
        "profile": profile_name(colours.profile) if colours.profile else colours.name,
        "colours_by": colours.told_by if colours.told_by != PROFILE else "",
        "hdr": colours.hdr is not None,
        "mode": _mode(image, parts.depth),
    }
    carried = parts.codes | _codes_of(tags, parts) | set(further)
    if image.info.get("icc_profile"):
        carried.add("icc")
    broken = unreadable(path, image.format or "", parts, image.info)
    told["unreadable"] = [code for code in (*CODES, *BROKEN_CODES) if code in broken]
    return {name: value for name, value in told.items() if value} | {
        "carries": [code for code in CODES if code in carried]
    }


def profile_name(profile: bytes) -> str:
    """What an ICC profile calls itself (its `desc` tag, of version 2 or 4); "" if it doesn't."""
    for number in range(min(100, int.from_bytes(profile[128:132], "big"))):
        entry = profile[132 + 12 * number : 144 + 12 * number]
        if entry[:4] == b"desc":
            begin, size = (int.from_bytes(entry[at : at + 4], "big") for at in (4, 8))
            return _described(profile[begin : begin + min(size, 4_096)])
    return ""


def _described(tag: bytes) -> str:
    if tag.startswith(b"desc"):
        return _text(tag[12 : 12 + int.from_bytes(tag[8:12], "big")])
    if tag.startswith(b"mluc"):
        size, begin = (int.from_bytes(tag[at : at + 4], "big") for at in (20, 24))
        return _clean(tag[begin : begin + size].decode("utf-16-be", "replace"))
    return ""


def _add_items(info: Mapping[Any, Any], parts: Parts) -> None:
    """EXIF and XMP lie anywhere in these files; the decoder has found them on opening."""
    # Of an AVIF that is turned without having any, the decoder makes some up.
    parts.exif = _bytes(info.get("exif")) if "exif" in parts.named else b""
    parts.xmp = _bytes(info.get("xmp"))
    parts.depth = info.get("bit_depth") or parts.depth
    if any("gainmap" in str(kind).lower() for kind in info.get("aux") or ()):
        parts.codes.add("gain_map")
    note_xmp(parts)


def _bytes(value: object) -> bytes:
    return value if isinstance(value, bytes) else b""


def _codes_of(tags: exif.Exif, parts: Parts) -> set[str]:
    found = {
        "exif": parts.exif,
        # A version number alone says nothing of where.
        "gps": set(tags.place) - {0} or b"GPSLatitude" in parts.xmp,
        "thumbnail": tags.has_thumbnail,
        "maker_notes": exif.MAKER_NOTE in tags.camera,
    }
    return {code for code, there in found.items() if there}


def _camera(main: exif.Directory) -> str:
    make, model = _text(main.get(0x010F)), _text(main.get(0x0110))
    if not make or not model:
        return make or model
    first = make.split()[0].casefold()
    return model if model.casefold().startswith(first) else _clean(f"{make} {model}")


def _exposure(camera: exif.Directory) -> str:
    """One line: "1/120 s · f/1.8 · ISO 50 · 26 mm" (the focal length as on 35 mm film)."""
    seconds = _number(camera.get(0x829A), 1e-7, _MOST_SECONDS)
    # Some files only have APEX values, which are base-2 logarithms (Exif 2.32, annex C).
    if not seconds:
        speed = _number(camera.get(0x9201), -16, 22)
        seconds = 2**-speed if speed is not None else None
    aperture = _number(camera.get(0x829D), 0.3, _MOST_F)
    if not aperture:
        value = _number(camera.get(0x9202), 0.01, 16)
        aperture = 2 ** (value / 2) if value else None
    iso = _number(camera.get(0x8827), 1, _MOST_ISO)
    if iso == 65_535:
        # As many as 16 bits hold: the true value is where newer cameras write it.
        iso = _number(camera.get(0x8832) or camera.get(0x8831), 1, _MOST_ISO)
    length = _number(camera.get(0xA405), 1, _MOST_MM) or _number(camera.get(0x920A), 0.1, _MOST_MM)
    pieces = (
        _seconds(seconds) if seconds else "",
        f"f/{_short(aperture)}" if aperture else "",
        f"ISO {iso:.0f}" if iso else "",
        f"{_short(length)} mm" if length else "",
    )
    return " · ".join(piece for piece in pieces if piece)


def _seconds(seconds: float) -> str:
    # As cameras show it: fractions below a third of a second.
    return f"1/{1 / seconds:.0f} s" if seconds < 0.29 else f"{_short(seconds)} s"


def _short(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _taken_at(camera: exif.Directory) -> str:
    for tag, offset_tag in ((0x9003, 0x9011), (0x9004, 0x9012)):
        found = _DATE.match(_text(camera.get(tag)))
        if not found:
            continue
        year, month, day, hour, minute, second = found.groups("00")
        moment = f"{year}-{month}-{day}T{hour}:{minute}:{second}"
        if not _is_moment(moment):
            continue
        offset = _text(camera.get(offset_tag))
        return moment + offset if _OFFSET.fullmatch(offset) else moment
    return ""


def _is_moment(text: str) -> bool:
    try:
        # Photography begins there.
        return datetime.fromisoformat(text).year >= 1826
    except ValueError:
        return False


def _place(place: exif.Directory) -> list[float]:
    north = _degrees(place.get(2), _text(place.get(1)), "NS", 90)
    east = _degrees(place.get(4), _text(place.get(3)), "EW", 180)
    # Both nought is what a device writes that does not know where it is.
    if north is None or east is None or (not north and not east):
        return []
    return [north, east]


def _degrees(value: exif.Value | None, side: str, sides: str, most: int) -> float | None:
    """Degrees from degrees, minutes and seconds; None when unreadable or out of range."""
    side = side[:1].upper()
    if not isinstance(value, tuple) or side not in tuple(sides) or not value:
        return None
    # Cameras that count no seconds write 0/0 for them.
    later = [part if math.isfinite(part) else 0.0 for part in (*value[1:3], 0.0, 0.0)]
    degrees = value[0] + later[0] / 60 + later[1] / 3_600
    if not 0 <= degrees <= most:
        return None
    return round(-degrees if side in "SW" else degrees, 6)


def _author(main: exif.Directory, parts: Parts) -> str:
    if found := _text(main.get(0x013B)):
        return found
    # XPAuthor, which Windows writes in UTF-16.
    windows = main.get(0x9C9D)
    if isinstance(windows, bytes) and (found := _clean(windows.decode("utf-16-le", "ignore"))):
        return found
    at = parts.iptc.find(_BYLINE)
    if at >= 0:
        size = int.from_bytes(parts.iptc[at + 3 : at + 5], "big")
        return _text(parts.iptc[at + 5 : at + 5 + size])
    return _text(parts.text.get("Author"))


def _mode(image: Opened, depth: int) -> str:
    mode = image.mode.partition(";")[0]
    plain = {"1": "L", "I": "L", "F": "L", "RGBX": "RGB", "YCbCr": "RGB", "PA": "P"}.get(mode, mode)
    return f"{depth}-bit {plain}" if depth in (10, 12, 16) else plain


def _number(value: exif.Value | None, least: float, most: float) -> float | None:
    """The first number of a tag where it lies within sensible bounds."""
    if not isinstance(value, tuple) or not value:
        return None
    return value[0] if least <= value[0] <= most else None


def _text(value: exif.Value | None) -> str:
    """The text of a tag up to its first NUL."""
    if not isinstance(value, bytes):
        return ""
    raw = value.split(b"\0", 1)[0]
    try:
        return _clean(raw.decode())
    except UnicodeDecodeError:
        return _clean(raw.decode("latin-1"))


def _clean(text: str) -> str:
    """One line without control characters, those that turn the writing direction among them."""
    words = " ".join(text.split())
    return "".join(each for each in words if each.isprintable())[:MAX_CHARACTERS].strip()
