"""Crops, rotations and mirrors that a HEIF or AVIF file declares: each is applied once, in order.

libavif tells rotation and mirror and leaves the crop to us; libheif applies all of them. What a
decoder would not do as declared is refused, since what an author cropped away may be private.
Source: ISO/IEC 23008-12, 6.5.9 to 6.5.12, and 23000-22 (MIAF), 7.3.6.7. Decision 0024.
"""

import struct
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from posts.imaging.boxes import BoxesError, Item, Layout, layout_of
from posts.imaging.edits import Box
from posts.imaging.geometry import (
    AS_IT_IS,
    COUNTERCLOCKWISE,
    FLIPPED,
    MIRRORED,
    Turn,
    box_before,
    combined,
    orientation_of,
)
from posts.imaging.structure import RefusedFileError

_NAMES = (b"clap", b"irot", b"imir")
# A transformation (23008-12:2022, 6.5.13) that no decoder of ours does.
_UNKNOWN = (b"iscl",)
_BY_LIBAVIF = (b"av01", b"grid", b"sato")
# A track's unity matrix (14496-12, 8.3.2): 16.16 fixed point, in the last column 2.30.
_STRAIGHT = struct.pack(">9i", 1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)
SIDEWAYS = (5, 6, 7, 8)
Pixels = tuple[int, int, int, int]


@dataclass(frozen=True)
class Placement:
    """What of the decoded pixels (left, top, right, bottom) is shown, and its EXIF orientation."""

    box: Pixels
    orientation: int = 1
    # The file holds pixels that are not shown.
    hides: bool = False

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels, as decoded."""
        left, top, right, bottom = self.box
        return right - left, bottom - top

    @property
    def upright_size(self) -> tuple[int, int]:
        """Width and height in pixels, upright."""
        width, height = self.size
        return (height, width) if self.orientation in SIDEWAYS else (width, height)


def decoder_of(path: Path) -> tuple[str, ...] | None:
    """The one format as which a file of pictures in AV1 is opened, whatever its brand says.

    None for every other file. Raises RefusedFileError for what no decoder of ours does, or only
    the one for another format.
    """
    with path.open("rb") as file:
        if file.read(12)[4:8] != b"ftyp":
            return None
    try:
        layout = layout_of(path)
    except BoxesError:
        # Its decoder will say what is wrong with it.
        return None
    if any(name in _UNKNOWN for item in layout.every for name, _body in item.properties):
        raise RefusedFileError("odd_layout")
    if b"av01" not in {item.kind for item in (layout.primary, *layout.parts)}:
        return None
    if layout.primary.kind not in _BY_LIBAVIF:
        raise RefusedFileError("odd_layout")
    return ("AVIF",)


def declared(path: Path, width: int, height: int, applied: bool) -> Placement:
    """How the picture of a HEIF or AVIF file is to be shown.

    Width and height are those that the decoder told; `applied` says that it does all that is
    declared by itself, and told the size after it. Raises RefusedFileError where what is
    declared can't be done.
    """
    try:
        layout = layout_of(path)
        return _placed(layout, width, height, applied)
    except (BoxesError, struct.error, ZeroDivisionError) as error:
        raise RefusedFileError("odd_layout") from error


def _placed(layout: Layout, width: int, height: int, applied: bool) -> Placement:
    steps = _steps(layout.primary)
    _refuse_others(layout, steps, applied)
    if applied:
        size: tuple[int, ...] = struct.unpack_from(">II", layout.primary.first(b"ispe"), 4)
    else:
        size = (width, height)
    box, turn = (0, 0, size[0], size[1]), AS_IT_IS
    for name, body in steps:
        if name == b"clap":
            box = _cropped(box, turn, body)
        elif name == b"irot":
            for _quarter in range(body[0] & 3):
                turn = combined(turn, COUNTERCLOCKWISE)
        else:
            turn = combined(turn, MIRRORED if body[0] & 1 else FLIPPED)
    left, top, right, bottom = box
    hides = (right - left, bottom - top) != size
    if not applied:
        return Placement(box, orientation_of(turn), hides)
    upright = (right - left, bottom - top) if turn[0] else (bottom - top, right - left)
    # Then the decoder doesn't do what is declared, and might show what was cropped away.
    if upright != (width, height):
        raise BoxesError
    hides = hides or any(part.first(b"clap") for part in layout.parts)
    return Placement((0, 0, width, height), 1, hides)


def _cropped(box: Pixels, turn: Turn, clap: bytes) -> Pixels:
    """The part of a box, as stored, that a clean aperture leaves of it after a turn."""
    left, top, right, bottom = box
    across, down = right - left, bottom - top
    clean = _clean(clap, *((across, down) if turn[0] else (down, across)))
    x, y, far_x, far_y = box_before(clean, turn)
    return (
        left + round(x * across),
        top + round(y * down),
        left + round(far_x * across),
        top + round(far_y * down),
    )


def _clean(clap: bytes, width: int, height: int) -> Box:
    """Left, top, right and bottom, as fractions, of a clean aperture (14496-12, 12.1.4).

    Raises BoxesError where it is not of whole pixels inside the picture, as MIAF asks for.
    """
    numbers = struct.unpack_from(">IIIIiIiI", clap)
    across, down, x, y = (Fraction(*numbers[at : at + 2]) for at in (0, 2, 4, 6))
    left, top = x + (width - across) / 2, y + (height - down) / 2
    whole = all(value.denominator == 1 for value in (across, down, left, top))
    inside = left >= 0 and top >= 0 and left + across <= width and top + down <= height
    if not whole or not inside or across < 1 or down < 1:
        raise BoxesError
    return (
        float(left / width),
        float(top / height),
        float((left + across) / width),
        float((top + down) / height),
    )


def _steps(item: Item) -> list[tuple[bytes, bytes]]:
    return [each for each in item.properties if each[0] in _NAMES]


def _refuse_others(layout: Layout, steps: list[tuple[bytes, bytes]], applied: bool) -> None:
    """Raises BoxesError for what no decoder of ours does as it is declared."""
    if any(matrix != _STRAIGHT for matrix in layout.matrices):
        raise BoxesError
    if not applied and any(_steps(part) for part in layout.parts):
        raise BoxesError
    # libavif turns the transparency with the picture, libheif by its own properties.
    agreed = [steps] if applied else [steps, []]
    if any(_steps(alpha) not in agreed for alpha in layout.alphas):
        raise BoxesError
