"""Drawings keep their edges; photographs are made as ever, byte for byte."""

import io
import random
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageChops, ImageDraw, ImageStat

from posts.imaging import drawings, pixels
from posts.imaging.sandbox import sandbox
from posts.imaging.specs import wanted_specs
from tests import pictures

pytestmark = pytest.mark.pipeline

REPORTS = Path(__file__).parents[1] / "reports"


def screenshot() -> Image.Image:
    """Words in three colours under a bar."""
    image = Image.new("RGB", (800, 600), "white")
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, 800, 40), fill=(30, 60, 160))
    for line in range(30):
        colour = ((0, 0, 0), (200, 0, 0), (0, 0, 200))[line % 3]
        draw.text((16, 60 + 17 * line), "The quick brown fox jumps over the dog " * 2, fill=colour)
    return image


def lines() -> Image.Image:
    """A drawing of lines on nothing."""
    chance = random.Random(1)
    image = Image.new("RGBA", (600, 400), (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    for _ in range(25):
        points = [(chance.randrange(600), chance.randrange(400)) for _ in range(3)]
        draw.line(points, fill=(20, 20, 60, 255), width=3)
    return image


def code() -> Image.Image:
    """Squares of black and white, as in a QR code."""
    chance = random.Random(2)
    image = Image.frombytes("L", (41, 41), bytes(chance.choice((0, 255)) for _ in range(41 * 41)))
    return image.resize((820, 820), Image.Resampling.NEAREST).convert("1")


def pixel_art() -> Image.Image:
    """256 colours, each pixel eight wide."""
    chance = random.Random(3)
    image = Image.new("P", (80, 60))
    image.putpalette([chance.randrange(256) for _ in range(768)])
    image.putdata([(x // 3 + y * 3) % 256 for y in range(60) for x in range(80)])
    return image.resize((640, 480), Image.Resampling.NEAREST)


def comic() -> Image.Image:
    """Flat shapes with outlines over a gradient."""
    chance = random.Random(4)
    shade = Image.linear_gradient("L").resize((800, 800))
    image = Image.merge("RGB", (shade, shade.rotate(90), Image.new("L", (800, 800), 180)))
    draw = ImageDraw.Draw(image)
    for _ in range(25):
        x, y = chance.randrange(700), chance.randrange(700)
        colour = chance.choice([(255, 220, 0), (255, 0, 0), (0, 160, 255)])
        draw.ellipse((x, y, x + 160, y + 120), fill=colour, outline="black", width=5)
    return image


DRAWINGS = {
    "screenshot": screenshot, "lines": lines, "code": code, "pixel art": pixel_art, "comic": comic,
}  # fmt: skip


def made(path: Path, folder: Path) -> dict[str, Path]:
    """Every rendition of a file, by spec."""
    size = sandbox.inspect(path)
    found: list[dict[str, Any]] = []
    wanted = wanted_specs(size["width"], size["height"], {})
    sandbox.render(path, folder, wanted, found.append)
    return {one["spec"]: Path(one["path"]) for one in found}


def apart(one: Image.Image, other: Image.Image) -> float:
    """The mean difference of a channel, of 255."""
    mean = ImageStat.Stat(ImageChops.difference(one.convert("RGBA"), other.convert("RGBA"))).mean
    return sum(mean) / len(mean)


def at_full_size(files: dict[str, Path], size: tuple[int, int]) -> Path:
    """The WebP rendition that is as large as the picture."""
    for path in files.values():
        with Image.open(path) as image:
            if image.format == "WEBP" and image.size == size:
                return path
    raise AssertionError(files)


@pytest.mark.parametrize("name", DRAWINGS)
@pytest.mark.parametrize("format", ["PNG", "WEBP"])
def test_a_drawing_is_kept_exactly_and_small(name: str, format: str, tmp_path: Path) -> None:
    picture = DRAWINGS[name]()
    path = tmp_path / "drawing"
    picture.convert("RGBA" if name == "lines" else "RGB").save(path, format, lossless=True)
    files = made(path, tmp_path)
    full = at_full_size(files, picture.size)
    with Image.open(full) as image:
        # What is under full transparency is nobody's to see.
        assert apart(image, picture) == 0 or name == "lines"
        assert image.mode == ("RGBA" if name == "lines" else "RGB")
    assert full.stat().st_size <= 1.2 * path.stat().st_size
    if name != "lines":
        jpegs = [each for each in files.values() if each.suffix == ".jpg"]
        with Image.open(jpegs[0]) as image:
            assert apart(image, picture) <= 2


def test_the_file_of_the_report(tmp_path: Path) -> None:
    path = REPORTS / "drawing_checks.png"
    files = made(path, tmp_path)
    with Image.open(path) as picture:
        full = at_full_size(files, picture.size)
        for rendition in (full, files["jpeg1080"]):
            with Image.open(rendition) as image:
                assert apart(image, picture) <= 2, rendition
    webp = [each for each in files.values() if each.suffix == ".webp"]
    assert sum(each.stat().st_size for each in webp) <= 1.2 * path.stat().st_size


@pytest.mark.parametrize("name", DRAWINGS)
def test_no_rendition_is_larger_than_it_needs_to_be(name: str) -> None:
    """Whatever is made of a drawing, made as a photograph it would not be much smaller."""
    picture = DRAWINGS[name]().convert("RGBA" if name == "lines" else "RGB")
    for width in (picture.width, 320):
        small = picture.resize((width, picture.height * width // picture.width))
        file = io.BytesIO()
        small.save(file, "WEBP", quality=80, method=2)
        few = small.getcolors(16) is not None
        limit = file.tell() * (2.0 if few else 1.15)
        assert len(drawings.webp(small, 80, 2)) <= limit


def photograph(format: str, folder: Path, **options: Any) -> Path:
    """Shapes over a gradient with the grain of a sensor."""
    path = folder / f"photo.{format.lower()}"
    grain = Image.merge("RGB", [Image.effect_noise((900, 700), 12) for _ in range(3)])
    Image.blend(pictures.drawing(900, 700), grain, 0.3).save(path, format, **options)
    return path


@pytest.mark.parametrize(
    ("format", "options"),
    [("PNG", {}), ("WEBP", {"lossless": True}), ("WEBP", {}), ("JPEG", {}), ("AVIF", {})],
)
def test_a_photograph_stays_one_in_every_format(
    format: str, options: dict[str, Any], tmp_path: Path
) -> None:
    path = photograph(format, tmp_path, **options)
    with Image.open(path) as image:
        assert not drawings.is_drawing(image, format, path)
    files = made(path, tmp_path)
    assert b"VP8 " in files["w640"].read_bytes()[:40]
    with Image.open(files["jpeg1080"]) as image:
        assert image.layer[0][1:3] == (2, 2)  # type: ignore[attr-defined]


@pytest.mark.parametrize("format", ["JPEG", "HEIF", "AVIF", "MPO"])
def test_of_a_photographs_format_no_pixel_is_looked_at(format: str, tmp_path: Path) -> None:
    class Untouchable:
        """A picture that can't be looked at."""

    assert not drawings.is_drawing(Untouchable(), format, tmp_path / "none")  # type: ignore[arg-type]


def test_a_photograph_in_two_hundred_colours_stays_lossy(tmp_path: Path) -> None:
    path = photograph("GIF", tmp_path)
    assert b"VP8 " in made(path, tmp_path)["w640"].read_bytes()[:40]


def test_what_only_looks_like_a_drawing_is_not_encoded_at_length(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An enlarged photograph is mostly flat, and carefully without loss it takes many seconds."""
    tries: list[dict[str, Any]] = []
    saved = drawings._saved

    def counted(image: Image.Image, **options: Any) -> bytes:
        tries.append(options)
        return saved(image, **options)

    monkeypatch.setattr(drawings, "_saved", counted)
    noise = Image.merge("RGB", [Image.effect_noise((300, 200), 12) for _ in range(3)])
    made = drawings.webp(noise, 80, 2)
    assert b"VP8 " in made[:40]
    assert [each.get("method") for each in tries] == [2, 1]


def test_a_gradient_is_kept_exactly() -> None:
    """As bytes it is large until its steps are foretold, which the quickest try doesn't do."""
    shade = Image.linear_gradient("L").resize((640, 480))
    picture = Image.merge("RGB", (shade, shade, shade))
    content = drawings.webp(picture, 80, 2)
    with Image.open(io.BytesIO(content)) as image:
        assert apart(image, picture) == 0
    assert len(content) < 600


def test_checks_of_single_pixels_fit_into_a_jpeg(tmp_path: Path) -> None:
    """Their progressive JPEG takes more than a byte a pixel."""
    colours = (b"\xff\0\0", b"\0\0\xff", b"\xff\xff\xff")
    rows = (b"".join(colours[(x + y) % 3] for x in range(320)) for y in range(240))
    path = tmp_path / "drawing.png"
    Image.frombytes("RGB", (320, 240), b"".join(rows)).save(path)
    files = made(path, tmp_path)
    assert files["jpeg1080"].stat().st_size > 320 * 240


def test_the_pixels_of_a_drawing_have_a_bounded_cost() -> None:
    assert pixels.WEBP_METHOD == 2
    squares = drawings._squares(Image.new("RGB", (5_000, 3_000)))
    assert sum(each.width * each.height for each in squares) <= 60_000
