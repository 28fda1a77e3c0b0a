"""How far apart two colours look, by arithmetic that shares nothing with the product's."""

import math
from collections.abc import Sequence

from tests import icc


def encoded(light: float) -> float:
    """The sRGB value, 0 to 255, of light from 0 to 1."""
    return 255 * (12.92 * light if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055)


def lab_of(colour: Sequence[float]) -> tuple[float, float, float]:
    """CIE Lab of an sRGB colour, 0 to 255."""
    light = tuple((icc.srgb_linear(value / 255),) for value in colour)
    matrix = icc.xyz_of(icc.SRGB_PRIMARIES)
    white = icc.times(matrix, ((1.0,), (1.0,), (1.0,)))
    ratios = [a[0] / b[0] for a, b in zip(icc.times(matrix, light), white, strict=True)]
    x, y, z = (r ** (1 / 3) if r > 216 / 24_389 else (24_389 / 27 * r + 16) / 116 for r in ratios)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def delta_e(first: Sequence[float], second: Sequence[float]) -> float:
    """CIEDE2000 of two Lab colours (Sharma, Wu and Dalal 2005)."""
    (l1, a1, b1), (l2, a2, b2) = first, second
    mean = ((math.hypot(a1, b1) + math.hypot(a2, b2)) / 2) ** 7
    g = 1.5 - 0.5 * math.sqrt(mean / (mean + 25**7))
    c1, c2 = math.hypot(a1 * g, b1), math.hypot(a2 * g, b2)
    h1, h2 = (math.degrees(math.atan2(b, a * g)) % 360 for a, b in ((a1, b1), (a2, b2)))
    turn = (h2 - h1 + 180) % 360 - 180 if c1 * c2 else 0.0
    hue = (h1 + turn / 2) % 360 if c1 * c2 else h1 + h2
    dl, dc = l2 - l1, c2 - c1
    dh = 2 * math.sqrt(c1 * c2) * math.sin(math.radians(turn / 2))
    lightness, chroma = (l1 + l2) / 2, (c1 + c2) / 2
    cosines = ((-0.17, 1, -30), (0.24, 2, 0), (0.32, 3, 6), (-0.20, 4, -63))
    t = 1 + sum(k * math.cos(math.radians(times * hue + shift)) for k, times, shift in cosines)
    sl = 1 + 0.015 * (lightness - 50) ** 2 / math.sqrt(20 + (lightness - 50) ** 2)
    sc, sh = 1 + 0.045 * chroma, 1 + 0.015 * chroma * t
    rc = 2 * math.sqrt(chroma**7 / (chroma**7 + 25**7))
    rt = -rc * math.sin(math.radians(60 * math.exp(-(((hue - 275) / 25) ** 2))))
    squares = (dl / sl) ** 2 + (dc / sc) ** 2 + (dh / sh) ** 2
    return math.sqrt(max(0.0, squares + rt * (dc / sc) * (dh / sh)))
