"""Drawings, screenshots and pixel art: told from photographs, and encoded so that edges stay sharp.

Only formats that keep every pixel are looked at: whatever came as JPEG, HEIC, AVIF or lossy WebP
has been through a photograph's encoder already and goes through ours as photographs do.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from operator import eq
from pathlib import Path

from PIL import Image, ImageChops, ImageFile, ImageStat

# Of the picture so many squares across and down are looked at, each so many pixels wide.
_SQUARES, _SIDE = 5, 48
# Shares of neighbours that are the same: photographs have below 0.3, in a palette of few colours
# up to 0.65; drawings above 0.7.
_MOSTLY_FLAT = 0.7
# Dithered drawings have few equal neighbours, but few colours too; photographs have thousands.
_FEW_IN_SQUARES = 16
# A plan or a code of so few colours is written exactly, though it take twice the bytes.
_FEW, _MOST_TIMES = 16, 2
# Where a quick try without loss takes so many times the bytes, the careful one would be in vain: it
# saves a third. Method 0 is no such try, since it makes a thousand times as much of a gradient.
_HOPELESS = 2.5
# How far, of 255, the two channels of colour may be from themselves at half their resolution;
# photographs have 1 to 2.
_SMEARED = 3.0
# At this quality the edges of pure colours are within 2 of 255.
_SHARP_QUALITY = 90
_KEEPS_PIXELS = ("PNG", "GIF")


def is_drawing(image: Image.Image, format: str, path: Path) -> bool:
    """Whether a decoded picture of that format is mostly flat; cheap at any size."""
    if format not in _KEEPS_PIXELS and not (format == "WEBP" and _is_lossless_webp(path)):
        return False
    same = looked_at = 0
    colours: set[int] = set()
    for square in _squares(image):
        # Padded to whole numbers of 32 bits, a pixel each.
        pixels = memoryview(square.convert("RGBA").tobytes()).cast("I")
        same += sum(map(eq, pixels, pixels[1:]))
        looked_at += len(pixels) - 1
        colours.update(pixels)
    return len(colours) <= _FEW_IN_SQUARES or same >= _MOSTLY_FLAT * looked_at


def _squares(image: Image.Image) -> list[Image.Image]:
    width, height = image.size
    across, down = min(_SIDE, width), min(_SIDE, height)
    lefts = {(width - across) * at // (_SQUARES - 1) for at in range(_SQUARES)}
    tops = {(height - down) * at // (_SQUARES - 1) for at in range(_SQUARES)}
    return [
        image.crop((left, top, left + across, top + down))
        for left in sorted(lefts)
        for top in sorted(tops)
    ]


def _is_lossless_webp(path: Path) -> bool:
    """Whether its first picture is a lossless one (RFC 9649, 2.6 and 2.7)."""
    with path.open("rb") as file:
        head = file.read(200_000)
    lossy, lossless = head.find(b"VP8 ", 12), head.find(b"VP8L", 12)
    return lossless >= 0 and (lossy < 0 or lossless < lossy)


def has_sharp_colours(image: Image.Image) -> bool:
    """Whether edges between pure colours would be smeared by half a resolution for colour."""
    half = (max(1, image.width // 2), max(1, image.height // 2))
    apart = 0.0
    for channel in image.convert("RGB").convert("YCbCr").split()[1:]:
        smeared = channel.resize(half, Image.Resampling.BOX)
        smeared = smeared.resize(image.size, Image.Resampling.BILINEAR)
        apart += ImageStat.Stat(ImageChops.difference(channel, smeared)).mean[0]
    return apart > _SMEARED


def webp(image: Image.Image, quality: int, method: int) -> bytes:
    """A drawing as WebP: without loss where that is not larger, or little so for few colours."""
    options: dict[str, int | bool] = {"quality": quality, "method": method}
    if has_sharp_colours(image):
        options["use_sharp_yuv"] = True
    lossy = _saved(image, **options)
    exact = _saved(image, lossless=True, quality=0, method=1)
    if len(exact) > _HOPELESS * len(lossy):
        return lossy
    exact = _saved(image, lossless=True, quality=60, method=3)
    times = 1 if image.getcolors(_FEW) is None else _MOST_TIMES
    return exact if len(exact) <= times * len(lossy) else lossy


def jpeg_options(image: Image.Image, quality: int) -> dict[str, int | str]:
    """Quality and resolution of colours with which a drawing is written as JPEG."""
    if has_sharp_colours(image):
        return {"quality": max(quality, _SHARP_QUALITY), "subsampling": "4:4:4"}
    return {"quality": quality}


@contextmanager
def room_for(image: Image.Image) -> Iterator[None]:
    """For a progressive JPEG Pillow sets a byte a pixel aside, and fails where it takes more."""
    usual = ImageFile.MAXBLOCK
    ImageFile.MAXBLOCK = max(usual, 4 * image.width * image.height)
    try:
        yield
    finally:
        ImageFile.MAXBLOCK = usual


def _saved(image: Image.Image, **options: int | bool) -> bytes:
    file = io.BytesIO()
    image.save(file, "WEBP", **options)
    return file.getvalue()
