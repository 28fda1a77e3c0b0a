"""Pictures of a few pixels: ready at their own size, in every format and with every edit."""

import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from posts.imaging.sandbox import sandbox
from posts.imaging.specs import targets, wanted_specs

pytestmark = pytest.mark.pipeline

SIDES = (1, 2, 3, 5, 7, 8, 9)
WAYS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "JPEG": ("JPEG", "RGB", {}),
    "JPEG 4:4:4": ("JPEG", "RGB", {"subsampling": 0}),
    "JPEG 4:2:2": ("JPEG", "RGB", {"subsampling": 1}),
    "progressive JPEG": ("JPEG", "RGB", {"progressive": True}),
    "grey JPEG": ("JPEG", "L", {}),
    "CMYK JPEG": ("JPEG", "CMYK", {}),
    "PNG": ("PNG", "RGB", {}),
    "PNG with transparency": ("PNG", "RGBA", {}),
    "PNG of one bit": ("PNG", "1", {}),
    "GIF": ("GIF", "P", {}),
    "WebP": ("WEBP", "RGB", {}),
    "lossless WebP": ("WEBP", "RGBA", {"lossless": True}),
    "AVIF": ("AVIF", "RGB", {"speed": 10}),
    "AVIF with transparency": ("AVIF", "RGBA", {"speed": 10}),
    "AVIF 4:4:4": ("AVIF", "RGB", {"speed": 10, "subsampling": "4:4:4"}),
    "grey AVIF": ("AVIF", "L", {"speed": 10}),
}
EDITS: dict[str, Any] = {
    "rotate": 90, "straighten": 7.0, "crop": [0.1, 0.1, 0.5, 0.5], "filter": "mono",
    "focal": [0.9, 0.1],
}  # fmt: skip


def small(format: str, mode: str, size: tuple[int, int], options: dict[str, Any]) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, (200, 60, 60)).convert(mode).save(file, format, **options)
    return file.getvalue()


def check(path: Path, size: tuple[int, int], edits: dict[str, Any]) -> None:
    """Every rendition is there, in the size it should have."""
    found = sandbox.inspect(path)
    assert (found["width"], found["height"]) == size
    wanted = wanted_specs(*size, edits)
    made: list[dict[str, Any]] = []
    done = sandbox.render(path, path.parent, wanted, made.append, edits)
    assert [one["spec"] for one in made] == wanted
    assert done["thumbhash"]
    if not edits:
        sizes = {target.spec.name: (target.width, target.height) for target in targets(*size)}
        assert {one["spec"]: (one["width"], one["height"]) for one in made} == sizes
        with Image.open(made[0]["path"]) as image:
            assert image.size == size


@pytest.mark.parametrize("way", WAYS)
def test_every_pair_of_small_sides(way: str, tmp_path: Path) -> None:
    format, mode, options = WAYS[way]
    path = tmp_path / "small"
    for width in SIDES:
        for height in SIDES:
            path.write_bytes(small(format, mode, (width, height), options))
            check(path, (width, height), {})
            if width != height:
                # The same edits on every other one.
                check(path, (width, height), EDITS)


def test_the_file_of_the_report(tmp_path: Path) -> None:
    path = tmp_path / "tiny.jpg"
    path.write_bytes((Path(__file__).parents[1] / "reports" / "tiny_5x5.jpg").read_bytes())
    check(path, (5, 5), {})
