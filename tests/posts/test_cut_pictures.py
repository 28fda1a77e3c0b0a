"""Files that were cut off: whole pictures are shown, others refused with how much is missing."""

import functools
import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from posts.imaging.sandbox import DecodingError, sandbox
from posts.imaging.truncation import truncation_of
from posts.reasons import RefusedError
from tests import bombs, carrying

pytestmark = pytest.mark.pipeline

REPORTS = Path(__file__).parents[1] / "reports"
SIZE = (320, 240)


@functools.cache
def picture(format: str, mode: str = "RGB", **options: Any) -> bytes:
    """Texture everywhere, so that every row has bytes of its own."""
    file = io.BytesIO()
    image = Image.merge("RGB", [Image.effect_noise(SIZE, 40 + 9 * at) for at in range(3)])
    image.convert(mode).save(file, format, **options)
    return file.getvalue()


def joined(frames: int) -> bytes:
    """A JPEG with a restart mark after every so many blocks."""
    return picture("JPEG", restart_marker_blocks=frames)


JPEGS = {
    "baseline": lambda: picture("JPEG"),
    "4:4:4": lambda: picture("JPEG", subsampling=0),
    "grey": lambda: picture("JPEG", mode="L"),
    "CMYK": lambda: picture("JPEG", mode="CMYK"),
    "progressive": lambda: picture("JPEG", progressive=True),
    "progressive, grey": lambda: picture("JPEG", mode="L", progressive=True),
    "restarts": lambda: joined(7),
    "with metadata": lambda: carrying.segmented(picture("JPEG")),
}


@pytest.mark.parametrize("cut", [1, 2])
@pytest.mark.parametrize("name", JPEGS)
def test_a_jpeg_without_its_end_mark_is_whole(name: str, cut: int, tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(JPEGS[name]()[:-cut])
    found = sandbox.inspect(path)
    assert (found["width"], found["height"]) == SIZE
    assert found["metadata"]["unreadable"][-1] == "end"
    made: list[dict[str, Any]] = []
    sandbox.render(path, tmp_path, ["w320"], made.append)
    whole = tmp_path / "whole.jpg"
    whole.write_bytes(JPEGS[name]())
    with Image.open(made[0]["path"]) as image:
        shown = image.copy()
    sandbox.render(whole, tmp_path, ["w320"], made.append)
    with Image.open(made[1]["path"]) as image:
        assert image.tobytes() == shown.tobytes()


def test_the_file_of_the_report_is_whole(tmp_path: Path) -> None:
    found = sandbox.inspect(REPORTS / "no_eoi.jpg")
    assert (found["width"], found["height"]) == (1600, 1066)
    sandbox.render(REPORTS / "no_eoi.jpg", tmp_path, ["w320"], lambda _made: None)


def test_a_few_bytes_of_the_last_row_may_be_missing() -> None:
    for name in ("baseline", "4:4:4", "grey", "restarts"):
        missing = truncation_of(JPEGS[name]()[:-40])
        assert missing is None, (name, missing)


@pytest.mark.parametrize("name", JPEGS)
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_jpeg_cut_off_is_refused(name: str, share: float) -> None:
    content = JPEGS[name]()
    cut = truncation_of(content[: int(share * len(content))])
    assert cut is not None
    # Of a progressive one every row is begun early; metadata are bytes and no rows.
    if "progressive" not in name and name != "with metadata":
        assert cut.rows == pytest.approx(1 - share, abs=0.12)


@pytest.mark.parametrize("name", ["baseline", "restarts", "progressive"])
def test_an_end_mark_makes_no_whole_picture(name: str, tmp_path: Path) -> None:
    content = JPEGS[name]()
    path = tmp_path / "a.jpg"
    path.write_bytes(content[: len(content) // 2] + b"\xff\xd9")
    if name == "progressive":
        # All its rows are there, in less detail, and its writer said that this is all.
        assert sandbox.inspect(path)["width"] == SIZE[0]
        return
    with pytest.raises(DecodingError, match=r"cut_off:rows:[45]"):
        sandbox.inspect(path)


def test_an_end_mark_makes_no_whole_picture_of_cmyk(tmp_path: Path) -> None:
    content = picture("JPEG", mode="CMYK")
    path = tmp_path / "file"
    path.write_bytes(content[: len(content) // 2] + b"\xff\xd9")
    with pytest.raises(DecodingError, match="cut_off:rows"):
        sandbox.inspect(path)


@pytest.mark.parametrize("name", ["baseline", "restarts", "progressive"])
def test_zeros_fill_up_no_picture(name: str, tmp_path: Path) -> None:
    """As a file has them that was given its size before its bytes."""
    content = JPEGS[name]()
    assert truncation_of(content[: len(content) // 2] + bytes(len(content) // 2))
    assert not truncation_of(content[:-2] + bytes(4_096))


def test_even_pictures_of_nothing_but_zeros_are_whole() -> None:
    content = bombs.flat_jpeg(640, 480)
    assert not truncation_of(content[:-2])
    assert not truncation_of(content[:-2] + bytes(4_096))


def test_a_grey_picture_is_not_taken_for_a_cut_one(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    for progressive in (False, True):
        Image.new("RGB", SIZE, (128, 128, 128)).save(path, progressive=progressive)
        assert sandbox.inspect(path)["width"] == SIZE[0]
        assert truncation_of(path.read_bytes()[:-2]) is None


def ways(format: str) -> dict[str, bytes]:
    """The same format written in several ways."""
    return {
        "PNG": {
            "RGB": picture("PNG"),
            "grey": picture("PNG", mode="L"),
            "palette": picture("PNG", mode="P"),
            "one bit": picture("PNG", mode="1"),
        },
        "GIF": {"plain": picture("GIF", interlace=0), "interlaced": picture("GIF")},
        "WEBP": {"lossy": picture("WEBP"), "lossless": picture("WEBP", lossless=True)},
        "AVIF": {"plain": picture("AVIF"), "alpha": picture("AVIF", mode="RGBA")},
        "HEIC": {"plain": carrying.HEIC.read_bytes()},
    }[format]


@pytest.mark.parametrize("format", ["PNG", "GIF", "WEBP", "AVIF", "HEIC"])
def test_other_formats_tell_how_much_is_missing(format: str, tmp_path: Path) -> None:
    path = tmp_path / "cut"
    for name, content in ways(format).items():
        path.write_bytes(content[: len(content) * 6 // 10])
        # Some decoders notice on opening, some when they come to the pixels.
        with pytest.raises(DecodingError) as caught:
            sandbox.inspect(path)
            sandbox.render(path, tmp_path, ["w320"], lambda _made: None)
        code, what, percent = caught.value.code.split(":")
        assert code == "cut_off", name
        by_rows = format == "PNG" or (format, name) == ("GIF", "plain")
        assert what == ("rows" if by_rows else "bytes")
        assert 30 <= int(percent) <= 50, (name, percent)
        assert f"{percent}%" in RefusedError(caught.value.code).sentence
        assert RefusedError(caught.value.code).code == "cut_off"


def test_a_webp_may_lack_what_lies_behind_its_picture(tmp_path: Path) -> None:
    still = picture("WEBP", lossless=True)
    beside = picture("WEBP", lossless=True, exif=b"Exif\0\0" + carrying.tiff({0x010F: "x" * 90}))
    counted = still[:4] + (len(still) - 8 + 1).to_bytes(4, "little") + still[8:]
    path = tmp_path / "file"
    for content in (beside[:-1], beside[:-40], counted):
        path.write_bytes(content)
        assert truncation_of(content) is None
        assert sandbox.inspect(path)["width"] == SIZE[0]
        sandbox.render(path, tmp_path, ["w320"], lambda _made: None)
    assert truncation_of(still[:-2]) and truncation_of(still[: len(still) // 2])


def test_a_gif_broken_in_its_middle_is_damaged_and_not_cut_off() -> None:
    content = bytearray(picture("GIF"))
    at = len(content) // 2
    content[at : at + 40] = bytes(range(200, 240))
    assert truncation_of(bytes(content) + b"\0" * 300) is None


@pytest.mark.parametrize("content", [b"\xff\xd8\xff\xd9", b"\xff\xd8\xff\xdb\0\3a\xff\xd9"])
def test_a_jpeg_of_nothing_is_not_called_cut_off(content: bytes) -> None:
    assert truncation_of(content) is None


@pytest.mark.parametrize("cut", [1, 8, 12, 14, 16, 20])
def test_a_png_without_its_end_is_whole(cut: int, tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(picture("PNG")[:-cut])
    assert sandbox.inspect(path)["width"] == SIZE[0]
    made: list[dict[str, Any]] = []
    sandbox.render(path, tmp_path, ["w320"], made.append)
    assert made[0]["width"] == SIZE[0]


@pytest.mark.parametrize("format", ["JPEG", "PNG", "GIF", "WEBP"])
def test_what_follows_the_picture_does_no_harm(format: str, tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(picture(format) + b"trailing garbage" * 100)
    assert sandbox.inspect(path)["width"] == SIZE[0]
    sandbox.render(path, tmp_path, ["w320"], lambda _made: None)


def test_the_sentences() -> None:
    assert RefusedError("cut_off:rows:40").sentence.startswith("The bottom 40% of this picture")
    assert "40% of it is missing" in RefusedError("cut_off:bytes:40").sentence
    assert "part of the picture is missing" in RefusedError("cut_off").sentence
