"""The sizes of renditions, as a table."""

import math

import pytest

from posts.imaging.edits import EditsError
from posts.imaging.specs import CROPPED, SPECS, base_size, crop_box, size_for, targets, wanted_specs

SQUARE, WIDE = (spec for spec in SPECS if spec.name in CROPPED)

# width, height: what is made, in this order
TABLE = {
    (4000, 3000): [
        "w640 640x480",
        "w320 320x240",
        "w1080 1080x810",
        "jpeg1080 1080x810",
        "l2048 2048x1536",
        "square320 320x320",
        "wide1200 1200x630",
    ],
    (3000, 4000): [
        "w640 640x853",
        "w320 320x427",
        "w1080 1080x1440",
        "jpeg1080 1080x1440",
        "l2048 1536x2048",
        "square320 320x320",
        "wide1200 1200x630",
    ],
    (2048, 1536): [
        "w640 640x480",
        "w320 320x240",
        "w1080 1080x810",
        "jpeg1080 1080x810",
        "l2048 2048x1536",
        "square320 320x320",
        "wide1200 1200x630",
    ],
    (1200, 900): [
        "w640 640x480",
        "w320 320x240",
        "w1080 1080x810",
        "jpeg1080 1080x810",
        "l2048 1200x900",
        "square320 320x320",
        "wide1200 1200x630",
    ],
    (1080, 1080): [
        "w640 640x640",
        "w320 320x320",
        "w1080 1080x1080",
        "jpeg1080 1080x1080",
        "square320 320x320",
        "wide1200 1080x567",
    ],
    (640, 480): [
        "w640 640x480",
        "w320 320x240",
        "jpeg1080 640x480",
        "square320 320x320",
        "wide1200 640x336",
    ],
    (600, 400): [
        "w640 600x400",
        "w320 320x213",
        "jpeg1080 600x400",
        "square320 320x320",
        "wide1200 600x315",
    ],
    (320, 200): [
        "w320 320x200",
        "jpeg1080 320x200",
        "square320 200x200",
        "wide1200 320x168",
    ],
    (100, 80): [
        "w320 100x80",
        "jpeg1080 100x80",
        "square320 80x80",
        "wide1200 100x52",
    ],
    (1, 1): [
        "w320 1x1",
        "jpeg1080 1x1",
        "square320 1x1",
        "wide1200 1x1",
    ],
    (800, 16000): [
        "w640 640x12800",
        "w320 320x6400",
        "w1080 800x16000",
        "jpeg1080 800x16000",
        "l2048 102x2048",
        "square320 320x320",
        "wide1200 800x420",
    ],
    (16000, 800): [
        "w640 640x32",
        "w320 320x16",
        "w1080 1080x54",
        "jpeg1080 1080x54",
        "l2048 2048x102",
        "square320 320x320",
        "wide1200 1200x630",
    ],
}


@pytest.mark.parametrize(("size", "wanted"), TABLE.items())
def test_what_is_made_of_a_picture(size: tuple[int, int], wanted: list[str]) -> None:
    made = [f"{target.spec.name} {target.width}x{target.height}" for target in targets(*size)]
    assert made == wanted


def test_nothing_is_made_larger_than_the_picture_nor_twice() -> None:
    for width in (1, 2, 319, 320, 321, 640, 1079, 1080, 1081, 2048, 5000):
        for height in (1, 300, 1080, 2049, 9000):
            wanted = targets(width, height)
            assert all(1 <= target.width <= width for target in wanted)
            assert all(1 <= target.height <= height for target in wanted)
            whole = [target for target in wanted if not target.spec.height]
            formats = [(target.spec.format, target.width) for target in whole]
            assert len(formats) == len(set(formats))
            assert {"webp", "jpg"} == {target.spec.format for target in wanted}


def test_the_promised_renditions() -> None:
    assert [(spec.name, spec.format, spec.width, spec.edge, spec.height) for spec in SPECS] == [
        ("w640", "webp", 640, 0, 0),
        ("w320", "webp", 320, 0, 0),
        ("w1080", "webp", 1080, 0, 0),
        ("jpeg1080", "jpg", 1080, 0, 0),
        ("l2048", "webp", 0, 2048, 0),
        ("square320", "webp", 320, 0, 320),
        ("wide1200", "jpg", 1200, 0, 630),
    ]
    assert CROPPED == ("square320", "wide1200")
    assert size_for(SPECS[0], 1280, 1) == (640, 1)


@pytest.mark.parametrize(
    ("focal", "left", "top"),
    [
        ((0.5, 0.5), 500, 0),
        ((0.0, 0.0), 0, 0),
        ((1.0, 1.0), 1000, 0),
        ((0.3, 0.9), 100, 0),
        ((0.9, 0.1), 1000, 0),
    ],
)
def test_the_crop_follows_the_focal_point_and_stays_inside(
    focal: tuple[float, float], left: int, top: int
) -> None:
    assert crop_box(SQUARE, 2000, 1000, focal) == (left, top, 1000, 1000)
    assert crop_box(SQUARE, 1000, 2000, focal[::-1]) == (top, left, 1000, 1000)


def test_crops_keep_their_shape() -> None:
    for width, height in ((3000, 2000), (2000, 3000), (1500, 1500), (500, 400), (16000, 800)):
        for focal in ((0.0, 0.0), (0.2, 0.7), (1.0, 1.0)):
            left, top, across, down = crop_box(WIDE, width, height, focal)
            assert math.isclose(across / down, 1200 / 630, rel_tol=0.01)
            assert 0 <= left <= width - across
            assert 0 <= top <= height - down
            assert across == width or down == height


def test_every_rendition_can_be_shrunk_from_the_base() -> None:
    for width in (1, 300, 1000, 1170, 2048, 5000, 16_000):
        for height in (1, 300, 640, 1081, 2532, 9000):
            base = base_size(width, height)
            for target in targets(width, height):
                if target.spec.height:
                    _left, _top, across, down = crop_box(target.spec, *base)
                    # The base is whole pixels: a panorama may miss one of them.
                    assert across >= target.width - 1
                    assert down >= target.height - 1
                else:
                    assert target.width <= base[0]
                    assert target.height <= base[1] + 1


@pytest.mark.parametrize("size", [(4000, 3000), (6000, 4000), (3000, 4000), (1080, 1080), (90, 70)])
def test_the_base_of_a_usual_shape_is_its_largest_rendition(size: tuple[int, int]) -> None:
    whole = [target for target in targets(*size) if not target.spec.height]
    assert base_size(*size) in [(target.width, target.height) for target in whole]


def test_what_is_wanted_of_an_edited_photo() -> None:
    every = ["w640", "w320", "w1080", "jpeg1080", "l2048", "square320", "wide1200"]
    assert wanted_specs(4000, 3000, {}) == every
    assert wanted_specs(4000, 3000, {"warmth": 5}) == [*every, "plain"]
    small = ["w640", "w320", "jpeg1080", "square320", "wide1200", "plain"]
    assert wanted_specs(4000, 3000, {"crop": [0, 0, 0.12, 0.5]}) == small
    assert wanted_specs(600, 4000, {"rotate": 90, "crop": [0, 0, 0.5, 1]}) == [*every, "plain"]
    with pytest.raises(EditsError):
        wanted_specs(4000, 3000, {"rotate": 45})
