"""What becomes of a file: its renditions, and how far its patches are from what they should be."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PIL import Image, ImageStat

from posts.imaging import pixels
from posts.imaging.edits import Edits
from tests.charts import CHART, SIDE
from tests.seen import delta_e, lab_of

# How far (CIEDE2000) a patch may be off, and where its light had to be mapped.
NEAR, HDR = 2.0, 6.0


def shown(path: Path, spec: str = "jpeg1080") -> Image.Image:
    """A rendition of a file."""
    folder = path.parent / f"{path.name}-{spec}"
    folder.mkdir()
    made: list[Path] = []
    pixels.render(path, folder, [spec], lambda each: made.append(Path(each.path)), Edits())
    return Image.open(made[0]).convert("RGB")


def patches(image: Image.Image, number: int = len(CHART)) -> list[tuple[int, ...]]:
    """The mean colour of the middle of each patch."""
    found = []
    for at in range(number):
        left, top = at % 4 * SIDE, at // 4 * SIDE
        part = image.crop((left + 16, top + 16, left + SIDE - 16, top + SIDE - 16))
        found.append(tuple(round(mean) for mean in ImageStat.Stat(part).mean))
    return found


def assert_chart(path: Path, most: float, expected: Sequence[Any] = CHART) -> None:
    """Every patch looks as expected."""
    found = patches(shown(path), len(expected))
    apart = [delta_e(lab_of(a), lab_of(b)) for a, b in zip(found, expected, strict=True)]
    assert max(apart) <= most, list(zip(found, apart, strict=True))


def file_of(tmp_path: Path, content: bytes) -> Path:
    """A file of these bytes."""
    path = tmp_path / "chart"
    path.write_bytes(content)
    return path


def most_of(transfer: int) -> float:
    """How far a patch of this transfer may be off."""
    return HDR if transfer in (16, 18) else NEAR
