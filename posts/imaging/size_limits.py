"""How large a picture may be: by what decoding its format costs, so that all of it stays bounded.

Measured: no picture that passes here takes more than 768 million bytes or 10 s of CPU.
"""

from pathlib import Path
from typing import Any

from PIL import Image

from posts import limits
from posts.imaging.structure import RefusedFileError, count_jpeg_scans

# libwebp's animation decoder holds each pixel four times: 16 bytes.
MAX_WEBP_PIXELS = 45_000_000
# With transparency, full colour resolution or more than 8 bits, libavif takes up to 17 bytes each.
MAX_DEEP_AVIF_PIXELS = 42_000_000
# A JPEG of several scans is kept whole, as two bytes for each coefficient, until the last of them.
MAX_COEFFICIENT_BYTES = 480_000_000
# Beyond this, its pixels beside its coefficients would pass the bound.
_MOST_BYTES = 700_000_000
# The least oblong shape of the sensors that write more pixels than MAX_PIXELS, with some play.
_SENSOR_SHAPE = 1.32


def refuse_by_shape(width: int, height: int) -> None:
    """Raises RefusedFileError for what is too narrow, or nothing, after a crop."""
    shorter, longer = sorted((width, height))
    if shorter < 1:
        raise RefusedFileError("damaged")
    if longer > limits.MAX_ASPECT * shorter:
        raise RefusedFileError("too_narrow")


def refuse_by_size(image: Image.Image, path: Path) -> None:
    """Raises RefusedFileError when an opened picture is too large, or too narrow, to be taken."""
    width, height = image.size
    if max(width, height) > limits.MAX_SIDE:
        raise RefusedFileError("too_long_side")
    if width * height > limits.MAX_PIXELS:
        _refuse_beyond(image, path)
    refuse_by_shape(width, height)
    if width * height > _most_of_format(image, path):
        raise RefusedFileError("too_heavy")


def draft(image: Image.Image, width: int, height: int) -> None:
    """Let a JPEG be decoded no smaller than this, but at half its size where the whole is too much.

    Other formats can only be decoded whole.
    """
    pixels = image.width * image.height
    coefficients = image.info.get("progressive", 0) and _coefficient_bytes(image)
    if pixels > limits.MAX_PIXELS or 4 * pixels + coefficients > _MOST_BYTES:
        width, height = min(width, image.width // 2), min(height, image.height // 2)
    if width < image.width and height < image.height:
        image.draft(None, (max(1, width), max(1, height)))


def _refuse_beyond(image: Image.Image, path: Path) -> None:
    """More than any format may have: only what the sensors of phones write as JPEG."""
    shorter, longer = sorted(image.size)
    oblong = longer >= _SENSOR_SHAPE * shorter
    if image.format not in ("JPEG", "MPO") or not oblong:
        raise RefusedFileError("too_many_pixels")
    if longer * shorter > limits.MAX_JPEG_PIXELS:
        raise RefusedFileError("too_many_pixels")
    if count_jpeg_scans(path, 1) > 1 and _coefficient_bytes(image) > MAX_COEFFICIENT_BYTES:
        raise RefusedFileError("large_progressive")


def _coefficient_bytes(image: Any) -> int:
    """What the decoder keeps of a JPEG that comes in several scans."""
    samplings = [across * down for _part, across, down, _table in image.layer]
    whole = max(each[1] for each in image.layer) * max(each[2] for each in image.layer)
    return int(2 * image.width * image.height * sum(samplings) / max(1, whole))


def _most_of_format(image: Image.Image, path: Path) -> int:
    if image.format == "WEBP":
        return MAX_WEBP_PIXELS
    if image.format == "AVIF" and (image.mode == "RGBA" or _is_deep(path)):
        return MAX_DEEP_AVIF_PIXELS
    # No tighter limit: refuse_by_size has already compared with MAX_PIXELS.
    return limits.MAX_JPEG_PIXELS


def _is_deep(path: Path) -> bool:
    """Whether an AVIF has more than 8 bits, or its colours in full resolution (AV1-ISOBMFF 2.3)."""
    with path.open("rb") as file:
        index = file.read(100_000)
    at = index.find(b"av1C")
    flags = index[at + 6] if 0 <= at < len(index) - 6 else 0
    return bool(flags & 0x60) or not flags & 0x1C
