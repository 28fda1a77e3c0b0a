"""Pictures in, renditions out: decoding, shrinking, colours, encoding. No Django here.

Runs in the limited child only: what it is given may be hostile.
"""

import base64
import io
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pi_heif
import thumbhash
from PIL import (  # the plugins are imported by name so that no other decoder is ever loaded
    AvifImagePlugin,  # noqa: F401
    GifImagePlugin,  # noqa: F401
    Image,
    JpegImagePlugin,  # noqa: F401
    MpoImagePlugin,  # noqa: F401
    PngImagePlugin,  # noqa: F401
    UnidentifiedImageError,
    WebPImagePlugin,  # noqa: F401
)

from posts import limits
from posts.imaging import drawings, metadata
from posts.imaging.colour_tags import Colours, colours_of
from posts.imaging.colours import coloured
from posts.imaging.drawings import is_drawing
from posts.imaging.edits import WHOLE, Box, Edits
from posts.imaging.frames import shown_frame
from posts.imaging.geometry import Turn, box_before, enlargement, turn_of, turned, view_of
from posts.imaging.modes import in_srgb, on_white, plain_mode, widened
from posts.imaging.opening import TOO_HEAVY as TOO_HEAVY
from posts.imaging.opening import looked_at, orientation_of
from posts.imaging.perceptual import pdq
from posts.imaging.size_limits import draft, refuse_by_shape, refuse_by_size
from posts.imaging.specs import (
    PLAIN,
    PLAIN_SPEC,
    Spec,
    Target,
    base_size,
    crop_box,
    crop_scale,
    size_for,
    targets,
)
from posts.imaging.structure import RefusedFileError, count_jpeg_scans, refuse_by_beginning
from posts.imaging.tone_mapping import brightest
from posts.imaging.transformations import Placement, declared, decoder_of
from posts.imaging.truncation import refuse_grey_end

pi_heif.register_heif_opener(thumbnails=False)

# An MPO is opened by the JPEG plugin, and its first picture is the one people mean.
ACCEPTED = ("JPEG", "PNG", "WEBP", "GIF", "HEIF", "AVIF")
# A scaled decode this long is taken as it is: one more resize would cost more than it gives.
LONGEST, LONG_ENOUGH = 2048, 1920
UNEDITED = Edits()
# Method 4 takes 1.6 times as long for 2% fewer bytes.
WEBP_METHOD = 2
# Of an unedited picture the smallest rendition with so many pixels tells what it resembles.
ENOUGH_TO_RECOGNISE = 200_000
# Pillow's own limits would raise first, with a vaguer reason.
Image.MAX_IMAGE_PIXELS = None


@dataclass(frozen=True)
class Inspection:
    """What the header says: the format, the size in pixels, upright, and what else there is."""

    format: str
    width: int
    height: int
    metadata: dict[str, Any]


@dataclass(frozen=True)
class Rendered:
    """The picture's own size in pixels, upright and unedited, its thumbhash and its PDQ hash.

    The thumbhash (base 64) is of the picture as edited, the PDQ hash (hexadecimal) as it came.
    """

    width: int
    height: int
    thumbhash: str
    pdq: str


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
    return looked_at(path, partial(_opened, path), partial(_inspected, path=path))


def _inspected(image: Image.Image, bare: bool, *, path: Path) -> Inspection:
    place = _placement(image, path, bare)
    kind = "JPEG" if image.format == "MPO" else str(image.format)
    carried = metadata.read(image, path, ["outside"] if place.hides else [])
    if kind == "JPEG":
        if count_jpeg_scans(path, limits.MAX_JPEG_SCANS) > limits.MAX_JPEG_SCANS:
            raise RefusedFileError("too_many_scans")
        image.draft(None, (max(1, image.width // 8), max(1, image.height // 8)))
        image.load()
        refuse_grey_end(image, path)
    return Inspection(kind, *place.upright_size, carried)


def render(
    path: Path,
    folder: Path,
    wanted: list[str],
    made: Callable[[Made], None],
    edits: Edits = UNEDITED,
) -> Rendered:
    """Make the wanted renditions, calling `made` for each as soon as its file is written."""
    size, base, whole, drawing = _drawn(path, edits, PLAIN in wanted)
    all_targets = targets(*edits.size_after(*size))
    shrunk = _chain(base, [target for target in all_targets if not target.spec.height])
    sources = sorted([base, *shrunk.values()], key=lambda image: image.width)
    for target in all_targets:
        if target.spec.name not in wanted:
            continue
        if target.spec.height:
            picture = _cropped(sources, target, edits.focal)
        else:
            picture = shrunk[target.width, target.height]
        made(_encoded(picture, target.spec, folder, drawing))
    if whole and PLAIN in wanted:
        made(_encoded(whole, PLAIN_SPEC, folder, drawing))
    enough = (one for one in sources if one.width * one.height >= ENOUGH_TO_RECOGNISE)
    recognised = on_white(whole or next(enough, base))
    return Rendered(*size, _thumbhash(sources[0]), pdq(recognised))


def _opened(path: Path, file: Path | io.BytesIO) -> Image.Image:
    """The picture in `file`, which is the one at `path` or what its decoder needs of it."""
    try:
        return Image.open(file, formats=decoder_of(path) or ACCEPTED)
    except UnidentifiedImageError as error:
        raise RefusedFileError("not_a_picture") from error


def _placement(image: Image.Image, path: Path, bare: bool) -> Placement:
    """Which part is shown, and which way up; raises RefusedFileError past the limits of size."""
    # Before anything else: looking for the orientation of a PNG decodes all of it.
    refuse_by_size(image, path)
    if image.format in ("HEIF", "AVIF"):
        place = declared(path, image.width, image.height, applied=image.format == "HEIF")
        refuse_by_shape(*place.upright_size)
        return place
    return Placement((0, 0, image.width, image.height), orientation_of(image, path, bare))


def _drawn(
    path: Path, edits: Edits, plain: bool
) -> tuple[tuple[int, int], Image.Image, Image.Image | None, bool]:
    """The upright size; the picture as edited, enough for every rendition; the unedited one.

    The third is None where nothing is edited. Both are in sRGB. The last: whether it is a drawing.
    """
    size, frame = _decoded(path, edits, plain)
    upright = turn_of(frame.orientation, UNEDITED)
    view = view_of(edits, *(frame.image.size if upright[0] else frame.image.size[::-1]))
    base = base_size(*edits.size_after(*size))
    piece = frame.piece(view.needed, turn_of(frame.orientation, edits), view.piece_size(base))
    picture = coloured(view.straightened(piece, base), edits)
    if edits.is_plain:
        return size, picture, None, frame.drawing
    plain_one = frame.piece(WHOLE, upright, size_for(PLAIN_SPEC, *size))
    return size, picture, plain_one, frame.drawing


def _decoded(path: Path, edits: Edits, plain: bool) -> tuple[tuple[int, int], "_Frame"]:
    """The upright size, and the picture, as small as its format can decode it and we can use it."""

    def look(image: Image.Image, bare: bool) -> tuple[tuple[int, int], _Frame]:
        place, colours = _placement(image, path, bare), colours_of(image, path)
        size = place.upright_size
        scale = _scale_enough(edits.size_after(*size)) * enlargement(edits, *size)
        if plain:
            scale = max(scale, PLAIN_SPEC.width / size[0])
        # ceil, lest it take the next smaller scale for a fraction of a pixel.
        draft(image, math.ceil(image.width * scale), math.ceil(image.height * scale))
        image.load()
        shown = shown_frame(image, path)
        # WebP and AVIF would keep their frames in it, twice the picture.
        vars(image).pop("_decoder", None)
        drawing = is_drawing(shown, image.format or "", path)
        return size, _framed(shown, place, colours, drawing)

    return looked_at(path, partial(_opened, path), look)


def _framed(image: Image.Image, place: Placement, colours: Colours, drawing: bool) -> "_Frame":
    """The decoded picture without what its file crops away, and what its values mean."""
    if image.format == "HEIF" and image.size != place.size:
        # Only now its decoder tells that it did something else than it said.
        raise RefusedFileError("odd_layout")
    # libheif has cropped it already; a JPEG, decoded at a smaller scale, hides nothing.
    crops = place.hides and image.size != place.size
    whole = plain_mode(image.crop(place.box) if crops else image)
    if colours.narrow:
        whole = widened(whole)
    # Of the whole picture, so that a crop comes out just as bright.
    peak = brightest(whole, colours.hdr) if colours.hdr else 1.0
    return _Frame(whole, colours, peak, place.orientation, drawing)


def _scale_enough(shown: tuple[int, int]) -> float:
    """How much of its size a picture needs to keep while it is decoded."""
    longer = max(base_size(*shown))
    enough = LONG_ENOUGH if longer == LONGEST else longer
    return max(enough / max(shown), crop_scale(*shown))


@dataclass(frozen=True)
class _Frame:
    """The picture as decoded, not turned upright yet, and what its colours mean.

    `peak` is the brightest light in it, where 1 is the white of a screen.
    """

    image: Image.Image
    colours: Colours
    peak: float
    orientation: int
    # Few colours or flat areas with sharp edges, rather than a photograph.
    drawing: bool

    def piece(self, box: Box, turn: Turn, size: tuple[int, int]) -> Image.Image:
        """A part of the picture after a turn, in sRGB, no larger than this."""
        left, top, right, bottom = box_before(box, turn)
        across, down = self.image.size
        part = (left * across, top * down, right * across, bottom * down)
        if not turn[0]:
            size = size[::-1]
        picture = self.image
        if part[2] - part[0] > size[0]:
            # With reducing_gap Pillow averages whole pixels first, and filters only what is left.
            picture = picture.resize(size, Image.Resampling.LANCZOS, part, reducing_gap=2.0)
        elif box != WHOLE:
            picture = picture.crop(_whole_pixels(part, picture.size))
        picture = turned(in_srgb(picture, self.colours, self.peak), turn)
        # Encoders would write what the file said of itself.
        picture.info.clear()
        return picture


def _whole_pixels(part: Box, size: tuple[int, int]) -> tuple[int, int, int, int]:
    left, top = min(round(part[0]), size[0] - 1), min(round(part[1]), size[1] - 1)
    return left, top, max(left + 1, round(part[2])), max(top + 1, round(part[3]))


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


def _cropped(sources: list[Image.Image], target: Target, focal: tuple[float, float]) -> Image.Image:
    """The part round the focal point, from the smallest picture that has its pixels."""
    for source in sources:
        left, top, width, height = crop_box(target.spec, *source.size, focal)
        if width >= target.width and height >= target.height:
            break
    box = (left, top, left + width, top + height)
    if (width, height) == (target.width, target.height):
        return source.crop(box)
    # Half the cost of Lanczos, and hardly to be told from it at less than a quarter of the pixels.
    return source.resize((target.width, target.height), Image.Resampling.HAMMING, box)


def _encoded(image: Image.Image, spec: Spec, folder: Path, drawing: bool) -> Made:
    path = folder / f"{spec.name}.{spec.format}"
    if spec.format == "webp" and drawing:
        path.write_bytes(drawings.webp(image, spec.quality, WEBP_METHOD))
    elif spec.format == "webp":
        image.save(path, "WEBP", quality=spec.quality, method=WEBP_METHOD)
    else:
        # Nobody waits for a link preview: for its size, the two passes cost more than they give.
        careful = not spec.height
        flat = on_white(image)
        options: dict[str, Any] = {"quality": spec.quality}
        if drawing:
            options = drawings.jpeg_options(flat, spec.quality)
        with drawings.room_for(flat):
            flat.save(path, "JPEG", optimize=careful, progressive=careful, **options)
    return Made(spec.name, str(path), *image.size, path.stat().st_size, spec.format)


def _thumbhash(image: Image.Image) -> str:
    # On white, since thumbhash 0.1.2 fails on transparency (it takes its alpha for a tuple).
    small = on_white(image).convert("RGBA")
    small.thumbnail((32, 32), Image.Resampling.LANCZOS)
    values = list(small.tobytes())
    return base64.b64encode(
        bytes(thumbhash.rgba_to_thumb_hash(small.width, small.height, values))
    ).decode()
