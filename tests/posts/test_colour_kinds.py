"""Colours of HDR, of cameras (EXIF) and of grey pictures that no profile tells."""

import io
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from posts.imaging import pixels
from posts.imaging.edits import Edits
from tests import charts, heif_files, icc
from tests.charts import CHART, PRIMARIES, chart, cicp, image_of, png
from tests.rendered import HDR, NEAR, assert_chart, file_of, most_of, patches, shown
from tests.seen import delta_e, lab_of

pytestmark = pytest.mark.pipeline

FILES = Path(__file__).parents[1] / "files"
GREYS = [17 * step for step in range(16)]


@pytest.mark.parametrize("spec", ["w320", "jpeg1080"])
@pytest.mark.parametrize("transfer", [16, 18])
def test_highlights_are_softened_and_keep_their_hue(
    tmp_path: Path, transfer: int, spec: str
) -> None:
    """White of paper stays light, a lamp is lighter, and coloured lamps keep their colour."""
    lights = [(1, 1, 1), (4, 4, 4), (4, 0, 0), (4, 2, 0), (0, 0, 4), (0.5, 0.25, 0), (0, 4, 4),
              (0.2, 0.2, 0.2)]  # fmt: skip
    curve = charts.SIGNALS[transfer]
    values = [
        tuple(round(255 * each) for each in charts.encoded_light(light, PRIMARIES[9], curve))
        for light in lights
    ]
    content = png(charts.rows_of(values), 8, cicp(9, transfer))
    white, lamp, red, orange, blue, brown, cyan, grey = patches(
        shown(file_of(tmp_path, content), spec)
    )
    assert 235 <= min(white) < min(lamp)
    assert min(lamp) >= 250
    assert red[0] > 235
    assert max(red[1:]) < 40
    assert blue[2] > 235
    assert max(blue[:2]) < 40
    assert min(cyan[1:]) > 235
    assert abs(hue(orange) - hue(brown)) <= 3
    assert delta_e(lab_of(grey), lab_of((124, 124, 124))) <= 2


def hue(colour: Sequence[float]) -> float:
    """The angle of the light's mixture, in degrees."""
    red, green, blue = (icc.srgb_linear(value / 255) for value in colour)
    return math.degrees(math.atan2(math.sqrt(3) * (green - blue), 2 * red - green - blue))


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_hdr_told_inside_a_profile(tmp_path: Path, format: str) -> None:
    """A profile may carry code points (ICC.1:2022, 9.2.17)."""
    tags = {b"desc": b"desc\0\0\0\0\0\0\0\x03PQ\0" + b"\0" * 78,
            b"cicp": b"cicp\0\0\0\0\x09\x10\0\x01"}  # fmt: skip
    file = io.BytesIO()
    options = {"quality": 98} | ({"subsampling": 0} if format == "JPEG" else {})
    hdr = icc.profile(b"mntr", b"RGB ", b"XYZ ", tags)
    image_of(chart(9, 16)).save(file, format, icc_profile=hdr, **options)
    path = file_of(tmp_path, file.getvalue())
    assert_chart(path, HDR)
    assert pixels.inspect(path).metadata["hdr"]


def test_a_crop_of_an_hdr_picture_is_as_bright_as_the_whole(tmp_path: Path) -> None:
    """What counts as its brightest is of the picture, not of the part that is shown."""
    curve = charts.SIGNALS[16]
    values = [
        tuple(round(255 * each) for each in charts.encoded_light(light, PRIMARIES[9], curve))
        for light in ((0.9, 0.9, 0.9), (0.9, 0.9, 0.9), (0.9, 0.9, 0.9), (9, 9, 9))
    ]
    path = file_of(tmp_path, png(charts.rows_of(values), 8, cicp(9, 16)))
    made: list[Path] = []
    edits = Edits.from_json({"crop": [0, 0, 0.5, 1]})
    pixels.render(path, tmp_path, ["jpeg1080"], lambda one: made.append(Path(one.path)), edits)
    cropped = Image.open(made[0]).convert("RGB").getpixel((40, 30))
    assert cropped == shown(path).getpixel((40, 30))


def adobe_exif(space: int | None = 65_535, index: bytes = b"R03\0") -> bytes:
    """An EXIF block with a directory for interoperability."""
    begin = 8 + 18 + 30
    camera = b"\0\2" + (b"\xa0\1\0\3\0\0\0\1" + (space or 0).to_bytes(2, "big") + b"\0\0")
    if space is None:
        camera = b"\0\2" + b"\xa0\0\0\7\0\0\0\4" + b"0230"
    camera += b"\xa0\5\0\4\0\0\0\1" + begin.to_bytes(4, "big") + bytes(4)
    main = b"\0\1\x87\x69\0\4\0\0\0\1" + (26).to_bytes(4, "big") + bytes(4)
    beside = b"\0\1\0\1\0\2\0\0\0\4" + index + bytes(4)
    return b"Exif\0\0MM\0*\0\0\0\x08" + main + camera + beside


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "AVIF"])
@pytest.mark.parametrize(
    ("space", "index", "adobe"),
    [
        (65_535, b"R03\0", True), (2, b"R98\0", True), (1, b"R98\0", False), (1, b"R03\0", False),
        (65_535, b"R98\0", False), (65_535, b"\0\0\0\0", False), (None, b"R03\0", False),
    ],
)  # fmt: skip
def test_adobe_rgb_by_exif(
    tmp_path: Path, format: str, space: int | None, index: bytes, adobe: bool
) -> None:
    primaries = icc.ADOBE_PRIMARIES if adobe else icc.SRGB_PRIMARIES
    curve = (lambda light: light ** (256 / 563)) if adobe else charts.SIGNALS[13]
    values = [
        tuple(round(255 * each) for each in charts.signals(one, primaries, curve)) for one in CHART
    ]
    file = io.BytesIO()
    best: dict[str, dict[str, Any]] = {
        "JPEG": {"quality": 98, "subsampling": 0},
        "WEBP": {"lossless": True},
        "AVIF": {"quality": 100, "subsampling": "4:4:4"},
    }
    options = best.get(format, {})
    image_of(charts.rows_of(values)).save(file, format, exif=adobe_exif(space, index), **options)
    content = file.getvalue()
    if format == "AVIF":
        # Pillow names sRGB by code points, and those go first.
        coded = heif_files.coded_of(content, b"av01")
        content = heif_files.file_of([coded], b"avif", exif=adobe_exif(space, index)[6:])
    assert_chart(file_of(tmp_path, content), 3.0)


def test_a_profile_goes_before_exif(tmp_path: Path) -> None:
    file = io.BytesIO()
    told = icc.matrix_profile("P3", icc.P3_PRIMARIES, icc.SRGB_CURVE)
    image_of(chart(12, 13)).save(file, "WEBP", lossless=True, exif=adobe_exif(), icc_profile=told)
    assert_chart(file_of(tmp_path, file.getvalue()), NEAR)


def assert_greys(path: Path, most: int = 2) -> None:
    """The steps as libavif's own decoder gives them (avifdec 0.11.1 to 16 bits: exactly these)."""
    for spec in ("w320", "jpeg1080"):
        found = patches(shown(path, spec), len(GREYS))
        for grey, colour in zip(GREYS, found, strict=True):
            assert max(abs(value - grey) for value in colour) <= most, (spec, grey, colour)


@pytest.mark.parametrize("whole", ["full", "limited"])
@pytest.mark.parametrize("alpha", [False, True])
def test_monochrome_avif(tmp_path: Path, whole: str, alpha: bool) -> None:
    image = image_of(charts.rows_of([(grey,) * 3 for grey in GREYS])).convert("L")
    path = tmp_path / "grey"
    if alpha:
        image.putalpha(255)
    options = {} if alpha else {"subsampling": "4:0:0"}
    image.save(path, "AVIF", quality=100, range=whole, **options)
    assert_greys(path)


@pytest.mark.parametrize(
    "name",
    ["8bit-limited", "10bit-limited", "12bit-limited", "10bit-full"],
)
def test_deep_monochrome_avif(tmp_path: Path, name: str) -> None:
    assert_greys(file_of(tmp_path, (FILES / f"grey-{name}.avif").read_bytes()))


@pytest.mark.parametrize(("primaries", "transfer"), [(12, 13), (9, 16), (9, 8)])
def test_monochrome_avif_with_code_points(tmp_path: Path, primaries: int, transfer: int) -> None:
    curve = charts.SIGNALS[transfer]
    values = [
        tuple(
            round(255 * each) for each in charts.signals((grey,) * 3, PRIMARIES[primaries], curve)
        )
        for grey in (255, 200, 128, 90)
    ]
    coded = heif_files.av1(image_of(charts.rows_of(values)).convert("L"), subsampling="4:0:0")
    coded.properties.append(heif_files.nclx(primaries, transfer))
    path = file_of(tmp_path, heif_files.file_of([coded], b"avif"))
    assert_chart(path, most_of(transfer), [(grey,) * 3 for grey in (255, 200, 128, 90)])


def test_monochrome_avif_with_a_grey_profile(tmp_path: Path) -> None:
    curve = charts.SIGNALS[8]
    values = [tuple(round(255 * curve(icc.srgb_linear(grey / 255))) for _ in range(3))
              for grey in (255, 200, 128, 90)]  # fmt: skip
    path = tmp_path / "grey"
    image_of(charts.rows_of(values)).convert("L").save(
        path, "AVIF", quality=100, subsampling="4:0:0", icc_profile=icc.grey_profile("Linear", 1.0)
    )
    assert_chart(path, NEAR, [(grey,) * 3 for grey in (255, 200, 128, 90)])
