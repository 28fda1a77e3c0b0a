"""PDQ hashes: the same as the published ones, near for copies, far for other pictures."""

import io
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter

from posts.imaging.perceptual import distance, pdq
from posts.imaging.sandbox import sandbox

pytestmark = pytest.mark.pipeline

# What the published program says of scene(1), scene(2) and scene(3) at 512 by 512 pixels.
PUBLISHED = {
    1: "d0062c0e980f6a26598e364e5c32198c26e73cceddc2d17634cd79e7ba7ce8dc",
    2: "a8f13b4b60f3c8c1150ff372c7075c4f3832e3c438503c7ce1c74a97b03ce53f",
    3: "bd11c2eae1d4ffe20f8e8314b2d949aadfd48d660e4b02d741f8bf484f1e00f1",
}


def scene(number: int, size: tuple[int, int] = (640, 480)) -> Image.Image:
    """A picture with shapes, edges and shades, as different from the others as photos are."""
    pick = random.Random(number)
    image = Image.new("RGB", size)
    draw = ImageDraw.Draw(image)
    for _ in range(60):
        x, y = pick.uniform(-0.2, 1) * size[0], pick.uniform(-0.2, 1) * size[1]
        across, down = pick.uniform(0.05, 0.5) * size[0], pick.uniform(0.05, 0.5) * size[1]
        shape = draw.ellipse if pick.random() < 0.5 else draw.rectangle
        shape((x, y, x + across, y + down), tuple(pick.choices(range(256), k=3)))
    return image.filter(ImageFilter.GaussianBlur(size[0] / 320))


def recompressed(image: Image.Image, **options: Any) -> Image.Image:
    file = io.BytesIO()
    image.save(file, **options)
    return Image.open(file).convert("RGB")


def cropped(image: Image.Image) -> Image.Image:
    width, height = image.size
    return image.crop((width // 100, height // 100, width - width // 100, height - height // 100))


COPIES: dict[str, Callable[[Image.Image], Image.Image]] = {
    "JPEG, strongly compressed": lambda image: recompressed(image, format="JPEG", quality=20),
    "WebP": lambda image: recompressed(image, format="WEBP", quality=40),
    "half as large": lambda image: image.resize((image.width // 2, image.height // 2)),
    "twice as large": lambda image: image.resize((image.width * 2, image.height * 2)),
    "of another shape": lambda image: image.resize((500, 500)),
    "lighter": lambda image: ImageEnhance.Brightness(image).enhance(1.1),
    "2 % cropped": cropped,
    "cropped, small, compressed": lambda image: recompressed(
        cropped(image).resize((400, 300)), format="JPEG", quality=50
    ),
}


@pytest.mark.parametrize(("number", "expected"), PUBLISHED.items())
def test_the_hashes_are_the_published_ones(number: int, expected: str) -> None:
    image = scene(number, (512, 512))
    found = pdq(image)
    assert len(found) == 64
    assert distance(found, expected) <= 12


@pytest.mark.parametrize("copy", COPIES)
@pytest.mark.parametrize("number", range(6))
def test_a_copy_is_near(copy: str, number: int) -> None:
    image = scene(number)
    assert distance(pdq(image), pdq(COPIES[copy](image))) <= 31


def test_other_pictures_are_far() -> None:
    hashes = [pdq(scene(number)) for number in range(30)]
    apart = [distance(one, other) for at, one in enumerate(hashes) for other in hashes[:at]]
    assert min(apart) > 60
    assert 110 < sum(apart) / len(apart) < 140


def test_the_bits_are_half_ones() -> None:
    assert {int(pdq(scene(number)), 16).bit_count() for number in range(8)} == {128}


@pytest.mark.parametrize("size", [(1, 1), (4, 300), (300, 4)])
def test_what_is_too_small_has_none(size: tuple[int, int]) -> None:
    assert pdq(Image.new("RGB", size)) == ""


def test_what_is_flat_has_none() -> None:
    """Its hash would be mere rounding, and the same as that of every other sky."""
    assert pdq(Image.new("RGB", (640, 480), (90, 140, 220))) == ""
    assert pdq(Image.linear_gradient("L").resize((640, 480))) == ""


def test_distance() -> None:
    assert distance("00", "00") == 0
    assert distance("f0" * 32, "0f" * 32) == 256
    assert distance("0" * 63 + "1", "0" * 63 + "3") == 1


def test_it_costs_little() -> None:
    image = scene(1)
    pdq(image)
    spent = []
    for _ in range(5):
        before = time.process_time()
        pdq(image)
        spent.append(time.process_time() - before)
    assert min(spent) < 0.012, "about 3 ms here"


def test_the_worker_hashes_the_picture_as_it_came(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    scene(3, (2600, 1950)).save(path, quality=90)

    def told(edits: dict[str, Any], wanted: list[str]) -> str:
        found: str = sandbox.render(path, tmp_path, wanted, lambda _made: None, edits)["pdq"]
        return found

    unedited = told({}, ["w320"])
    assert distance(unedited, pdq(scene(3, (2600, 1950)))) <= 10
    edits = {"rotate": 90, "crop": [0, 0, 0.3, 0.3], "filter": "noir", "straighten": 9.0}
    assert distance(unedited, told(edits, ["w320"])) <= 10
    assert distance(unedited, told(edits, ["w320", "plain"])) <= 10
