"""Edits as data: what is taken, what is refused, and that equal pictures are said alike."""

import io
import math
import random
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageChops, ImageFilter, ImageStat

from posts.imaging import pixels
from posts.imaging.edits import Edits, EditsError
from posts.imaging.presets import PRESETS
from posts.imaging.sandbox import sandbox
from posts.imaging.specs import wanted_specs

pytestmark = pytest.mark.pipeline

PHOTO = Path("demo/photos/tea-gardens.jpg")
CORNERS = [(230, 30, 30), (30, 200, 30), (30, 30, 230), (240, 200, 40)]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (None, "shape"),
        ([], "shape"),
        ("{}", "shape"),
        ({"sharpen": 1}, "unknown"),
        ({"": 1}, "unknown"),
        ({5: 1}, "unknown"),
        ({"rotate": 45}, "value"),
        ({"rotate": -90}, "value"),
        ({"rotate": 360}, "value"),
        ({"rotate": 90.0}, "value"),
        ({"rotate": "90"}, "value"),
        ({"rotate": True}, "value"),
        ({"flip": 1}, "value"),
        ({"flip": None}, "value"),
        ({"straighten": 15.1}, "value"),
        ({"straighten": math.nan}, "value"),
        ({"straighten": -math.inf}, "value"),
        ({"straighten": True}, "value"),
        ({"straighten": 10**400}, "value"),
        ({"crop": [0, 0, 1]}, "value"),
        ({"crop": {"x": 0}}, "value"),
        ({"crop": [0, 0, 1, "1"]}, "value"),
        ({"crop": [0, 0, 1, math.nan]}, "value"),
        ({"crop": [False, 0, 1, 1]}, "value"),
        ({"crop": [-0.1, 0, 1, 1]}, "value"),
        ({"crop": [0, 0, 0.04, 1]}, "crop"),
        ({"crop": [0, 0, 1, 0.0499]}, "crop"),
        ({"crop": [0.5, 0, 0.6, 1]}, "crop"),
        ({"crop": [0, 0.2, 1, 0.9]}, "crop"),
        ({"brightness": 101}, "value"),
        ({"contrast": -101}, "value"),
        ({"saturation": 1.5}, "value"),
        ({"warmth": True}, "value"),
        ({"warmth": math.nan}, "value"),
        ({"filter": "sepia"}, "value"),
        ({"filter": 1}, "value"),
        ({"filter": ["mono"]}, "value"),
        ({"filter": "mono", "intensity": 0}, "value"),
        ({"filter": "mono", "intensity": 101}, "value"),
        ({"intensity": True}, "value"),
        ({"focal": [0.5]}, "value"),
        ({"focal": [0.5, 1.1]}, "value"),
    ],
)
def test_what_is_no_edit_is_refused(data: Any, code: str) -> None:
    with pytest.raises(EditsError) as caught:
        Edits.from_json(data)
    assert caught.value.code == code


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"rotate": 0, "flip": False, "straighten": 0, "crop": [0, 0, 1, 1]},
        {"straighten": -0.04},
        {"straighten": -0.0},
        {"brightness": 0, "contrast": 0, "saturation": 0, "warmth": 0},
        {"filter": "", "intensity": 40},
        {"intensity": 7},
        {"focal": [0.5, 0.50003]},
        {"crop": [0, 0, 1, 0.99999]},
    ],
)
def test_what_changes_nothing_is_not_said(data: dict[str, Any]) -> None:
    edits = Edits.from_json(data)
    assert edits.to_json() == {}
    assert edits.is_plain


def test_equal_pictures_are_said_alike() -> None:
    one = {"filter": "mono", "intensity": 100, "straighten": 3, "crop": (0.1, 0.2, 0.30001, 0.4)}
    other = {"crop": [0.1, 0.2, 0.3, 0.4], "straighten": 3.04, "filter": "mono"}
    said = Edits.from_json(one).to_json()
    assert said == Edits.from_json(other).to_json()
    assert said == {"straighten": 3.0, "crop": [0.1, 0.2, 0.3, 0.4], "filter": "mono"}
    assert Edits.from_json(said).to_json() == said


def test_a_crop_that_rounding_pushed_over_the_edge_ends_at_it() -> None:
    assert Edits.from_json({"crop": [0.33335, 0, 0.66665, 1]}).to_json() == {
        "crop": [0.3334, 0.0, 0.6666, 1.0]
    }


def test_whatever_was_taken_is_taken_again_and_is_the_same() -> None:
    pick = random.Random(7)
    for _ in range(500):
        x, y = pick.uniform(0, 0.9), pick.uniform(0, 0.9)
        data = {
            "rotate": pick.choice([0, 90, 180, 270]),
            "flip": pick.random() < 0.5,
            "straighten": pick.uniform(-15, 15),
            "crop": [x, y, pick.uniform(0.06, 1 - x), pick.uniform(0.06, 1 - y)],
            "warmth": pick.randint(-100, 100),
            "filter": pick.choice(["", *PRESETS]),
            "intensity": pick.randint(1, 100),
            "focal": [pick.random(), pick.random()],
        }
        edits = Edits.from_json(data)
        assert Edits.from_json(edits.to_json()) == edits
        assert edits.crop[0] + edits.crop[2] <= 1 + 1e-9
        assert edits.crop[1] + edits.crop[3] <= 1 + 1e-9


@pytest.mark.parametrize(
    ("data", "size"),
    [
        ({}, (4000, 3000)),
        ({"rotate": 90}, (3000, 4000)),
        ({"rotate": 180, "flip": True}, (4000, 3000)),
        ({"straighten": 12.5}, (4000, 3000)),
        ({"crop": [0.5, 0.5, 0.25, 0.5]}, (1000, 1500)),
        ({"rotate": 270, "crop": [0, 0, 0.5, 0.25]}, (1500, 1000)),
    ],
)
def test_the_size_afterwards(data: dict[str, Any], size: tuple[int, int]) -> None:
    assert Edits.from_json(data).size_after(4000, 3000) == size
    assert min(Edits.from_json(data).size_after(1, 1)) == 1


# --- Drawn ------------------------------------------------------------------------------------


def marked(size: tuple[int, int] = (240, 160)) -> Image.Image:
    """Red, green, blue and yellow quarters, from the top left corner clockwise."""
    width, height = size
    image = Image.new("RGB", size)
    half = width // 2, height // 2
    boxes = [(0, 0), (half[0], 0), half, (0, half[1])]
    for (x, y), colour in zip(boxes, CORNERS, strict=True):
        image.paste(colour, (x, y, x + half[0], y + half[1]))
    return image


def drawn(path: Path, edits: dict[str, Any], spec: str = "w320") -> Image.Image:
    """One rendition with these edits, through the limited child."""
    made: list[dict[str, Any]] = []
    sandbox.render(path, path.parent, [spec], made.append, edits)
    with Image.open(made[0]["path"]) as image:
        return image.convert("RGBA" if image.mode == "RGBA" else "RGB")


def quarters(image: Image.Image) -> str:
    """The colours of the four quarters, clockwise from the top left."""
    found = ""
    for x, y in ((1, 1), (3, 1), (3, 3), (1, 3)):
        pixel = image.getpixel((image.width * x // 4, image.height * y // 4))
        assert isinstance(pixel, tuple)
        far = [sum(abs(a - b) for a, b in zip(pixel, c, strict=False)) for c in CORNERS]
        found += "RGBY"[far.index(min(far))]
    return found


TURNED = {
    (0, False): "RGBY",
    (90, False): "YRGB",
    (180, False): "BYRG",
    (270, False): "GBYR",
    (0, True): "GRYB",
    (90, True): "RYBG",
    (180, True): "YBGR",
    (270, True): "BGRY",
}


@pytest.mark.parametrize("orientation", [1, 3, 6, 7])
@pytest.mark.parametrize(("turn", "expected"), TURNED.items())
def test_turned_and_mirrored_after_it_stands_upright(
    turn: tuple[int, bool], expected: str, orientation: int, tmp_path: Path
) -> None:
    undo = {
        3: Image.Transpose.ROTATE_180,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
    }
    exif = Image.Exif()
    exif[0x0112] = orientation
    image = marked() if orientation == 1 else marked().transpose(undo[orientation])
    path = tmp_path / "a.jpg"
    image.save(path, quality=95, exif=exif)
    made = drawn(path, {"rotate": turn[0], "flip": turn[1]})
    assert made.size == ((160, 240) if turn[0] in (90, 270) else (240, 160))
    assert quarters(made) == expected


@cache
def soft_photo() -> Image.Image:
    """Soft, so that the ways of mixing pixels differ little and a shift of one shows."""
    with Image.open(PHOTO) as photo:
        return photo.convert("RGB").resize((900, 600)).filter(ImageFilter.GaussianBlur(2))


@cache
def soft_file(orientation: int) -> bytes:
    exif, file = Image.Exif(), io.BytesIO()
    exif[0x0112] = orientation
    soft_photo().save(file, "PNG", exif=exif, compress_level=1)
    return file.getvalue()


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
@pytest.mark.parametrize("flip", [False, True])
@pytest.mark.parametrize("orientation", [1, 6])
@pytest.mark.parametrize("tilt", [0, 6.5, -11.0])
def test_the_part_is_the_one_a_slow_and_simple_way_shows(
    rotate: int, flip: bool, orientation: int, tilt: float, tmp_path: Path
) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(soft_file(orientation))
    edits = {"rotate": rotate, "flip": flip, "straighten": tilt, "crop": [0.3, 0.1, 0.4, 0.6]}
    upright = soft_photo()
    if orientation == 6:
        upright = upright.transpose(Image.Transpose.ROTATE_270)
    expected = simply(upright, edits)
    _size, made, _plain, _drawing = pixels._drawn(path, Edits.from_json(edits), plain=False)
    assert made.size == expected.size
    shifted = ImageChops.offset(expected, 1, 0)
    # Each rounds to whole values several times; half a pixel off would be more than that.
    assert difference(made, expected) < 0.6 < difference(shifted, expected)


def simply(image: Image.Image, edits: dict[str, Any]) -> Image.Image:
    """Turned, mirrored, tilted (enlarged first, then cut back) and cropped, each on its own."""
    image = image.rotate(-edits["rotate"], expand=True)
    if edits["flip"]:
        image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    width, height = image.size
    angle = math.radians(abs(edits["straighten"]))
    scale = math.cos(angle) + math.sin(angle) * max(width / height, height / width)
    large = image.resize((round(width * scale), round(height * scale)), Image.Resampling.BICUBIC)
    large = large.rotate(-edits["straighten"], Image.Resampling.BICUBIC)
    left, top = (large.width - width) / 2, (large.height - height) / 2
    x, y, across, down = edits["crop"]
    box = (left + x * width, top + y * height)
    size = (round(across * width), round(down * height))
    return large.resize(size, Image.Resampling.BICUBIC, (*box, box[0] + size[0], box[1] + size[1]))


def difference(one: Image.Image, other: Image.Image) -> float:
    """The mean difference of all values, 0 to 255."""
    mean = ImageStat.Stat(ImageChops.difference(one.convert("RGB"), other.convert("RGB"))).mean
    return sum(mean) / 3


@pytest.mark.parametrize("size", [(300, 200), (200, 300), (600, 40)])
@pytest.mark.parametrize("tilt", [0.1, 7.0, 15.0, -15.0])
def test_straightened_no_corner_stays_empty(
    size: tuple[int, int], tilt: float, tmp_path: Path
) -> None:
    path = tmp_path / "white.png"
    Image.new("RGB", size, "white").save(path)
    made = drawn(path, {"straighten": tilt}, "jpeg1080")
    assert made.size == size
    assert min(low for low, _high in made.getextrema()) >= 250  # type: ignore[misc]


def test_a_small_part_of_a_large_photo_keeps_its_detail(tmp_path: Path) -> None:
    """Lines two pixels wide are there in a crop of 5 %, and so nothing was shrunk on the way."""
    path = tmp_path / "lines.jpg"
    stripes = Image.new("L", (4, 4))
    stripes.paste(255, (0, 0, 2, 4))
    image = Image.new("L", (6000, 4000))
    for x in range(0, 6000, 4):
        image.paste(stripes, (x, 0))
    image = image.resize((6000, 4000), Image.Resampling.NEAREST, (0, 0, 6000, 4))
    image.save(path, quality=90)
    made = drawn(path, {"crop": [0.4, 0.4, 0.25, 0.25]}, "l2048")
    assert made.size == (1500, 1000)
    assert ImageStat.Stat(made.convert("L")).stddev[0] > 90


def test_what_is_transparent_stays_so(tmp_path: Path) -> None:
    path = tmp_path / "clear.png"
    image = Image.new("RGBA", (100, 100), (200, 30, 30, 255))
    image.paste((0, 0, 0, 0), (0, 0, 50, 100))
    image.save(path)
    made = drawn(path, {"rotate": 90, "straighten": 2.0, "filter": "mono", "brightness": 30})
    assert made.mode == "RGBA"
    assert made.getpixel((50, 20))[3] == 0  # type: ignore[index]
    red, green, blue, alpha = made.getpixel((50, 80))  # type: ignore[misc]
    assert alpha == 255
    assert max(red, green, blue) - min(red, green, blue) < 6


def test_the_unedited_picture_is_made_for_the_editor_only(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    marked((1400, 900)).save(path, quality=95)
    edits = {"rotate": 90, "filter": "noir"}
    wanted, made = wanted_specs(1400, 900, edits), list[dict[str, Any]]()
    done = sandbox.render(path, tmp_path, wanted, made.append, edits)
    assert [one["spec"] for one in made] == wanted
    assert wanted[0] == "w640"
    assert wanted[-1] == "plain"
    assert (made[-1]["width"], made[-1]["height"]) == (1080, 694)
    with Image.open(made[-1]["path"]) as plain, Image.open(made[0]["path"]) as edited:
        assert quarters(plain.convert("RGB")) == "RGBY"
        assert edited.size == (640, 996)
    unedited = sandbox.render(path, tmp_path, ["w320"], made.append)
    assert (done["width"], done["height"]) == (unedited["width"], unedited["height"]) == (1400, 900)
    assert done["thumbhash"] != unedited["thumbhash"]


@pytest.mark.parametrize(
    ("focal", "square", "wide"),
    [
        ([0.0, 0.5], "left", "top"),
        ([0.5, 0.5], "middle", "middle"),
        ([1.0, 1.0], "right", "bottom"),
    ],
)
def test_thumbnails_are_cropped_round_the_focal_point(
    focal: list[float], square: str, wide: str, tmp_path: Path
) -> None:
    path = tmp_path / "strip.png"
    image = Image.new("RGB", (900, 300), CORNERS[1])
    image.paste(CORNERS[0], (0, 0, 300, 300))
    image.paste(CORNERS[2], (600, 0, 900, 300))
    image.save(path)
    colour = CORNERS[["left", "middle", "right"].index(square)]
    made = drawn(path, {"focal": focal}, "square320")
    assert made.size == (300, 300)
    assert difference(made, Image.new("RGB", made.size, colour)) < 4
    assert drawn(path, {"focal": focal}, "wide1200").size == (571, 300)
    image.transpose(Image.Transpose.ROTATE_270).save(path)
    focal_down = [0.5, focal[0]]
    made = drawn(path, {"focal": focal_down}, "wide1200")
    assert made.size == (300, 158)
    assert difference(made, Image.new("RGB", made.size, colour)) < 4, wide
