"""Which way up a picture stands and which part of it shows: turns, mirrors, tilts and crops.

Points are measured from the middle of the picture, to the right and down. No Django here.
"""

import math
from dataclasses import dataclass

from PIL import Image

from posts.imaging.edits import Box, Edits

Turn = tuple[int, int, int, int]
Transpose = Image.Transpose

# Rows of the matrix on (x, y), with y downwards as in pictures.
AS_IT_IS: Turn = (1, 0, 0, 1)
CLOCKWISE: Turn = (0, -1, 1, 0)
COUNTERCLOCKWISE: Turn = (0, 1, -1, 0)
MIRRORED: Turn = (-1, 0, 0, 1)
FLIPPED: Turn = (1, 0, 0, -1)
# What brings a picture upright, by its orientation (EXIF 2.32, tag 0x0112).
UPRIGHT: dict[int, Turn] = {
    2: MIRRORED,
    3: (-1, 0, 0, -1),
    4: FLIPPED,
    5: (0, 1, 1, 0),
    6: CLOCKWISE,
    7: (0, -1, -1, 0),
    8: COUNTERCLOCKWISE,
}
# Pillow turns the other way round the clock.
_METHODS = {
    MIRRORED: Transpose.FLIP_LEFT_RIGHT,
    (-1, 0, 0, -1): Transpose.ROTATE_180,
    FLIPPED: Transpose.FLIP_TOP_BOTTOM,
    (0, 1, 1, 0): Transpose.TRANSPOSE,
    CLOCKWISE: Transpose.ROTATE_270,
    (0, -1, -1, 0): Transpose.TRANSVERSE,
    COUNTERCLOCKWISE: Transpose.ROTATE_90,
}
# Beyond the part itself, so that its last pixels have neighbours to mix with, at any scale.
_MARGIN_PIXELS = 3
_MARGIN_SHARE = 1 / 400


def turn_of(orientation: int, edits: Edits) -> Turn:
    """Upright first, then as the edits turn and mirror it."""
    turn = UPRIGHT.get(orientation, AS_IT_IS)
    for _ in range(edits.rotate // 90):
        turn = combined(turn, CLOCKWISE)
    return combined(turn, MIRRORED) if edits.flip else turn


def combined(first: Turn, then: Turn) -> Turn:
    """The turn that does the first and then the other."""
    a, b, c, d = first
    e, f, g, h = then
    return (e * a + f * c, e * b + f * d, g * a + h * c, g * b + h * d)


def orientation_of(turn: Turn) -> int:
    """The EXIF orientation, 1 to 8, of a picture that a turn brings upright."""
    return next((number for number, each in UPRIGHT.items() if each == turn), 1)


def turned(image: Image.Image, turn: Turn) -> Image.Image:
    """The picture as it stands after a turn."""
    return image if turn == AS_IT_IS else image.transpose(_METHODS[turn])


def box_before(box: Box, turn: Turn) -> Box:
    """Left, top, right, bottom (fractions) of a part, as they were before a turn."""
    a, b, c, d = turn
    points = [(box[0] - 0.5, box[1] - 0.5), (box[2] - 0.5, box[3] - 0.5)]
    # A turn undone is its rows and columns exchanged.
    across = [a * x + c * y + 0.5 for x, y in points]
    down = [b * x + d * y + 0.5 for x, y in points]
    return min(across), min(down), max(across), max(down)


@dataclass(frozen=True)
class View:
    """What the edits show of a picture that is, as decoded and turned, `width` by `height` pixels.

    `scale` is by how much straightening enlarges, so that no corner stays empty.
    """

    width: int
    height: int
    angle: float
    scale: float
    part: Box

    @property
    def needed(self) -> Box:
        """Left, top, right, bottom (fractions of the turned picture) of what is looked at."""
        if not self.angle:
            return self.part
        left, top, right, bottom = self.part
        corners = [self._source(x, y) for x in (left, right) for y in (top, bottom)]
        across, down = [x for x, _y in corners], [y for _x, y in corners]
        by_x = _MARGIN_PIXELS / self.width + _MARGIN_SHARE * (max(across) - min(across))
        by_y = _MARGIN_PIXELS / self.height + _MARGIN_SHARE * (max(down) - min(down))
        # Whole pixels, so that the piece is exactly what is said here and nothing moves.
        return (
            max(0, math.floor((min(across) - by_x) * self.width)) / self.width,
            max(0, math.floor((min(down) - by_y) * self.height)) / self.height,
            min(self.width, math.ceil((max(across) + by_x) * self.width)) / self.width,
            min(self.height, math.ceil((max(down) + by_y) * self.height)) / self.height,
        )

    def piece_size(self, base: tuple[int, int]) -> tuple[int, int]:
        """Pixels of the needed piece when the part is to become `base` large."""
        if not self.angle:
            return base
        part = (self.part[2] - self.part[0]) * self.width
        density = min(1.0, base[0] / part * self.scale)
        left, top, right, bottom = self.needed
        across, down = (right - left) * self.width, (bottom - top) * self.height
        return max(1, round(across * density)), max(1, round(down * density))

    def _source(self, x: float, y: float) -> tuple[float, float]:
        """Where a point of the straightened picture lay before, both in fractions."""
        x, y = (x - 0.5) * self.width, (y - 0.5) * self.height
        sine, cosine = math.sin(self.angle), math.cos(self.angle)
        before = (cosine * x + sine * y) / self.scale, (cosine * y - sine * x) / self.scale
        return before[0] / self.width + 0.5, before[1] / self.height + 0.5

    def straightened(self, piece: Image.Image, size: tuple[int, int]) -> Image.Image:
        """The part, this large, from the piece of the picture that is `needed`."""
        if not self.angle:
            return piece
        left, top, right, bottom = self.part
        box = self.needed

        def place(x: float, y: float) -> tuple[float, float]:
            """Pixels of the piece for fractions of the part."""
            x, y = self._source(left + (right - left) * x, top + (bottom - top) * y)
            return (
                (x - box[0]) / (box[2] - box[0]) * piece.width,
                (y - box[1]) / (box[3] - box[1]) * piece.height,
            )

        start, end_across, end_down = place(0, 0), place(1, 0), place(0, 1)
        rows = [
            (
                (end_across[at] - start[at]) / size[0],
                (end_down[at] - start[at]) / size[1],
                start[at],
            )
            for at in (0, 1)
        ]
        data = (*rows[0], *rows[1])
        return piece.transform(size, Image.Transform.AFFINE, data, Image.Resampling.BICUBIC)


def enlargement(edits: Edits, width: int, height: int) -> float:
    """By how much straightening enlarges an upright picture of this shape."""
    angle = math.radians(abs(edits.straighten))
    return math.cos(angle) + math.sin(angle) * max(width / height, height / width)


def view_of(edits: Edits, width: int, height: int) -> View:
    """What is shown of an upright picture that was decoded to this size in pixels."""
    x, y, across, down = edits.crop
    return View(
        *edits.frame(width, height),
        math.radians(edits.straighten),
        enlargement(edits, width, height),
        (x, y, x + across, y + down),
    )
