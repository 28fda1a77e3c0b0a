"""Colours that a file names without a profile, against the inverse formulas of the standards."""

import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from posts.imaging import pixels
from posts.receipts import photo_receipts
from tests import charts, heif_files, icc
from tests.charts import CHART, PRIMARIES, chart, chrm, chunk, cicp, gama, image_of, png
from tests.rendered import HDR, NEAR, assert_chart, file_of, most_of, patches, shown
from tests.seen import delta_e, lab_of

pytestmark = pytest.mark.pipeline

FILES = Path(__file__).parents[1] / "files"
EVERY = [*itertools.product((1, 9, 12), (1, 4, 5, 8, 13)), (9, 14), (9, 16), (12, 16), (9, 18)]
# The code points of video that writers put on sRGB's values: shown as they are.
BY_HABIT = (1, 1)


@pytest.mark.parametrize(
    ("primaries", "transfer", "depth"),
    [(*pair, 8) for pair in EVERY] + [(12, 13, 16), (9, 8, 16), (9, 16, 16), (9, 18, 16)],
)
def test_code_points_of_png(tmp_path: Path, primaries: int, transfer: int, depth: int) -> None:
    content = png(chart(primaries, transfer, depth), depth, cicp(primaries, transfer))
    expected: Sequence[Any] = CHART
    if (primaries, transfer) == BY_HABIT:
        expected = [tuple(round(255 * each) for each in charts.signals(
            one, PRIMARIES[1], charts.SIGNALS[1])) for one in CHART]  # fmt: skip
    # Of 16 bits the decoder drops the lower eight; linear light has few steps in its shadows.
    slack = 1.5 if transfer == 8 else 0
    assert_chart(file_of(tmp_path, content), most_of(transfer) + slack, expected)


@pytest.mark.parametrize("whole", [True, False], ids=["full", "limited"])
@pytest.mark.parametrize(("primaries", "transfer"), [(12, 13), (9, 13), (9, 16), (9, 18), (12, 4)])
def test_code_points_of_avif(tmp_path: Path, primaries: int, transfer: int, whole: bool) -> None:
    picture = image_of(chart(primaries, transfer))
    coded = heif_files.av1(picture, range="full" if whole else "limited")
    coded.properties.append(heif_files.nclx(primaries, transfer, whole=whole))
    path = file_of(tmp_path, heif_files.file_of([coded], b"avif"))
    # Its losses count too: so many bits are left of 8 in the narrow range.
    assert_chart(path, most_of(transfer) + (0 if whole else 1))


@pytest.mark.parametrize(
    ("name", "most"),
    [
        ("p3-8bit.heic", 2.5), ("bt2020-pq-10bit.heic", HDR), ("bt2020-hlg-10bit.heic", HDR),
        ("p3-10bit.avif", NEAR), ("bt2020-pq-10bit.avif", HDR), ("bt2020-hlg-12bit.avif", HDR),
    ],
)  # fmt: skip
def test_deep_and_heic_files(tmp_path: Path, name: str, most: float) -> None:
    path = file_of(tmp_path, (FILES / name).read_bytes())
    assert_chart(path, most)
    said = pixels.inspect(path).metadata
    assert said["colours_by"] == "code_points"
    assert said.get("hdr", False) == ("bt2020" in name)


REPORTED: list[tuple[int, ...]] = [*CHART[:6]]


@pytest.mark.parametrize(
    ("name", "most"),
    [
        ("avif_nclx_p3.avif", NEAR), ("png_cicp_pq2020.png", HDR), ("png_gama18_mac.png", NEAR),
        ("adobergb_r03_no_icc.jpg", 3.0),
    ],
)  # fmt: skip
def test_reported_files(tmp_path: Path, name: str, most: float) -> None:
    path = file_of(tmp_path, (FILES / name).read_bytes())
    picture = shown(path)
    for at, colour in enumerate(REPORTED):
        found = picture.getpixel((80 * at + 40, 80))
        assert isinstance(found, tuple)
        assert delta_e(lab_of(found), lab_of(colour)) <= most, (colour, found)
    red, white = picture.getpixel((40, 80)), picture.getpixel((476, 240))
    assert isinstance(red, tuple)
    assert isinstance(white, tuple)
    assert max(red[1:]) < 40
    assert min(white) >= 235


@pytest.mark.parametrize("kind", [0, 3, 4, 6], ids=["grey", "palette", "grey-alpha", "rgb-alpha"])
@pytest.mark.parametrize("tag", ["gamma", "pq", "p3"])
def test_every_kind_of_png(tmp_path: Path, kind: int, tag: str) -> None:
    chunks = {"gamma": [gama(1 / 1.8)], "pq": [cicp(9, 16)], "p3": [cicp(12, 13)]}[tag]
    primaries = {"gamma": icc.SRGB_PRIMARIES, "pq": PRIMARIES[9], "p3": PRIMARIES[12]}[tag]
    curve = {"gamma": lambda x: x ** (1 / 1.8), "pq": charts.SIGNALS[16],
             "p3": charts.SIGNALS[13]}[tag]  # fmt: skip
    greys = kind in (0, 4)
    colours = [(value,) * 3 for value in (255, 128, 60, 200)] if greys else CHART[2:6]
    values = [
        tuple(round(255 * each) for each in charts.signals(one, primaries, curve))
        for one in colours
    ]
    if kind == 3:
        chunks = [*chunks, chunk(b"PLTE", bytes(each for one in values for each in one))]
        values = [(at,) for at in range(4)]
    elif greys:
        values = [one[:1] for one in values]
    if kind in (4, 6):
        values = [(*one, 255 if at else 0) for at, one in enumerate(values)]
        colours = [(255, 255, 255), *colours[1:]]
    content = png(charts.rows_of(values), 8, *chunks, kind=kind)
    assert_chart(file_of(tmp_path, content), most_of(16 if tag == "pq" else 13), colours)


@pytest.mark.parametrize(
    "primaries", [None, icc.SRGB_PRIMARIES, icc.P3_PRIMARIES, icc.ADOBE_PRIMARIES, charts.BT2020],
    ids=["none", "srgb", "p3", "adobe", "bt2020"],
)  # fmt: skip
@pytest.mark.parametrize(
    ("gamma", "depth"), [(1.0, 16), (1 / 1.8, 8), (1 / 2.2, 16), (1 / 2.4, 8), (0.45455, 8)]
)
def test_gamma_and_primaries(
    tmp_path: Path, gamma: float, primaries: icc.Primaries | None, depth: int
) -> None:
    most = (1 << depth) - 1
    values = [
        tuple(round(most * each) for each in charts.signals(
            one, primaries or icc.SRGB_PRIMARIES, lambda light: light**gamma))
        for one in CHART
    ]  # fmt: skip
    chunks = [gama(gamma), *([chrm(primaries)] if primaries else [])]
    content = png(charts.rows_of(values), depth, *chunks)
    path = file_of(tmp_path, content)
    found = patches(shown(path))
    for colour, expected in zip(found, CHART, strict=True):
        assert delta_e(lab_of(colour), lab_of(expected)) <= 3
    assert max(abs(value - 128) for value in found[4]) <= 3


def test_primaries_alone_leave_the_curve(tmp_path: Path) -> None:
    path = file_of(tmp_path, png(chart(12, 13), 8, chrm(icc.P3_PRIMARIES)))
    assert_chart(path, NEAR)
    assert pixels.inspect(path).metadata["profile"] == "Display P3"


def profile(primaries: icc.Primaries, gamma: float) -> bytes:
    body = icc.matrix_profile("Any", primaries, gamma)
    import zlib

    return chunk(b"iCCP", b"Any\0\0" + zlib.compress(body))


SRGB_CHUNK = chunk(b"sRGB", b"\0")
WRONG = gama(1.0)


@pytest.mark.parametrize(
    "chunks",
    [
        [cicp(12, 13), profile(icc.ADOBE_PRIMARIES, 2.2), SRGB_CHUNK, WRONG],
        [profile(icc.P3_PRIMARIES, icc.SRGB_CURVE), SRGB_CHUNK, WRONG],
        # Code points that say nothing, or what PNG does not allow, are none.
        [cicp(2, 2), profile(icc.P3_PRIMARIES, icc.SRGB_CURVE)],
        [cicp(12, 13, matrix=1), profile(icc.P3_PRIMARIES, icc.SRGB_CURVE)],
        [cicp(77, 13), profile(icc.P3_PRIMARIES, icc.SRGB_CURVE)],
        [chunk(b"cICP", b"\x0c\x0d"), profile(icc.P3_PRIMARIES, icc.SRGB_CURVE)],
        [cicp(12, 2), WRONG],
        [chunk(b"iCCP", b"Any\0\0" + b"x\x9c\x03\0\0\0\0\x01"), chrm(icc.P3_PRIMARIES)],
    ],
)
def test_the_first_tag_that_can_be_honoured_counts(tmp_path: Path, chunks: list[bytes]) -> None:
    assert_chart(file_of(tmp_path, png(chart(12, 13), 8, *chunks)), NEAR)


@pytest.mark.parametrize(
    "chunks",
    [
        [SRGB_CHUNK, WRONG, chrm(icc.P3_PRIMARIES)],
        [cicp(1, 13), profile(icc.P3_PRIMARIES, 2.2), WRONG],
        [chunk(b"gAMA", b"\0\0\0\0")],
        [chunk(b"cHRM", bytes(32))],
        [chunk(b"gAMA", b"\xff\xff\xff\xff"), chrm(((0.3, 0.3),) * 4)],
        [cicp(2, 2)],
    ],
)
def test_srgb_is_left_as_it_is(tmp_path: Path, chunks: list[bytes]) -> None:
    plain, tagged = tmp_path / "plain", tmp_path / "tagged"
    plain.write_bytes(png(chart(1, 13), 8))
    tagged.write_bytes(png(chart(1, 13), 8, *chunks))
    assert shown(plain).tobytes() == shown(tagged).tobytes()


def test_values_of_the_narrow_range(tmp_path: Path) -> None:
    values = [tuple(round(16 + each * 219 / 255) for each in one) for one in CHART]
    content = png(charts.rows_of(values), 8, cicp(1, 13, whole=0))
    assert_chart(file_of(tmp_path, content), NEAR)


def test_a_profile_goes_before_code_points_in_avif(tmp_path: Path) -> None:
    """And PQ before a profile, which can't tell how bright it is."""
    coded = heif_files.av1(image_of(chart(12, 13)))
    said = [heif_files.nclx(9, 8),
            heif_files.icc(icc.matrix_profile("P3", icc.P3_PRIMARIES, icc.SRGB_CURVE))]  # fmt: skip
    for order in (said, said[::-1]):
        each = heif_files.Coded(b"av01", coded.data, coded.properties + order)
        assert_chart(file_of(tmp_path, heif_files.file_of([each], b"avif")), 2.5)
        (tmp_path / "chart-jpeg1080" / "jpeg1080.jpg").unlink()
        (tmp_path / "chart-jpeg1080").rmdir()
    coded = heif_files.av1(image_of(chart(9, 16)))
    coded.properties += [heif_files.nclx(9, 16), said[1]]
    assert_chart(file_of(tmp_path, heif_files.file_of([coded], b"avif")), HDR)


@pytest.mark.parametrize(
    ("metadata", "words"),
    [
        (
            {"profile": "Display P3", "colours_by": "code_points", "mode": "RGB"},
            ["Converted from Display P3 to sRGB", "with code points (CICP)"],
        ),
        (
            {"profile": "BT.2020, PQ", "colours_by": "code_points", "hdr": True, "mode": "RGB"},
            ["Converted from BT.2020, PQ", "with code points", "HDR picture"],
        ),
        (
            {"profile": "BT.709, gamma 1.8", "colours_by": "png_numbers", "mode": "16-bit RGB"},
            ["Converted from BT.709, gamma 1.8", "gAMA and cHRM", "16-bit"],
        ),
        (
            {"profile": "Adobe RGB", "colours_by": "exif", "mode": "RGB"},
            ["Converted from Adobe RGB", "camera data (EXIF)"],
        ),
        ({"profile": "sRGB", "colours_by": "code_points", "mode": "RGB"}, ["The file is in sRGB"]),
    ],
)
def test_the_receipt_tells_it(metadata: dict[str, Any], words: list[str]) -> None:
    said = photo_receipts.colour(metadata)
    assert len(said) == len(words)
    assert all(expected in sentence for expected, sentence in zip(words, said, strict=True))


def test_the_names(tmp_path: Path) -> None:
    def name(*chunks: bytes) -> str:
        return str(pixels.inspect(file_of(tmp_path, png(chart(1, 13), 8, *chunks))).metadata.get(
            "profile"))  # fmt: skip

    assert name(cicp(12, 13)) == "Display P3"
    assert name(cicp(9, 18)) == "BT.2020, HLG"
    assert name(cicp(9, 8)) == "BT.2020, linear light"
    assert name(gama(1 / 1.8)) == "BT.709, gamma 1.8"
    assert name(gama(1 / 2.2), chrm(icc.ADOBE_PRIMARIES)) == "Adobe RGB, gamma 2.2"
    assert name(gama(0.45455), chrm(icc.SRGB_PRIMARIES)) == "sRGB"
    assert name() == "None"
