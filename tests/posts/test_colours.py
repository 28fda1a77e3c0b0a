"""Edits of colour: what Pillow does with the maps is what the formula says, pixel for pixel."""

import math
import random
from typing import Any

import pytest
from PIL import Image

from posts.imaging.colours import GRAIN, Maps, colour_maps, coloured
from posts.imaging.edits import Edits
from posts.imaging.presets import PRESETS, presets_json

pytestmark = pytest.mark.pipeline

SOME: list[dict[str, Any]] = [
    {"warmth": 100},
    {"warmth": -100, "saturation": 100},
    {"saturation": -100},
    {"brightness": 100, "contrast": -100},
    {"brightness": -37, "contrast": 100},
    *({"filter": name} for name in PRESETS),
    *({"filter": name, "intensity": 43, "saturation": 100, "warmth": 77} for name in PRESETS),
]


def exactly(pixel: tuple[int, ...], maps: Maps) -> list[int]:
    """The formula in whole numbers, which no rounding can blur."""
    numbers, table = maps
    found = []
    for row in range(3):
        parts = [round(number * GRAIN) for number in numbers[row * 4 : row * 4 + 4]]
        total = sum(a * b for a, b in zip(parts, (*pixel, 1), strict=True))
        found.append(table[min(255, max(0, (2 * total + GRAIN) // (2 * GRAIN)))])
    return found


@pytest.mark.parametrize("data", SOME)
def test_pillow_computes_exactly_what_the_maps_say(data: dict[str, Any]) -> None:
    pick = random.Random(5)
    pixels = [tuple(pick.choices(range(256), k=3)) for _ in range(4000)]
    image = Image.new("RGB", (80, 50))
    image.putdata(pixels)
    edits = Edits.from_json(data)
    maps, made = colour_maps(edits), coloured(image, edits).tobytes()
    for at, pixel in enumerate(pixels):
        assert list(made[3 * at : 3 * at + 3]) == exactly(pixel, maps), pixel


@pytest.mark.parametrize("data", SOME)
def test_no_sum_can_be_rounded_on_any_machine(data: dict[str, Any]) -> None:
    numbers, table = colour_maps(Edits.from_json(data))
    assert all((number * GRAIN).is_integer() for number in numbers)
    for row in range(3):
        most = sum(abs(number) * 255 for number in numbers[row * 4 : row * 4 + 4])
        assert most * GRAIN < 2**24, "single precision holds 24 bits"
    assert len(table) == 256
    assert all(isinstance(value, int) and 0 <= value <= 255 for value in table)


def test_nothing_is_done_for_nothing() -> None:
    image = Image.new("RGB", (4, 4), (1, 2, 3))
    assert coloured(image, Edits.from_json({"rotate": 90, "crop": [0, 0, 0.5, 1]})) is image
    numbers, table = colour_maps(Edits())
    assert numbers == (1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0)
    assert table == list(range(256))


def shown(data: dict[str, Any], pixel: tuple[int, int, int]) -> list[int]:
    """One pixel after edits."""
    return list(coloured(Image.new("RGB", (1, 1), pixel), Edits.from_json(data)).tobytes())


def test_each_edit_by_hand() -> None:
    assert shown({"warmth": 100}, (100, 100, 100)) == [118, 102, 82]
    assert shown({"warmth": -50}, (100, 100, 100)) == [91, 99, 109]
    grey = math.floor(0.2126 * 200 + 0.7152 * 100 + 0.0722 * 50 + 0.5)
    assert shown({"saturation": -100}, (200, 100, 50)) == [grey] * 3
    assert shown({"saturation": 50}, (200, 100, 50)) == [241, 91, 16]
    assert shown({"brightness": 50}, (100, 200, 250)) == [140, 240, 255]
    assert shown({"contrast": 100}, (100, 128, 200)) == [59, 129, 255]
    assert shown({"contrast": -100}, (0, 128, 255)) == [128, 128, 128]
    assert shown({"warmth": 100, "brightness": -100}, (250, 10, 10)) == [175, 0, 0]


def test_the_order_is_warmth_saturation_filter() -> None:
    warm_then_grey = shown({"warmth": 100, "saturation": -100}, (100, 100, 100))
    assert warm_then_grey == [math.floor(0.2126 * 118 + 0.7152 * 102 + 0.0722 * 82 + 0.5)] * 3
    assert len(set(shown({"warmth": 100, "filter": "mono"}, (100, 100, 100)))) == 1


def test_the_presets_are_eight_and_each_is_its_own() -> None:
    assert len(PRESETS) == 8
    seen = {tuple(shown({"filter": name}, (180, 120, 90))) for name in PRESETS}
    assert len(seen) == 8
    colourless = [
        name for name in PRESETS if len(set(shown({"filter": name}, (180, 120, 90)))) == 1
    ]
    assert colourless == ["mono", "noir"]
    assert [one["name"] for one in presets_json()] == list(PRESETS)


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_keeps_greys_in_order_and_near_grey(name: str) -> None:
    points = PRESETS[name].points
    assert points[0][0] == 0
    assert points[-1][0] == 255
    assert sorted(points) == list(points)
    greys = [shown({"filter": name}, (value,) * 3) for value in range(0, 256, 5)]
    sums = [sum(grey) for grey in greys]
    assert sums == sorted(sums)
    assert max(max(grey) - min(grey) for grey in greys) <= 45


@pytest.mark.parametrize("name", PRESETS)
def test_less_intensity_is_nearer_to_the_photo(name: str) -> None:
    before = (180, 120, 90)
    far = [
        sum(
            abs(a - b)
            for a, b in zip(shown({"filter": name, "intensity": i}, before), before, strict=True)
        )
        for i in (1, 25, 50, 75, 100)
    ]
    assert far == sorted(far)
    assert far[0] <= 3


def test_transparency_is_kept() -> None:
    image = Image.new("RGBA", (2, 1), (200, 100, 50, 77))
    image.putpixel((1, 0), (10, 20, 30, 0))
    made = coloured(image, Edits.from_json({"filter": "ember", "contrast": 20}))
    assert made.mode == "RGBA"
    assert list(made.getchannel("A").tobytes()) == [77, 0]
    first = made.convert("RGB").tobytes()[:3]
    assert list(first) == shown({"filter": "ember", "contrast": 20}, (200, 100, 50))
