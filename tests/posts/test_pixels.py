"""Pictures in, renditions out, by way of the limited child: upright, in sRGB, nothing else."""

import base64
import io
import json
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageCms

from posts.imaging.sandbox import DecodingError, sandbox
from posts.imaging.specs import targets, wanted_specs

pytestmark = pytest.mark.pipeline

CORNERS = {"red": (230, 30, 30), "green": (30, 200, 30), "blue": (30, 30, 230), "white": (250,) * 3}
Render = Callable[[Path], dict[str, Image.Image]]


@pytest.fixture
def render(tmp_path: Path) -> Render:
    """Make every rendition of a file; the pictures by spec."""

    def run(path: Path) -> dict[str, Image.Image]:
        folder = tmp_path / "renditions"
        folder.mkdir(exist_ok=True)
        made: list[dict[str, Any]] = []
        # The crops have tests of their own.
        wanted = ["w640", "w320", "w1080", "jpeg1080", "l2048"]
        sandbox.render(path, folder, wanted, made.append)
        return {one["spec"]: Image.open(one["path"]) for one in made}

    return run


def marked(size: tuple[int, int] = (120, 80)) -> Image.Image:
    """Red, green, blue and white from the top left corner clockwise."""
    width, height = size
    image = Image.new("RGB", size, (128, 128, 128))
    boxes = [(0, 0), (width - 30, 0), (width - 30, height - 30), (0, height - 30)]
    for (x, y), colour in zip(boxes, CORNERS.values(), strict=True):
        image.paste(colour, (x, y, x + 30, y + 30))
    return image


def looked_at(path: Path) -> tuple[str, int, int]:
    found = sandbox.inspect(path)
    return found["format"], found["width"], found["height"]


def close(one: Any, other: Any, most: int = 12) -> bool:
    return all(abs(a - b) <= most for a, b in zip(one[:3], other[:3], strict=True))


def corners(image: Image.Image) -> list[str]:
    plain = image.convert("RGB")
    width, height = plain.size
    found = []
    for x, y in ((8, 8), (width - 9, 8), (width - 9, height - 9), (8, height - 9)):
        pixel = plain.getpixel((x, y))
        found.append(next((n for n, c in CORNERS.items() if close(pixel, c, 40)), str(pixel)))
    return found


# What a camera does to the picture for each value of the orientation tag.
UNDO: dict[int, Image.Transpose | None] = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_stands_upright(
    orientation: int, format: str, tmp_path: Path, render: Render
) -> None:
    image, undo = marked(), UNDO[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / "turned"
    (image if undo is None else image.transpose(undo)).save(path, format, exif=exif, quality=95)
    assert looked_at(path) == (format, 120, 80)
    for made in render(path).values():
        assert made.size == (120, 80)
        assert corners(made) == ["red", "green", "blue", "white"]


@pytest.mark.parametrize("value", [0, 9, 65535])
def test_an_orientation_that_is_none_changes_nothing(
    value: int, tmp_path: Path, render: Render
) -> None:
    exif = Image.Exif()
    exif[0x0112] = value
    path = tmp_path / "odd.jpg"
    marked().save(path, exif=exif, quality=95)
    assert corners(render(path)["w320"]) == ["red", "green", "blue", "white"]


# --- Colours ----------------------------------------------------------------------------------


def s15(value: float) -> bytes:
    return struct.pack(">i", round(value * 65536))


def rgb_profile(name: str, colorants: list[tuple[float, float, float]], gamma: float) -> bytes:
    """A matrix profile, version 2, as in ICC.1:2001-04 §6.3.1.2 and §7.2."""
    description = name.encode() + b"\0"
    text = struct.pack(">4s4xI", b"desc", len(description)) + description + b"\0" * 78
    curve = struct.pack(">4s4xIH", b"curv", 1, round(gamma * 256))

    def xyz(values: tuple[float, float, float]) -> bytes:
        return b"XYZ \0\0\0\0" + b"".join(map(s15, values))

    tags = [(b"desc", text), (b"wtpt", xyz((0.9642, 1.0, 0.8249)))]
    tags += list(zip((b"rXYZ", b"gXYZ", b"bXYZ"), map(xyz, colorants), strict=True))
    tags += [(name_of, curve) for name_of in (b"rTRC", b"gTRC", b"bTRC")]
    table, data = b"", b""
    start = 128 + 4 + 12 * len(tags)
    for tag, content in tags:
        content += b"\0" * (-len(content) % 4)
        table += struct.pack(">4sII", tag, start + len(data), len(content))
        data += content
    body = struct.pack(">I", len(tags)) + table + data
    header = struct.pack(
        ">I4x4s4s4s4s12x4s28x12s48x",
        128 + len(body), b"\x02\x40\0\0", b"mntr", b"RGB ", b"XYZ ", b"acsp",
        s15(0.9642) + s15(1.0) + s15(0.8249),
    )  # fmt: skip
    return header + body


# Colorants adapted to D50: Display P3 (SMPTE EG 432-1 primaries) and Adobe RGB (1998).
P3 = rgb_profile(
    "Display P3",
    [(0.51512, 0.24120, -0.00105), (0.29198, 0.69225, 0.04189), (0.15710, 0.06657, 0.78407)],
    2.2,
)
ADOBE = rgb_profile(
    "Adobe RGB (1998)",
    [(0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457)],
    2.19921875,
)
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def expected_srgb(colour: tuple[int, int, int], primaries: str) -> tuple[int, ...]:
    """By hand: linear light, the published matrix into sRGB's primaries, sRGB's curve."""
    matrices = {
        "P3": [(1.2249, -0.2247, 0.0), (-0.0420, 1.0419, 0.0), (-0.0197, -0.0786, 1.0979)],
        "ADOBE": [(1.3984, -0.3984, 0.0), (0.0, 1.0, 0.0), (0.0, -0.0429, 1.0429)],
    }
    linear = [(value / 255) ** 2.2 for value in colour]
    mixed = [sum(a * b for a, b in zip(row, linear, strict=True)) for row in matrices[primaries]]
    clipped = [min(1.0, max(0.0, value)) for value in mixed]
    curve = [12.92 * v if v <= 0.0031308 else 1.055 * v ** (1 / 2.4) - 0.055 for v in clipped]
    return tuple(round(255 * value) for value in curve)


@pytest.mark.parametrize(("name", "profile"), [("P3", P3), ("ADOBE", ADOBE)])
@pytest.mark.parametrize("colour", [(200, 60, 60), (60, 180, 80), (128, 128, 128), (255, 0, 0)])
def test_wide_colours_become_srgb(
    name: str, profile: bytes, colour: tuple[int, int, int], tmp_path: Path, render: Render
) -> None:
    path = tmp_path / "wide.png"
    Image.new("RGB", (64, 64), colour).save(path, icc_profile=profile)
    made = render(path)
    for image in made.values():
        assert close(image.convert("RGB").getpixel((32, 32)), expected_srgb(colour, name), 6)
        assert "icc_profile" not in image.info


def test_srgb_is_left_alone(tmp_path: Path, render: Render) -> None:
    path = tmp_path / "plain.png"
    Image.new("RGB", (64, 64), (200, 60, 60)).save(path, icc_profile=SRGB)
    assert close(render(path)["w320"].convert("RGB").getpixel((32, 32)), (200, 60, 60), 4)


@pytest.mark.parametrize("profile", [b"not a profile", P3[:200], b"\0" * 4000])
def test_a_broken_profile_does_not_lose_the_picture(
    profile: bytes, tmp_path: Path, render: Render
) -> None:
    path = tmp_path / "broken.png"
    Image.new("RGB", (64, 64), (200, 60, 60)).save(path, icc_profile=profile)
    assert close(render(path)["w320"].convert("RGB").getpixel((32, 32)), (200, 60, 60), 4)


def test_cmyk_is_shown_as_it_looks(tmp_path: Path, render: Render) -> None:
    path = tmp_path / "print.jpg"
    Image.new("CMYK", (64, 64), (0, 255, 255, 0)).save(path, quality=95)
    for image in render(path).values():
        assert close(image.convert("RGB").getpixel((32, 32)), (255, 0, 0), 30)


def test_sixteen_bit_grey_keeps_its_tones(tmp_path: Path, render: Render) -> None:
    path = tmp_path / "deep.png"
    image = Image.new("I;16", (64, 64))
    image.putdata([value * 1024 for value in range(64)] * 64)
    image.save(path)
    made = render(path)["w320"].convert("L")
    for x in (4, 20, 32, 44, 60):
        assert abs(made.getpixel((x, 32)) - x * 4) <= 8  # type: ignore[operator]


@pytest.mark.parametrize("mode", ["L", "1", "LA", "P"])
def test_grey_and_palettes(mode: str, tmp_path: Path, render: Render) -> None:
    path = tmp_path / "grey.png"
    Image.new("RGB", (64, 64), (255, 255, 255)).convert(mode).save(path)
    for image in render(path).values():
        assert close(image.convert("RGB").getpixel((32, 32)), (255, 255, 255), 4)


# --- Transparency and frames ------------------------------------------------------------------


def see_through(mode: str) -> Image.Image:
    image = Image.new("RGBA", (64, 64), (200, 30, 30, 255))
    image.paste((0, 0, 0, 0), (0, 0, 32, 64))
    return image if mode == "RGBA" else image.convert(mode)


@pytest.mark.parametrize(("format", "mode"), [("PNG", "RGBA"), ("WEBP", "RGBA"), ("PNG", "P")])
def test_what_is_transparent_stays_so_in_webp_and_is_white_in_jpeg(
    format: str, mode: str, tmp_path: Path, render: Render
) -> None:
    path = tmp_path / "clear"
    options = {"transparency": 0} if mode == "P" else {"lossless": True} if format == "WEBP" else {}
    if mode == "P":
        image = Image.new("P", (64, 64), 1)
        image.putpalette([0, 0, 0, 200, 30, 30])
        image.paste(0, (0, 0, 32, 64))
    else:
        image = see_through(mode)
    image.save(path, format, **options)
    made = render(path)
    assert made["w320"].mode == "RGBA"
    assert made["w320"].getpixel((8, 32))[3] == 0  # type: ignore[index]
    assert made["w320"].getpixel((56, 32))[3] == 255  # type: ignore[index]
    assert close(made["jpeg1080"].getpixel((8, 32)), (255, 255, 255))
    assert close(made["jpeg1080"].getpixel((56, 32)), (200, 30, 30), 20)


@pytest.mark.parametrize("format", ["GIF", "WEBP", "PNG"])
def test_of_a_moving_picture_the_first_frame_is_shown(
    format: str, tmp_path: Path, render: Render
) -> None:
    path = tmp_path / "moving"
    frames = [Image.new("RGB", (64, 64), colour) for colour in ("red", "lime", "blue")]
    frames[0].save(path, format, save_all=True, append_images=frames[1:], duration=100)
    for image in render(path).values():
        assert getattr(image, "n_frames", 1) == 1
        assert close(image.convert("RGB").getpixel((32, 32)), (255, 0, 0), 20)


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "GIF", "AVIF"])
def test_what_is_accepted(format: str, tmp_path: Path, render: Render) -> None:
    path = tmp_path / "named.txt"
    marked().save(path, format)
    assert looked_at(path) == (format, 120, 80)
    assert {image.format for image in render(path).values()} == {"WEBP", "JPEG"}


@pytest.mark.parametrize(
    ("format", "code"),
    [
        ("BMP", "type"),
        ("TIFF", "type"),
        ("ICO", "type"),
        ("PPM", "not_a_picture"),
        ("PDF", "not_a_picture"),
        ("TGA", "not_a_picture"),
        ("PCX", "not_a_picture"),
    ],
)
def test_what_is_not(format: str, code: str, tmp_path: Path) -> None:
    path = tmp_path / "named.jpg"
    marked().save(path, format)
    with pytest.raises(DecodingError) as caught:
        sandbox.inspect(path)
    assert caught.value.code == code


def png_header(width: int, height: int) -> bytes:
    """The start of a PNG that claims a size, with nothing after it."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        )

    start = b"\x89PNG\r\n\x1a\n" + chunk(
        b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    )
    return start + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("size", "code"),
    [
        ((30_000, 30_000), "too_long_side"),
        ((16_384, 10), "too_long_side"),
        ((9_000, 9_000), "too_many_pixels"),
        ((2_100, 100), "too_narrow"),
        ((100, 2_100), "too_narrow"),
    ],
)
def test_a_size_past_the_limits_is_refused_by_the_header(
    size: tuple[int, int], code: str, tmp_path: Path
) -> None:
    path = tmp_path / "large.png"
    path.write_bytes(png_header(*size))
    with pytest.raises(DecodingError) as caught:
        sandbox.inspect(path)
    assert caught.value.code == code


def webp_header(width: int, height: int) -> bytes:
    """A lossless WebP that claims a size, with nothing after it (RFC 9649, section 3.4)."""
    body = b"\x2f" + struct.pack("<I", (width - 1) | (height - 1) << 14) + b"\0" * 15
    chunk = b"VP8L" + struct.pack("<I", len(body)) + body
    return b"RIFF" + struct.pack("<I", 4 + len(chunk)) + b"WEBP" + chunk


def test_a_webp_that_would_take_too_much_memory_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "large.webp"
    path.write_bytes(webp_header(9_000, 5_010))
    with pytest.raises(DecodingError) as caught:
        sandbox.inspect(path)
    assert caught.value.code == "too_heavy"
    path.write_bytes(webp_header(9_000, 4_990))
    assert looked_at(path) == ("WEBP", 9_000, 4_990)


def test_a_large_picture_shrinks_to_every_size(tmp_path: Path, render: Render) -> None:
    path = tmp_path / "large.jpg"
    marked((3000, 2000)).save(path, quality=80)
    sizes = {spec: image.size for spec, image in render(path).items()}
    assert sizes == {
        "w640": (640, 427),
        "w320": (320, 213),
        "w1080": (1080, 720),
        "jpeg1080": (1080, 720),
        "l2048": sizes["l2048"],
    }
    assert 1920 <= sizes["l2048"][0] <= 2048


@pytest.mark.parametrize("orientation", [1, 6])
def test_a_large_picture_is_shown_to_its_corners(
    orientation: int, tmp_path: Path, render: Render
) -> None:
    """Also where its decoder has scaled it down already."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / "large.jpg"
    small = marked((150, 100)) if orientation == 1 else marked((100, 150))
    undo = UNDO[orientation]
    image = small if undo is None else small.transpose(undo)
    image.resize((4800, 3200), Image.Resampling.NEAREST).save(path, exif=exif, quality=80)
    for made in render(path).values():
        assert corners(made) == ["red", "green", "blue", "white"]


def test_only_what_is_missing_is_made(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    marked((700, 500)).save(path)
    made: list[dict[str, Any]] = []
    done = sandbox.render(path, tmp_path, ["w320"], made.append)
    assert [(one["spec"], one["width"], one["height"]) for one in made] == [("w320", 320, 229)]
    assert made[0]["bytes"] == Path(made[0]["path"]).stat().st_size
    assert (done["width"], done["height"]) == (700, 500)
    assert 5 <= len(base64.b64decode(done["thumbhash"])) <= 30
    assert json.dumps(done)


def test_the_crops_come_last_and_fill_their_shape(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    marked((1600, 1000)).save(path)
    made: list[dict[str, Any]] = []
    sandbox.render(path, tmp_path, ["w640", "square320", "wide1200"], made.append)
    found = [(one["spec"], one["format"], one["width"], one["height"]) for one in made]
    assert found == [
        ("w640", "webp", 640, 400),
        ("square320", "webp", 320, 320),
        ("wide1200", "jpg", 1200, 630),
    ]


@pytest.mark.parametrize("size", [(3000, 200), (300, 2500), (20, 400), (1, 1), (1, 20), (7, 3)])
def test_odd_shapes_have_every_rendition(size: tuple[int, int], tmp_path: Path) -> None:
    path = tmp_path / "odd.png"
    Image.new("RGB", size, "red").save(path)
    made: list[dict[str, Any]] = []
    every = wanted_specs(*size, {"straighten": 3.0})
    sandbox.render(path, tmp_path, every, made.append, {"straighten": 3.0})
    assert [one["spec"] for one in made] == every
    expected = {target.spec.name: (target.width, target.height) for target in targets(*size)}
    for one in made[:-1]:
        assert (one["width"], one["height"]) == expected[one["spec"]]


@pytest.mark.parametrize("profile", [P3, SRGB, b"not a profile", None])
def test_nothing_the_file_says_of_itself_is_in_a_rendition(
    profile: bytes | None, tmp_path: Path
) -> None:
    canary = b"canary-51.4778"
    exif = Image.Exif()
    exif[0x010E] = canary.decode()
    path = tmp_path / "a.jpg"
    marked((700, 500)).save(path, exif=exif, comment=canary, icc_profile=profile, xmp=canary)
    every: list[dict[str, Any]] = [
        {},
        {"rotate": 90},
        {"focal": [0.1, 0.1]},
        {"straighten": 2, "filter": "mono"},
    ]
    for edits in every:
        made: list[dict[str, Any]] = []
        sandbox.render(path, tmp_path, wanted_specs(700, 500, edits), made.append, edits)
        for one in made:
            content = Path(one["path"]).read_bytes()
            assert canary not in content
            assert b"Display P3" not in content
            assert not any(mark in content for mark in (b"Exif\0", b"ICC_PROFILE", b"ICCP"))


def test_a_picture_cut_off_is_refused(tmp_path: Path) -> None:
    file = io.BytesIO()
    Image.effect_noise((800, 600), 50).save(file, "JPEG")
    path = tmp_path / "cut.jpg"
    path.write_bytes(file.getvalue()[:20_000])
    with pytest.raises(DecodingError, match=r"cut_off:rows:9\d"):
        sandbox.render(path, tmp_path, ["w320"], lambda _made: None)
