"""Which frame of a moving picture is shown, and what shows around it."""

import io
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from posts.imaging.sandbox import sandbox
from tests import bombs

pytestmark = pytest.mark.pipeline

REPORTS = Path(__file__).parents[1] / "reports"
RED, GREEN, CLEAR = (255, 0, 0, 255), (0, 255, 0, 255), (0, 0, 0, 0)
# White, red, green, black, one byte each in a frame's picture.
TABLE = b"\xff\xff\xff\xff\0\0\0\xff\0\0\0\0"


def lzw(indices: bytes) -> bytes:
    """Pixels as GIF codes of three bits, the table cleared before it could grow."""
    codes = [code for index in indices for code in (4, index)] + [5]
    bits = sum(code << 3 * at for at, code in enumerate(codes))
    raw = bits.to_bytes((3 * len(codes) + 7) // 8, "little")
    blocks = [raw[at : at + 255] for at in range(0, len(raw), 255)]
    return b"\2" + b"".join(bytes([len(block)]) + block for block in blocks) + b"\0"


def frame(
    index: int, box: tuple[int, int, int, int], disposal: int = 0, clear: int | None = None
) -> bytes:
    """A frame of one colour: left, top, width and height."""
    flags = disposal << 2 | (clear is not None)
    control = b"!\xf9\4" + bytes([flags, 0, 0, clear or 0, 0])
    return control + b"," + struct.pack("<4HB", *box, 0) + lzw(bytes([index]) * (box[2] * box[3]))


def gif(*frames: bytes, background: int = 3) -> bytes:
    head = b"GIF89a" + struct.pack("<HHBBB", 40, 40, 0x81, background, 0)
    return head + TABLE + b"".join(frames) + b";"


def animated(format: str, frames: Sequence[Image.Image], **options: Any) -> bytes:
    file = io.BytesIO()
    frames[0].save(file, format, save_all=True, append_images=frames[1:], duration=100, **options)
    return file.getvalue()


def shown(content: bytes, folder: Path) -> Image.Image:
    """The 320 rendition, as RGBA."""
    path = folder / "moving"
    path.write_bytes(content)
    sandbox.inspect(path)
    made: list[dict[str, Any]] = []
    sandbox.render(path, folder, ["w320"], made.append)
    with Image.open(made[0]["path"]) as image:
        return image.convert("RGBA")


def near(image: Image.Image, at: tuple[int, int], colour: tuple[int, ...]) -> bool:
    pixel = image.getpixel(at)
    assert isinstance(pixel, tuple)
    if colour[3] == 0:
        return pixel[3] == 0
    return all(abs(a - b) <= 24 for a, b in zip(pixel, colour, strict=True))


WHOLE = (0, 0, 40, 40)
PART = (8, 8, 16, 16)
INSIDE, OUTSIDE = (14, 14), (35, 35)


@pytest.mark.parametrize(
    ("frames", "inside", "outside"),
    [
        pytest.param([frame(1, PART)], RED, CLEAR, id="small first frame"),
        pytest.param([frame(1, PART, clear=2)], RED, CLEAR, id="and a transparent colour"),
        pytest.param([frame(1, PART), frame(2, WHOLE)], RED, CLEAR, id="followed by a large one"),
        pytest.param(
            [frame(0, WHOLE), frame(1, PART)], RED, (255,) * 4, id="a blank one stays under it"
        ),
        pytest.param(
            [frame(0, WHOLE, 2), frame(1, PART)], RED, CLEAR, id="a blank one is disposed of"
        ),
        pytest.param(
            [frame(0, WHOLE, 3), frame(1, PART)], RED, CLEAR, id="a blank one is taken back"
        ),
        pytest.param(
            [frame(3, WHOLE, clear=3), frame(2, PART)], GREEN, CLEAR, id="all transparent"
        ),
        pytest.param([frame(0, WHOLE)] * 5 + [frame(1, PART)], RED, (255,) * 4, id="five blank"),
        pytest.param([frame(1, WHOLE), frame(1, WHOLE)], RED, RED, id="never anything but blank"),
    ],
)
def test_a_gif_is_composed_as_browsers_do(
    frames: list[bytes], inside: tuple[int, ...], outside: tuple[int, ...], tmp_path: Path
) -> None:
    image = shown(gif(*frames), tmp_path)
    assert image.size == (40, 40)
    assert near(image, INSIDE, inside), image.getpixel(INSIDE)
    assert near(image, OUTSIDE, outside), image.getpixel(OUTSIDE)


def test_the_file_of_the_report(tmp_path: Path) -> None:
    image = shown((REPORTS / "gif_small_first_frame.gif").read_bytes(), tmp_path)
    assert image.size == (100, 100)
    alpha = image.getchannel("A")
    assert sum(map(bool, alpha.tobytes())) == pytest.approx(50 * 50, abs=200)


def still(colour: tuple[int, ...], mark: tuple[int, ...] | None = None) -> Image.Image:
    image = Image.new("RGBA", (40, 40), colour)
    if mark:
        image.paste(mark, (8, 8, 24, 24))
    return image


@pytest.mark.parametrize("format", ["GIF", "PNG", "WEBP", "AVIF"])
@pytest.mark.parametrize("blank", [(255, 255, 255, 255), (0, 0, 0, 255), CLEAR])
def test_of_any_format_the_first_that_is_not_blank(
    format: str, blank: tuple[int, ...], tmp_path: Path
) -> None:
    marked = still((250, 250, 250, 255), RED)
    image = shown(animated(format, [still(blank), still(blank), marked, still(GREEN)]), tmp_path)
    assert near(image, INSIDE, RED), image.getpixel(INSIDE)


@pytest.mark.parametrize("format", ["GIF", "PNG", "WEBP", "AVIF"])
def test_a_first_frame_that_shows_something_stays(format: str, tmp_path: Path) -> None:
    first = still((250, 250, 250, 255), GREEN)
    image = shown(animated(format, [first, still(RED, GREEN)]), tmp_path)
    assert near(image, OUTSIDE, (250, 250, 250, 255))


def test_the_still_of_an_animated_png_counts_first(tmp_path: Path) -> None:
    frames = [still((250, 250, 250, 255), GREEN), still(CLEAR, RED), still(CLEAR, RED)]
    image = shown(animated("PNG", frames, default_image=True), tmp_path)
    assert near(image, INSIDE, GREEN)
    frames[0] = still((255, 255, 255, 255))
    assert near(shown(animated("PNG", frames, default_image=True), tmp_path), INSIDE, RED)


def test_an_animation_that_breaks_off_shows_what_there_is(tmp_path: Path) -> None:
    frames = [still((255, 255, 255, 255)), still((255, 255, 255, 255), RED)]
    for format in ("GIF", "WEBP"):
        content = animated(format, frames)
        cut = content[:-60] if format == "GIF" else content
        assert shown(cut, tmp_path).size == (40, 40)


def test_thousands_of_blank_frames_cost_nothing(tmp_path: Path) -> None:
    assert shown(gif(*[frame(0, WHOLE)] * 3_000), tmp_path).size == (40, 40)
    assert shown(bombs.frames_of_png(500), tmp_path).size
