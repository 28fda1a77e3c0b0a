"""What phones write fits, however many megapixels; what would cost too much is refused at once."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from PIL import Image

from posts.imaging.sandbox import DecodingError, Sandbox, sandbox
from posts.imaging.specs import wanted_specs
from posts.reasons import sentence
from tests import bombs, carrying, speed
from tests.memory import Memory

pytestmark = pytest.mark.pipeline

PHONES = [(9_248, 6_936), (12_000, 9_000), (16_320, 12_240), (9_000, 12_000), (12_032, 9_024)]


@pytest.mark.parametrize("size", PHONES)
def test_photos_of_phones_are_ready(size: tuple[int, int], tmp_path: Path) -> None:
    path = tmp_path / "phone.jpg"
    path.write_bytes(bombs.flat_jpeg(*size))
    found = sandbox.inspect(path)
    assert (found["width"], found["height"]) == size
    made: list[dict[str, Any]] = []
    sandbox.render(path, tmp_path, wanted_specs(*size, {}), made.append)
    assert "l2048" in [one["spec"] for one in made]
    for one in made:
        with Image.open(one["path"]) as image:
            assert image.convert("RGB").getpixel((5, 5)) == (128, 128, 128)


@pytest.mark.parametrize(
    "edits",
    [
        {"crop": [0.4, 0.4, 0.1, 0.1]},
        {"straighten": 9.0},
        {"rotate": 90, "crop": [0.0, 0.0, 0.06, 0.06]},
    ],
)
def test_they_can_be_edited(edits: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "phone.jpg"
    path.write_bytes(bombs.flat_jpeg(16_320, 12_240))
    wanted = wanted_specs(16_320, 12_240, edits)
    made: list[dict[str, Any]] = []
    sandbox.render(path, tmp_path, wanted, made.append, edits)
    assert [one["spec"] for one in made] == wanted


@pytest.fixture
def patient() -> Iterator[Sandbox]:
    """For what takes most of a child's time here: five times as long, on any machine."""
    with speed.child_bounds_of(5 * speed.slowness()) as ours:
        yield ours


def test_what_is_missing_of_a_large_picture_is_measured_within_bounds(
    patient: Sandbox, tmp_path: Path
) -> None:
    """Its last scan is no smaller at an eighth of the size, and several are compared.

    It takes two thirds of the processor time that a child has on a quick machine.
    """
    path = tmp_path / "phone.jpg"
    path.write_bytes(bombs.scans(8_000, 3)[:-2])
    assert patient.inspect(path)["metadata"]["unreadable"] == ["end"]


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda: bombs.flat_jpeg(16_320, 12_240, 3), "large_progressive"),
        (lambda: bombs.flat_jpeg(12_000, 12_000), "too_many_pixels"),
        (lambda: bombs.flat_jpeg(16_383, 12_287), "too_many_pixels"),
        (lambda: bombs.jpeg_header(16_400), "too_long_side"),
        (lambda: bombs.png(8_486, 1, 0, 1), "too_many_pixels"),
    ],
)
def test_what_costs_too_much_is_refused(make: Any, code: str, tmp_path: Path) -> None:
    path = tmp_path / "large"
    path.write_bytes(make())
    with pytest.raises(DecodingError) as caught:
        sandbox.inspect(path)
    assert caught.value.code == code


def test_deep_grey_with_a_transparent_value_keeps_within_memory(tmp_path: Path) -> None:
    content, path = bombs.png(8_485, 16, 0, 1), tmp_path / "deep.png"
    path.write_bytes(content[:33] + carrying.chunk(b"tRNS", b"\0\0") + content[33:])
    box = Sandbox()
    box.warm()
    child = box._idle[0]
    with Memory([psutil.Process(child.process.pid)]) as held:
        box.render(path, tmp_path, ["w320"], lambda _made: None)
    child.end()
    assert held.growth <= 740_000_000


def test_the_sentence_names_what_phones_write() -> None:
    for number in ("72 megapixels", "50-", "64-megapixel", "108-", "200-megapixel"):
        assert number in sentence("too_many_pixels")
    assert "baseline" in sentence("large_progressive")
