"""Which frame of a moving picture is shown, and how a GIF's frames lie on its canvas.

The first that is not blank, composed as browsers do: around and under the frames of a GIF there is
nothing, whatever background colour it names (which browsers ignore).
"""

import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from posts.imaging.containers import MAX_PARTS, blocks_end, colour_table_bytes

# So many frames are looked at, and together no more than so many pixels.
MAX_FRAMES = 20
MAX_PIXELS = 100_000_000
# GIF89a, 23: what becomes of a frame before the next is drawn.
_TO_NOTHING, _TO_BEFORE = 2, 3


@dataclass(frozen=True)
class _GifFrame:
    """Where a frame lies (left, top, right, bottom), how it goes, and a GIF of it alone."""

    box: tuple[int, int, int, int]
    disposal: int
    file: bytes

    def picture(self) -> Image.Image:
        with Image.open(io.BytesIO(self.file), formats=["GIF"]) as image:
            return image.convert("RGBA")


def shown_frame(image: Image.Image, path: Path) -> Image.Image:
    """The frame to show of a picture, loaded: itself when it does not move and has no gaps."""
    most = min(MAX_FRAMES, max(1, MAX_PIXELS // (image.width * image.height)))
    if image.format == "GIF":
        return _shown_of_gif(image, path, most)
    if getattr(image, "n_frames", 1) < 2 or most < 2 or not _is_blank(image):
        return image
    first = image.copy()
    for number in range(1, min(most, getattr(image, "n_frames", 1))):
        try:
            image.seek(number)
            image.load()
        except (EOFError, OSError, SyntaxError, ValueError):
            # An animation that breaks off: what came before is what there is.
            break
        if not _is_blank(image):
            return image
    return first


def _is_blank(image: Image.Image) -> bool:
    """Whether it is transparent throughout, or of a single colour."""
    extrema = (image if image.mode == "RGBA" else image.convert("RGBA")).getextrema()
    return extrema[3][1] == 0 or all(low == high for low, high in extrema)  # type: ignore[misc]


def _shown_of_gif(image: Image.Image, path: Path, most: int) -> Image.Image:
    frames = list(_gif_frames(path.read_bytes(), most))
    whole = (0, 0, *image.size)
    if not frames or (frames[0].box == whole and (len(frames) == 1 or not _is_blank(image))):
        return image
    canvas = Image.new("RGBA", image.size)
    first = None
    for frame in frames:
        before = canvas.copy() if frame.disposal == _TO_BEFORE else canvas
        try:
            picture = frame.picture()
        except (OSError, SyntaxError, ValueError):
            if first is None:
                raise
            break
        canvas.paste(picture, frame.box[:2], picture)
        if not _is_blank(canvas):
            return canvas
        first = first or canvas.copy()
        if frame.disposal == _TO_NOTHING:
            canvas.paste((0, 0, 0, 0), frame.box)
        canvas = before
    return first or image


def _gif_frames(data: bytes, most: int) -> Iterator[_GifFrame]:
    at = 13 + colour_table_bytes(data, 10)
    colours = data[10:at]
    control = b""
    found = 0
    for _step in range(MAX_PARTS):
        kind = data[at : at + 2]
        if kind[:1] == b"\x2c":
            end = blocks_end(data, at + 11 + colour_table_bytes(data, at + 9))
            left, top, width, height = struct.unpack("<4H", data[at + 1 : at + 9].ljust(8, b"\0"))
            if width and height:
                # One file per frame, as Pillow fills what frames don't cover with a palette color.
                head = b"GIF89a" + struct.pack("<2H", width, height) + colours + control
                body = b"," + struct.pack("<4H", 0, 0, width, height) + data[at + 9 : end] + b";"
                disposal = control[3] >> 2 & 7 if control else 0
                yield _GifFrame((left, top, left + width, top + height), disposal, head + body)
                found += 1
            control = b""
        elif kind[:1] == b"\x21":
            end = blocks_end(data, at + 2)
            if kind[1:] == b"\xf9" and end == at + 8:
                control = data[at:end]
        elif not kind or kind[:1] == b";":
            return
        else:
            end = at + 1
        if found >= most:
            return
        at = end
