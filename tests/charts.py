"""One chart in many colour spaces, encoded by the formulas of their standards.

Nothing here is shared with the product: these are the inverse functions, from light to signal.
"""

import math
import struct
import zlib
from collections.abc import Callable, Sequence

from PIL import Image

from tests import icc
from tests.icc import Primaries

Colour = tuple[int, ...]
CHART: list[Colour] = [
    (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0),
    (128, 128, 128), (204, 102, 77), (255, 255, 255), (60, 60, 60),
]  # fmt: skip
SIDE = 64
WHITE_NITS = 203
BT2020: Primaries = ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046), icc.D65)
PRIMARIES: dict[int, Primaries] = {1: icc.SRGB_PRIMARIES, 9: BT2020, 12: icc.P3_PRIMARIES}


def _pq(light: float) -> float:
    power = (WHITE_NITS * light / 10_000) ** 0.1593017578125
    return float(((0.8359375 + 18.8515625 * power) / (1 + 18.6875 * power)) ** 78.84375)


def _hlg(light: float) -> float:
    """Of the light of the scene, where 1/12 is half the signal."""
    if light <= 1 / 12:
        return math.sqrt(3 * light)
    return 0.17883277 * math.log(12 * light - 0.28466892) + 0.55991073


def _bt709(light: float) -> float:
    return 4.5 * light if light < 0.018 else 1.099 * light**0.45 - 0.099


def _srgb(light: float) -> float:
    return 12.92 * light if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055


SIGNALS: dict[int, Callable[[float], float]] = {
    1: _bt709, 4: lambda light: light ** (1 / 2.2), 5: lambda light: light ** (1 / 2.8),
    8: lambda light: light, 13: _srgb, 14: _bt709, 16: _pq, 18: _hlg,
}  # fmt: skip


def signals(
    colour: Sequence[float], primaries: Primaries, curve: Callable[[float], float]
) -> tuple[float, ...]:
    """An sRGB colour, 0 to 255, in another space, 0 to 1."""
    return encoded_light([icc.srgb_linear(value / 255) for value in colour], primaries, curve)


def encoded_light(
    light: Sequence[float], primaries: Primaries, curve: Callable[[float], float]
) -> tuple[float, ...]:
    """Linear sRGB light, 1 for white, in another space, 0 to 1."""
    matrix = icc.times(icc.inverse(icc.xyz_of(primaries)), icc.xyz_of(icc.SRGB_PRIMARIES))
    there = [max(0.0, row[0]) for row in icc.times(matrix, tuple((each,) for each in light))]
    if curve is _hlg:
        # A screen of 1,000 nits: the inverse of its system gamma (BT.2100, table 5).
        weights = icc.xyz_of(primaries)[1]
        shown = [value * WHITE_NITS / 1_000 for value in there]
        luminance = sum(a * b for a, b in zip(weights, shown, strict=True))
        there = [value * luminance ** (1 / 1.2 - 1) if luminance else 0.0 for value in shown]
    return tuple(min(1.0, max(0.0, curve(value))) for value in there)


def chart(primaries: int, transfer: int, depth: int = 8) -> list[list[tuple[int, ...]]]:
    """Rows of the chart in the space of these code points, values of so many bits."""
    most = (1 << depth) - 1
    patches = [
        tuple(round(most * each) for each in signals(one, PRIMARIES[primaries], SIGNALS[transfer]))
        for one in CHART
    ]
    return rows_of(patches)


def rows_of(patches: Sequence[tuple[int, ...]]) -> list[list[tuple[int, ...]]]:
    """Rows of pixels: patches side by side, four in a row."""
    rows = []
    for at in range(0, len(patches), 4):
        rows += [[patch for patch in patches[at : at + 4] for _ in range(SIDE)]] * SIDE
    return rows


def image_of(rows: list[list[tuple[int, ...]]]) -> Image.Image:
    """Rows of 8-bit RGB pixels as a picture."""
    data = b"".join(bytes(pixel) for row in rows for pixel in row)
    return Image.frombytes("RGB", (len(rows[0]), len(rows)), data)


def chunk(name: bytes, body: bytes) -> bytes:
    """A chunk of a PNG."""
    check = struct.pack(">I", zlib.crc32(name + body))
    return struct.pack(">I", len(body)) + name + body + check


def png(rows: list[list[tuple[int, ...]]], depth: int, *chunks: bytes, kind: int = 2) -> bytes:
    """A PNG of these rows; kind is its colour type, chunks come before the pixels."""
    form = "B" if depth == 8 else "H"
    body = zlib.compress(
        b"".join(
            b"\0" + struct.pack(f">{len(row) * len(row[0])}{form}", *(v for p in row for v in p))
            for row in rows
        )
    )
    header = struct.pack(">IIBBBBB", len(rows[0]), len(rows), depth, kind, 0, 0, 0)
    return b"".join(
        (b"\x89PNG\r\n\x1a\n", chunk(b"IHDR", header), *chunks, chunk(b"IDAT", body),
         chunk(b"IEND", b""))
    )  # fmt: skip


def cicp(primaries: int, transfer: int, matrix: int = 0, whole: int = 1) -> bytes:
    """The chunk of code points."""
    return chunk(b"cICP", bytes([primaries, transfer, matrix, whole]))


def gama(value: float) -> bytes:
    """The chunk of a gamma, as an exponent from light to signal."""
    return chunk(b"gAMA", struct.pack(">I", round(100_000 * value)))


def chrm(primaries: Primaries) -> bytes:
    """The chunk of primaries."""
    red, green, blue, white = primaries
    numbers = [round(100_000 * each) for point in (white, red, green, blue) for each in point]
    return chunk(b"cHRM", struct.pack(">8I", *numbers))
