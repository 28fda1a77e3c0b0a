"""The sizes of renditions, as a table."""

import pytest

from posts.pipeline.specs import SPECS, size_for, targets

# width, height: what is made, in this order
TABLE = {
    (4000, 3000): [
        "w640 640x480",
        "w320 320x240",
        "w1080 1080x810",
        "jpeg1080 1080x810",
        "l2048 2048x1536",
    ],
    (3000, 4000): [
        "w640 640x853",
        "w320 320x427",
        "w1080 1080x1440",
        "jpeg1080 1080x1440",
        "l2048 1536x2048",
    ],
    (2048, 1536): [
        "w640 640x480",
        "w320 320x240",
        "w1080 1080x810",
        "jpeg1080 1080x810",
        "l2048 2048x1536",
    ],
    (1200, 900): [
        "w640 640x480",
        "w320 320x240",
        "w1080 1080x810",
        "jpeg1080 1080x810",
        "l2048 1200x900",
    ],
    (1080, 1080): [
        "w640 640x640",
        "w320 320x320",
        "w1080 1080x1080",
        "jpeg1080 1080x1080",
    ],
    (640, 480): [
        "w640 640x480",
        "w320 320x240",
        "jpeg1080 640x480",
    ],
    (600, 400): [
        "w640 600x400",
        "w320 320x213",
        "jpeg1080 600x400",
    ],
    (320, 200): [
        "w320 320x200",
        "jpeg1080 320x200",
    ],
    (100, 80): [
        "w320 100x80",
        "jpeg1080 100x80",
    ],
    (1, 1): [
        "w320 1x1",
        "jpeg1080 1x1",
    ],
    (800, 16000): [
        "w640 640x12800",
        "w320 320x6400",
        "w1080 800x16000",
        "jpeg1080 800x16000",
        "l2048 102x2048",
    ],
    (16000, 800): [
        "w640 640x32",
        "w320 320x16",
        "w1080 1080x54",
        "jpeg1080 1080x54",
        "l2048 2048x102",
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
            formats = [(target.spec.format, target.width) for target in wanted]
            assert len(formats) == len(set(formats))
            assert {"webp", "jpg"} == {target.spec.format for target in wanted}


def test_the_promised_renditions() -> None:
    assert [(spec.name, spec.format, spec.width, spec.edge) for spec in SPECS] == [
        ("w640", "webp", 640, 0),
        ("w320", "webp", 320, 0),
        ("w1080", "webp", 1080, 0),
        ("jpeg1080", "jpg", 1080, 0),
        ("l2048", "webp", 0, 2048),
    ]
    assert size_for(SPECS[0], 1280, 1) == (640, 1)
