"""PDQ: 256 bits that stay nearly the same when a picture is scaled, compressed or lightly changed.

As published by Facebook in 2019 ("The TMK+PDQF Video-Hashing Algorithm and the PDQ Image-Hashing
Algorithm"): luminance, two box filters, 64 by 64 samples, the 16 by 16 lowest waves without the
constant ones, each above or below their median. Written out, since the package has to be compiled.
"""

import math
from collections.abc import Sequence
from itertools import pairwise
from operator import mul

from PIL import Image

# The published size of the picture that is hashed, and of the part of its spectrum that is kept.
SIDE = 64
WAVES = 16
# Too small to have any structure; the published code gives up at the same size.
LEAST_SIDE = 5
# Of 100: what is flatter (blank 0, a plain gradient 44) has a hash of mere rounding, near that of
# all other flat ones. The threshold is the published one; the demo photos have 81 to 100.
LEAST_QUALITY = 50

_COSINES = [
    [math.cos(math.pi / (2 * SIDE) * (wave + 1) * (2 * at + 1)) for at in range(SIDE)]
    for wave in range(WAVES)
]


def pdq(image: Image.Image) -> str:
    """The hash as 64 hexadecimal digits; '' for a picture too small or too flat to have one.

    Any size will do; 640 pixels across are plenty.
    """
    if min(image.size) < LEAST_SIDE:
        return ""
    # Two box filters, each half a sample wide, are one tent: that of a bilinear resize to twice
    # the samples, of which the middle one of each cell is taken.
    grey = image.convert("L").convert("F")
    tents = grey.resize((2 * SIDE, 2 * SIDE), Image.Resampling.BILINEAR)
    samples = memoryview(tents.resize((SIDE, SIDE), Image.Resampling.NEAREST).tobytes()).cast("f")
    if _quality(samples.tolist()) < LEAST_QUALITY:
        return ""
    columns = [samples[at::SIDE].tolist() for at in range(SIDE)]
    across = [[sum(map(mul, wave, column)) for column in columns] for wave in _COSINES]
    waves = [sum(map(mul, row, wave)) for row in across for wave in _COSINES]
    # The lower of the two in the middle, as in the published code.
    median = sorted(waves)[len(waves) // 2 - 1]
    return f"{sum(1 << at for at, value in enumerate(waves) if value > median):064x}"


def _quality(samples: Sequence[float]) -> int:
    """How much the samples change from one to the next, in whole hundredths; 100 and more is full.

    The published measure for whether a hash tells anything.
    """
    down = zip(samples, samples[SIDE:], strict=False)
    across = (pair for at, pair in enumerate(pairwise(samples), 1) if at % SIDE)
    return sum(abs(int((one - next) * 100 / 255)) for one, next in (*down, *across)) // 90


def distance(one: str, other: str) -> int:
    """How many of the 256 bits differ: up to 31 means the same picture, unrelated ones near 128."""
    return (int(one, 16) ^ int(other, 16)).bit_count()
