"""Colours are what the file means: measured against arithmetic that shares nothing with ours."""

import io
import math
import zlib
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, PngImagePlugin

from posts.imaging import modes, pixels
from posts.imaging.edits import Edits
from tests import carrying, icc, making
from tests.icc import Matrix, Primaries
from tests.seen import delta_e, encoded, lab_of

pytestmark = pytest.mark.pipeline

Colour = tuple[int, ...]
NAMES = ["w320", "jpeg1080"]
PATCHES: list[Colour] = [
    (255, 255, 255), (128, 128, 128), (40, 40, 40), (0, 0, 0), (200, 120, 90), (90, 120, 60),
    (70, 100, 160), (230, 180, 40), (180, 60, 80), (60, 160, 170), (120, 70, 150), (210, 200, 180),
    (220, 60, 50), (70, 190, 70), (60, 70, 200), (240, 140, 50),
]  # fmt: skip
SIDE = 64
D50: Matrix = tuple((value,) for value in icc.D50_XYZ)


def test_the_measure_itself() -> None:
    """Rows 1, 4, 7, 17, 20 and 25 of the test data in Sharma, Wu and Dalal."""
    rows = [
        ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
        ((50, -1.3802, -84.2814), (50, 0, -82.7485), 1.0000),
        ((50, 0, 0), (50, -1, 2), 2.3669),
        ((50, 2.5, 0), (73, 25, -18), 27.1492),
        ((50, 2.5, 0), (50, 3.1736, 0.5854), 1.0000),
        ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
    ]
    for first, second, expected in rows:
        assert delta_e(first, second) == pytest.approx(expected, abs=1e-4)


def in_srgb(colour: Colour, primaries: Primaries, gamma: float) -> tuple[float, ...]:
    """What a colour of another RGB space is in sRGB, 0 to 255, cut to what sRGB can show."""
    light = tuple(
        ((value / 255) ** gamma if gamma else icc.srgb_linear(value / 255),) for value in colour
    )
    back = icc.inverse(icc.xyz_of(icc.SRGB_PRIMARIES))
    found = icc.times(back, icc.times(icc.xyz_of(primaries), light))
    return tuple(encoded(min(1.0, max(0.0, value[0]))) for value in found)


def board(mode: str, patches: Sequence[Colour]) -> Image.Image:
    """Patches side by side, four in a row."""
    rows = math.ceil(len(patches) / 4)
    image = Image.new(mode, (4 * SIDE, rows * SIDE))
    for number, patch in enumerate(patches):
        left, top = number % 4 * SIDE, number // 4 * SIDE
        colour = patch[0] if len(patch) == 1 else patch
        image.paste(colour, (left, top, left + SIDE, top + SIDE))
    return image


def shown(path: Path, names: list[str] = NAMES) -> list[Image.Image]:
    """The renditions of a file, decoded."""
    folder = path.parent / f"{path.name}-made"
    folder.mkdir()
    made: list[Path] = []
    pixels.render(path, folder, names, lambda each: made.append(Path(each.path)), Edits())
    return [Image.open(each) for each in made]


def file_of(tmp_path: Path, image: Image.Image, format: str, **options: Any) -> Path:
    path = tmp_path / f"file.{format.lower()}"
    image.save(path, format, **options)
    return path


def middle(image: Image.Image, number: int) -> Colour:
    point = (number % 4 * SIDE + SIDE // 2, number // 4 * SIDE + SIDE // 2)
    found = image.getpixel(point)
    assert isinstance(found, tuple)
    return found


def assert_patches(
    path: Path, labs: Sequence[Sequence[float]], most: float = 2.0, names: list[str] = NAMES
) -> None:
    renditions = shown(path, names)
    assert len(renditions) == len(names)
    for rendition in renditions:
        assert "icc_profile" not in rendition.info
        for number, lab in enumerate(labs):
            apart = delta_e(lab, lab_of(middle(rendition.convert("RGB"), number)))
            assert apart <= most, (rendition.format, number, apart)


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP", "AVIF"])
@pytest.mark.parametrize(
    ("primaries", "gamma"),
    [(icc.P3_PRIMARIES, icc.SRGB_CURVE), (icc.ADOBE_PRIMARIES, 563 / 256)],
    ids=["display-p3", "adobe-rgb"],
)
def test_profiles_are_honoured(
    tmp_path: Path, format: str, primaries: Primaries, gamma: float
) -> None:
    profile = icc.matrix_profile("By any name, even sRGB", primaries, gamma)
    options = {"quality": 95} | ({"subsampling": 0} if format == "JPEG" else {})
    path = file_of(tmp_path, board("RGB", PATCHES), format, icc_profile=profile, **options)
    expected = [lab_of(in_srgb(patch, primaries, gamma)) for patch in PATCHES]
    # Otherwise the test would prove nothing.
    assert max(delta_e(lab, lab_of(p)) for lab, p in zip(expected, PATCHES, strict=True)) > 3
    # Of what arrives with losses, the losses count too.
    assert_patches(path, expected, 2.0 if format in ("PNG", "JPEG") else 2.5)


def test_colours_beyond_srgb_end_at_its_edge(tmp_path: Path) -> None:
    profile = icc.matrix_profile("P3", icc.P3_PRIMARIES, icc.SRGB_CURVE)
    patches: list[Colour] = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0)]
    path = file_of(tmp_path, board("RGB", patches), "PNG", icc_profile=profile)
    expected = [lab_of(in_srgb(p, icc.P3_PRIMARIES, icc.SRGB_CURVE)) for p in patches]
    assert_patches(path, expected)


def test_srgb_passes_untouched(tmp_path: Path) -> None:
    profile = icc.matrix_profile("c2", icc.SRGB_PRIMARIES, icc.SRGB_CURVE)
    image = board("RGB", PATCHES)
    assert modes.to_srgb(image, profile) is image
    assert_patches(file_of(tmp_path, image, "PNG"), [lab_of(patch) for patch in PATCHES])


def inks() -> tuple[bytes, list[tuple[float, float, float]]]:
    """A CMYK profile, and the Lab of paper, cyan, magenta, yellow and black in it."""
    named = {0: (100, 0, 0), 8: (60, -20, -30), 4: (50, 65, 0), 2: (88, -5, 80), 1: (0, 0, 0)}
    mixed = {12: (30, 15, -40), 10: (50, -55, 25), 6: (48, 60, 45), 14: (20, 0, 0)}
    corners = [{**named, **mixed}.get(mix, (0, 0, 0)) for mix in range(16)]
    table = [(round(light * 2.55), a + 128, b + 128) for light, a, b in corners]
    return icc.ink_profile("Ink", table), [corners[mix] for mix in (0, 8, 4, 2, 1)]


def test_inks_are_seen_through_their_profile(tmp_path: Path) -> None:
    profile, labs = inks()
    patches: list[Colour] = [
        (0, 0, 0, 0), (255, 0, 0, 0), (0, 255, 0, 0), (0, 0, 255, 0), (0, 0, 0, 255),
    ]  # fmt: skip
    image = board("CMYK", patches)
    path = file_of(tmp_path, image, "JPEG", icc_profile=profile, quality=98, subsampling=0)
    # Lab of a profile is under D50; sRGB's is under D65: the same after adaptation.
    assert_patches(path, labs, 3.0)


def test_inks_without_a_profile(tmp_path: Path) -> None:
    patches: list[Colour] = [(0, 0, 0, 0), (255, 0, 0, 0), (0, 255, 0, 0), (0, 0, 0, 255)]
    path = file_of(tmp_path, board("CMYK", patches), "JPEG", quality=98)
    expected = [(255, 255, 255), (0, 255, 255), (255, 0, 255), (0, 0, 0)]
    assert_patches(path, [lab_of(colour) for colour in expected], 3.0)


@pytest.mark.parametrize("mode", ["L", "LA", "RGB"])
def test_grey_profiles(tmp_path: Path, mode: str) -> None:
    """Light that is linear in the file is not in sRGB; with transparency no less."""
    greys = [(30,), (90,), (150,), (220,)]
    image = board("L", greys).convert(mode)
    profile = icc.grey_profile("Linear", 1.0)
    if mode == "RGB":
        # A profile of another kind than the picture is no profile.
        expected = [grey * 3 for grey in greys]
    else:
        expected = [(round(encoded(grey[0] / 255)),) * 3 for grey in greys]
    path = file_of(tmp_path, image, "PNG", icc_profile=profile)
    assert_patches(path, [lab_of(grey) for grey in expected])


def test_grey_pictures_with_a_profile_of_colours(tmp_path: Path) -> None:
    greys = [(30,), (90,), (150,), (220,)]
    profile = icc.matrix_profile("Linear", icc.P3_PRIMARIES, 1.0)
    path = file_of(tmp_path, board("L", greys), "JPEG", icc_profile=profile, quality=98)
    expected = [lab_of((encoded(grey[0] / 255),) * 3) for grey in greys]
    assert_patches(path, expected)


def test_a_broken_profile_is_left_aside(tmp_path: Path) -> None:
    good = icc.matrix_profile("P3", icc.P3_PRIMARIES, icc.SRGB_CURVE)
    for number, profile in enumerate((b"x", good[:200], good[:128] + b"\xff" * 400)):
        path = tmp_path / f"{number}.png"
        board("RGB", PATCHES).save(path, icc_profile=profile)
        assert_patches(path, [lab_of(patch) for patch in PATCHES])


def png_of_16_bits(rows: list[bytes], width: int, kind: int) -> bytes:
    """A PNG of 16 bits a channel: colour type 0 grey, 2 RGB."""
    header = width.to_bytes(4, "big") + len(rows).to_bytes(4, "big") + bytes([16, kind, 0, 0, 0])
    body = zlib.compress(b"".join(b"\0" + row for row in rows))
    chunks = carrying.chunk(b"IHDR", header) + carrying.chunk(b"IDAT", body)
    return b"\x89PNG\r\n\x1a\n" + chunks + carrying.chunk(b"IEND", b"")


@pytest.mark.parametrize(("kind", "channels"), [(0, 1), (2, 3)])
def test_gradients_of_16_bits_keep_every_step(tmp_path: Path, kind: int, channels: int) -> None:
    width = 1024
    row = b"".join(
        (step * 65_535 // (width - 1)).to_bytes(2, "big") * channels for step in range(width)
    )
    path = tmp_path / "deep.png"
    path.write_bytes(png_of_16_bits([row] * 64, width, kind))
    with Image.open(path) as opened:
        flat = modes.plain_mode(opened).convert("RGB")
    exact = [step * 255 / (width - 1) for step in range(width)]
    found = [flat.getpixel((x, 0))[0] for x in range(width)]  # type: ignore[index]
    assert len(set(found)) == 256
    # Grey is rounded; of colours the decoder drops the lower byte: less than one step.
    assert max(abs(a - b) for a, b in zip(exact, found, strict=True)) <= (0.51 if kind == 0 else 1)
    (shrunk,) = shown(path, ["jpeg1080"])
    values = [shrunk.convert("L").getpixel((x, 30)) for x in range(shrunk.width)]
    assert max(abs(b - a) for a, b in pairwise(values)) <= 3  # type: ignore[operator]


def test_16_bits_of_grey_with_a_transparent_key(tmp_path: Path) -> None:
    rows = [(b"\x12\x34" * SIDE + b"\x80\0" * SIDE) * 2] * SIDE
    content = png_of_16_bits(rows, 4 * SIDE, 0)
    key = carrying.chunk(b"tRNS", b"\x12\x34")
    path = tmp_path / "key.png"
    path.write_bytes(content[:33] + key + content[33:])
    webp, jpeg = shown(path)
    assert [middle(webp, number)[3] for number in range(4)] == [0, 255, 0, 255]
    assert middle(jpeg, 0) == (255, 255, 255)
    assert abs(middle(jpeg, 1)[0] - 128) <= 2


def see_through(kind: str) -> tuple[Image.Image, dict[str, Any]]:
    """Two patches: red, and nothing."""
    image = board("RGBA", [(200, 30, 30, 255), (0, 0, 0, 0)] * 2)
    if kind == "profile":
        profile = icc.matrix_profile("P3", icc.P3_PRIMARIES, icc.SRGB_CURVE)
        return image, {"icc_profile": profile}
    if kind == "palette":
        flat = Image.new("P", image.size, 0)
        flat.putpalette([0, 0, 0, 200, 30, 30])
        flat.paste(1, mask=image.getchannel("A"))
        return flat, {"transparency": 0}
    if kind == "bit":
        return image.getchannel("A").convert("1"), {"transparency": 0}
    return image.convert(kind), {}


@pytest.mark.parametrize(
    ("kind", "format"),
    [
        ("RGBA", "PNG"), ("RGBA", "WEBP"), ("RGBA", "AVIF"), ("profile", "PNG"), ("LA", "PNG"),
        ("palette", "PNG"), ("palette", "GIF"), ("bit", "PNG"),
    ],
)  # fmt: skip
def test_transparency_is_kept_or_composed_on_white(tmp_path: Path, kind: str, format: str) -> None:
    image, options = see_through(kind)
    webp, jpeg = shown(file_of(tmp_path, image, format, **options))
    assert webp.mode == "RGBA"
    assert [middle(webp, number)[3] for number in range(4)] == [255, 0, 255, 0]
    assert jpeg.mode == "RGB"
    assert min(middle(jpeg, 1)) >= 254
    red = {
        "profile": in_srgb((200, 30, 30), icc.P3_PRIMARIES, icc.SRGB_CURVE),
        "LA": (80.0,) * 3,
        "bit": (255.0,) * 3,
    }.get(kind, (200.0, 30.0, 30.0))
    assert delta_e(lab_of(red), lab_of(middle(webp, 0)[:3])) <= 2.5
    assert delta_e(lab_of(red), lab_of(middle(jpeg, 0))) <= 2.5


def test_black_and_white_is_neither_inverted_nor_grey(tmp_path: Path) -> None:
    bits = board("L", [(0,), (255,), (255,), (0,)]).convert("1")
    assert_patches(file_of(tmp_path, bits, "PNG"), [(0, 0, 0), (100, 0, 0), (100, 0, 0), (0, 0, 0)])


@pytest.mark.parametrize("after", ["gain map", "video", "both"])
def test_phones_photos_are_their_still(tmp_path: Path, after: str) -> None:
    """An Ultra HDR or motion photo gives byte for byte the renditions of its still."""
    still = making.picture(size=(1400, 900))
    trailer = {"gain map": carrying.second_picture(), "video": carrying.video() * 1_000}
    trailer["both"] = trailer["gain map"] + trailer["video"]
    plain, phone = tmp_path / "plain.jpg", tmp_path / "phone.jpg"
    plain.write_bytes(still)
    phone.write_bytes(carrying.segmented(still) + trailer[after])
    found = [
        [Path(str(image.filename)).read_bytes() for image in shown(path, ["w320", "jpeg1080"])]  # type: ignore[attr-defined]
        for path in (plain, phone)
    ]
    assert found[0] == found[1]


def test_text_in_a_png_costs_nothing_of_its_picture(tmp_path: Path) -> None:
    words: Any = PngImagePlugin.PngInfo()
    words.add_text("Comment", "x" * 100_000, zip=True)
    bare, worded = io.BytesIO(), io.BytesIO()
    board("RGB", PATCHES).save(bare, "PNG")
    board("RGB", PATCHES).save(worded, "PNG", pnginfo=words)
    found = []
    for name, file in (("bare.png", bare), ("worded.png", worded)):
        path = tmp_path / name
        path.write_bytes(file.getvalue())
        found.append([image.tobytes() for image in shown(path)])
    assert found[0] == found[1]
