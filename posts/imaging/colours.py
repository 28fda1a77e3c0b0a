"""Edits of colour as two maps that Pillow and the editor's script apply alike, pixel for pixel.

First v' = M·v + t on red, green and blue (sRGB values, 0 to 255), clamped and rounded half up;
then one table of 256 entries for every channel. Pillow multiplies in single precision and cuts
off after adding one half. So that no machine can round otherwise, every number of M and t is a
multiple of 1/4096: then each product and each sum is exact in 24 bits. The script computes the
same maps with the same operations in the same order, in double precision as Python does.
"""

import math
from collections.abc import Sequence
from itertools import pairwise

from PIL import Image

from posts.imaging.edits import Edits
from posts.imaging.presets import PRESETS, STRAIGHT

Matrix = list[list[float]]
Maps = tuple[tuple[float, ...], list[int]]

# Luminance of sRGB primaries (ITU-R BT.709).
LUMINANCE = (0.2126, 0.7152, 0.0722)
GRAIN = 4096
IDENTITY: Matrix = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]


def colour_maps(edits: Edits) -> Maps:
    """Twelve numbers as Pillow's convert takes them (three rows of M and t), and the table."""
    warmth, saturation = edits.warmth / 100, 1 + edits.saturation / 100
    warm = [
        [1 + 0.18 * warmth, 0.0, 0.0],
        [0.0, 1 + 0.02 * warmth, 0.0],
        [0.0, 0.0, 1 - 0.18 * warmth],
    ]
    lively = [
        [
            (1 - saturation) * LUMINANCE[column] + saturation * IDENTITY[row][column]
            for column in range(3)
        ]
        for row in range(3)
    ]
    matrix, offset = _times(lively, warm), [0.0, 0.0, 0.0]
    points: Sequence[Sequence[float]] = STRAIGHT
    share = edits.intensity / 100
    if edits.filter:
        preset = PRESETS[edits.filter]
        mixed = [
            [one + (its - one) * share for one, its in zip(ones, theirs, strict=True)]
            for ones, theirs in zip(IDENTITY, preset.matrix, strict=True)
        ]
        matrix, offset = _times(mixed, matrix), [one * share for one in preset.offset]
        points = preset.points
    rows = [[*row, added] for row, added in zip(matrix, offset, strict=True)]
    numbers = tuple(math.floor(one * GRAIN + 0.5) / GRAIN for row in rows for one in row)
    return numbers, [_toned(value, edits, points, share) for value in range(256)]


def coloured(image: Image.Image, edits: Edits) -> Image.Image:
    """The picture (RGB or RGBA) in its edited colours, as transparent as it was."""
    if edits.keeps_colours:
        return image
    numbers, table = colour_maps(edits)
    drawn = image.convert("RGB").convert("RGB", numbers).point(table * 3)
    if image.mode == "RGBA":
        drawn.putalpha(image.getchannel("A"))
    return drawn


def _times(one: Matrix, other: Matrix) -> Matrix:
    """The matrix that does `other` first and `one` after it."""
    return [
        [row[0] * other[0][at] + row[1] * other[1][at] + row[2] * other[2][at] for at in range(3)]
        for row in one
    ]


def _toned(value: int, edits: Edits, points: Sequence[Sequence[float]], share: float) -> int:
    contrast = edits.contrast / 100
    slope = 1 + contrast if contrast < 0 else 1 + 1.5 * contrast
    tone = (value - 127.5) * slope + 127.5 + edits.brightness * 0.8
    if edits.filter:
        tone = tone + (_bent(tone, points) - tone) * share
    return min(255, max(0, math.floor(tone + 0.5)))


def _bent(value: float, points: Sequence[Sequence[float]]) -> float:
    """The line through the points at this value; level before the first and after the last."""
    if value <= points[0][0]:
        return points[0][1]
    for (x, y), (next_x, next_y) in pairwise(points):
        if value <= next_x:
            return y + (next_y - y) * (value - x) / (next_x - x)
    return points[-1][1]
