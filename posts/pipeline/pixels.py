"""Pictures in, renditions out: decoding, shrinking, colours, encoding. No Django here.

Runs in the limited child only: what it is given may be hostile.
"""

import base64
import io
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pi_heif
import thumbhash
from PIL import (  # the plugins are imported by name so that no other decoder is ever loaded
    AvifImagePlugin,  # noqa: F401
    GifImagePlugin,  # noqa: F401
    Image,
    ImageCms,
    ImageOps,
    JpegImagePlugin,  # noqa: F401
    MpoImagePlugin,  # noqa: F401
    PngImagePlugin,  # noqa: F401
    UnidentifiedImageError,
    WebPImagePlugin,  # noqa: F401
)

from posts import limits
from posts.pipeline.specs import Target, targets
from posts.pipeline.structure import RefusedFileError, count_jpeg_scans, refuse_by_beginning

pi_heif.register_heif_opener(thumbnails=False)

# An MPO is opened by the JPEG plugin, and its first picture is the one people mean.
ACCEPTED = ("JPEG", "PNG", "WEBP", "GIF", "HEIF", "AVIF")
ORIENTATION = 0x0112
SIDEWAYS = (5, 6, 7, 8)
# A scaled decode this long is taken as it is: one more resize would cost more than it gives.
LONG_ENOUGH = 1920
WEBP_METHOD = 2
# Pillow's own limits would raise first, with a vaguer reason.
Image.MAX_IMAGE_PIXELS = None

_SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))


@dataclass(frozen=True)
class Inspection:
    """What the header says: the format, and the size in pixels, upright."""

    format: str
    width: int
    height: int


@dataclass(frozen=True)
class Made:
    """A rendition written to a file."""

    spec: str
    path: str
    width: int
    height: int
    bytes: int
    format: str


def inspect(path: Path) -> Inspection:
    """Read a file's header, check it against the limits, and decode it cheaply where possible.

    Raises RefusedFileError with the code of the reason.
    """
    refuse_by_beginning(path)
    with _opened(path) as image:
        width, height = _upright_size(image)
        kind = "JPEG" if image.format == "MPO" else str(image.format)
        if kind == "JPEG":
            if count_jpeg_scans(path, limits.MAX_JPEG_SCANS) > limits.MAX_JPEG_SCANS:
                raise RefusedFileError("too_many_scans")
            image.draft(None, (image.width // 8, image.height // 8))
            image.load()
        return Inspection(kind, width, height)


def render(
    path: Path, folder: Path, wanted: list[str], made: Callable[[Made], None]
) -> tuple[int, int, str]:
    """Make the wanted renditions, calling `made` for each as soon as its file is written.

    Returns the true width and height in pixels, upright, and the thumbhash in base 64.
    """
    with _opened(path) as image:
        width, height = _upright_size(image)
        all_targets = targets(width, height)
        largest = max(all_targets, key=lambda target: target.width * target.height)
        base = _decoded(image, largest, (width, height))
    shrunk = _chain(base, all_targets)
    for target in all_targets:
        if target.spec.name in wanted:
            made(_encoded(shrunk[target.width, target.height], target, folder))
    smallest = shrunk[min(shrunk)]
    return width, height, _thumbhash(smallest)


def _opened(path: Path) -> Image.Image:
    try:
        return Image.open(path, formats=ACCEPTED)
    except UnidentifiedImageError as error:
        raise RefusedFileError("not_a_picture") from error


def _upright_size(image: Image.Image) -> tuple[int, int]:
    """Width and height in pixels, upright; raises RefusedFileError when they pass the limits."""
    # Before anything else: looking for the orientation of a PNG decodes all of it.
    _refuse_by_size(image.width, image.height)
    if image.getexif().get(ORIENTATION) in SIDEWAYS:
        return image.height, image.width
    return image.width, image.height


def _refuse_by_size(width: int, height: int) -> None:
    shorter, longer = sorted((width, height))
    if shorter < 1:
        raise RefusedFileError("damaged")
    if longer > limits.MAX_SIDE:
        raise RefusedFileError("too_long_side")
    if width * height > limits.MAX_PIXELS:
        raise RefusedFileError("too_many_pixels")
    if longer > limits.MAX_ASPECT * shorter:
        raise RefusedFileError("too_narrow")


def _decoded(image: Image.Image, largest: Target, upright: tuple[int, int]) -> Image.Image:
    """The picture in sRGB, upright, no larger than the largest rendition."""
    orientation = image.getexif().get(ORIENTATION, 1)
    longer = max(largest.width, largest.height)
    enough = LONG_ENOUGH if longer == largest.spec.edge else longer
    scale = enough / max(upright)
    if scale < 1:
        # ceil, lest draft() take the next smaller scale for a fraction of a pixel.
        image.draft(None, (math.ceil(image.width * scale), math.ceil(image.height * scale)))
    size = (largest.width, largest.height)
    if orientation in SIDEWAYS:
        size = size[::-1]
    profile = image.info.get("icc_profile")
    # The file itself keeps its frames and buffers; a copy of the first frame lets them go.
    frame = _plain_mode(image)
    if frame.width > size[0]:
        frame = frame.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)
    frame = _to_srgb(frame, profile)
    return _turned(frame, orientation)


def _plain_mode(image: Image.Image) -> Image.Image:
    """A mode that can be resized and converted: L, RGB, RGBA, CMYK."""
    image.load()
    if image.mode.startswith("I"):
        return image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if image.mode in ("1", "F"):
        return image.convert("L")
    if image.has_transparency_data:
        return image if image.mode == "RGBA" else image.convert("RGBA")
    if image.mode in ("L", "RGB", "CMYK"):
        return image
    return image.convert("RGB")


def _to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    mode = "RGBA" if image.mode == "RGBA" else "RGB"
    if not profile:
        return image if image.mode == mode else image.convert(mode)
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        name = ImageCms.getProfileDescription(source).lower()
        if "srgb" in name and image.mode == mode:
            return image
        converted = ImageCms.profileToProfile(
            image,
            source,
            _SRGB,
            ImageCms.Intent.RELATIVE_COLORIMETRIC,
            outputMode=mode,
            flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
    except (ImageCms.PyCMSError, OSError, ValueError):
        # A profile that says nothing usable: the picture is shown as browsers would show it.
        return image if image.mode == mode else image.convert(mode)
    return converted or image


def _turned(image: Image.Image, orientation: int) -> Image.Image:
    image.info.clear()
    if orientation not in range(2, 9):
        return image
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    image.info["exif"] = exif.tobytes()
    turned = ImageOps.exif_transpose(image)
    turned.info.clear()
    return turned


def _chain(base: Image.Image, wanted: list[Target]) -> dict[tuple[int, int], Image.Image]:
    """Every size, each made from the next larger one."""
    made: dict[tuple[int, int], Image.Image] = {}
    current = base
    for target in sorted(wanted, key=lambda target: -target.width):
        size = (target.width, target.height)
        if size not in made:
            if current.width > target.width and current.size != size:
                current = current.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)
            made[size] = current
    return made


def _encoded(image: Image.Image, target: Target, folder: Path) -> Made:
    path = folder / f"{target.spec.name}.{target.spec.format}"
    if target.spec.format == "webp":
        image.save(path, "WEBP", quality=target.spec.quality, method=WEBP_METHOD)
    else:
        _on_white(image).save(
            path, "JPEG", quality=target.spec.quality, optimize=True, progressive=True
        )
    return Made(
        target.spec.name,
        str(path),
        image.width,
        image.height,
        path.stat().st_size,
        target.spec.format,
    )


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode != "RGBA":
        return image
    ground = Image.new("RGB", image.size, "white")
    ground.paste(image, mask=image)
    return ground


def _thumbhash(image: Image.Image) -> str:
    # On white, since thumbhash 0.1.2 fails on transparency (it takes its alpha for a tuple).
    small = _on_white(image).convert("RGBA")
    small.thumbnail((32, 32), Image.Resampling.LANCZOS)
    values = list(small.tobytes())
    return base64.b64encode(
        bytes(thumbhash.rgba_to_thumb_hash(small.width, small.height, values))
    ).decode()
