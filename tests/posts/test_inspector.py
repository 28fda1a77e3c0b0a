"""What the inspector says a file carries, and that no file can make it fail or dawdle."""

import io
import random
import time
import warnings
import zlib
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from posts.imaging import metadata
from posts.imaging.pixels import ACCEPTED
from tests import carrying, icc, making
from tests.carrying import Entries, chunk, segment, tiff
from tests.making import CANARY

pytestmark = pytest.mark.pipeline

ALL_THREE = {"exif", "gps", "xmp", "thumbnail", "maker_notes", "icc"}
CARRIED = {
    "jpeg": ALL_THREE | {"iptc", "comment", "mpf", "gain_map", "motion_video"},
    "png": ALL_THREE | {"text"},
    "webp": ALL_THREE,
    "avif": ALL_THREE,
    "heic": ALL_THREE - {"icc"},
    "gif": {"xmp", "gps", "comment"},
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "file"


def told(path: Path, content: bytes) -> dict[str, Any]:
    """What the reader says of a file."""
    path.write_bytes(content)
    with Image.open(path, formats=ACCEPTED) as image:
        return metadata.read(image, path)


def told_of(path: Path, main: Entries, camera: Entries, place: Entries) -> dict[str, Any]:
    """What the reader says of a JPEG with this EXIF."""
    still = making.picture()
    block = segment(0xE1, b"Exif\0\0" + tiff(main, camera, place))
    return told(path, still[:2] + block + still[2:])


@pytest.mark.parametrize("kind", carrying.FILES)
def test_all_that_a_file_carries_is_named(kind: str, path: Path) -> None:
    said = told(path, carrying.FILES[kind]())
    assert set(said["carries"]) == CARRIED[kind]
    assert said["carries"] == [code for code in metadata.CODES if code in CARRIED[kind]]
    if kind == "gif":
        return
    assert said["camera"] == f"Maker Model {CANARY}"
    assert said["lens"] == said["software"] == said["author"] == CANARY
    assert said["exposure"] == "1/120 s · f/1.8 · ISO 50 · 26 mm"
    assert said["taken_at"] == "2026-01-02T03:04:05+01:00"
    assert said["place"] == pytest.approx(carrying.PLACE, abs=1e-6)
    assert said["mode"] == "RGB"
    assert said.get("profile") == (None if kind == "heic" else CANARY)


def test_a_bare_file_carries_nothing(path: Path) -> None:
    assert told(path, making.picture()) == {"mode": "RGB", "carries": []}
    assert told(path, making.picture("PNG", mode="RGBA")) == {"mode": "RGBA", "carries": []}


@pytest.mark.parametrize(
    ("make", "model", "camera"),
    [
        ("Apple", "iPhone 13", "Apple iPhone 13"),
        ("Canon", "Canon EOS R6", "Canon EOS R6"),
        ("NIKON CORPORATION", "NIKON D70", "NIKON D70"),
        ("", "X100", "X100"),
        ("Canon", "", "Canon"),
        ("  Sony\0rest", "ILCE-7\t ", "Sony ILCE-7"),
        ("A\u202eB", "\u2066C\u200f\x07", "AB C"),
        ("m" * 80, "n" * 80, "m" * 80 + " " + "n" * 19),
    ],
)
def test_camera(path: Path, make: str, model: str, camera: str) -> None:
    assert told_of(path, {0x010F: make, 0x0110: model}, {}, {}).get("camera") == camera


@pytest.mark.parametrize(
    ("tags", "line"),
    [
        ({0x829A: [(1, 120)]}, "1/120 s"),
        ({0x829A: [(10, 2500)]}, "1/250 s"),
        ({0x829A: [(3, 10)]}, "0.3 s"),
        ({0x829A: [(30, 1)]}, "30 s"),
        ({0x829A: [(1, 0)], 0x829D: [(0, 0)], 0x8827: 0, 0x920A: [(0, 1)]}, None),
        ({0x829A: [(4_000_000_000, 1)], 0x829D: [(9_999, 1)], 0x8827: 1_000_000_000}, None),
        ({0x8827: [100, 200]}, "ISO 100"),
        ({0x8827: 65_535, 0x8832: 102_400}, "ISO 102400"),
        ({0x8827: 65_535}, None),
        ({0x920A: [(51, 10)]}, "5.1 mm"),
        ({0x920A: [(51, 10)], 0xA405: 26}, "26 mm"),
        ({0x9201: [(7, 1)], 0x9202: [(4, 1)]}, "1/128 s · f/4"),
        ({0x829A: "abc", 0x829D: b"\0\0\0\0"}, None),
    ],
)
def test_exposure(path: Path, tags: Entries, line: str | None) -> None:
    assert told_of(path, {}, tags, {}).get("exposure") == line


@pytest.mark.parametrize(
    ("tags", "moment"),
    [
        ({0x9003: "2026:01:02 03:04:05"}, "2026-01-02T03:04:05"),
        ({0x9003: "2026:01:02 03:04:05", 0x9011: "-05:30"}, "2026-01-02T03:04:05-05:30"),
        ({0x9003: "2026:01:02 03:04:05", 0x9011: "+99:00"}, "2026-01-02T03:04:05"),
        ({0x9003: "2026-01-02T03:04"}, "2026-01-02T03:04:00"),
        ({0x9003: "0000:00:00 00:00:00", 0x9004: "2001:02:03 04:05:06"}, "2001-02-03T04:05:06"),
        ({0x9003: "2026:13:02 03:04:05"}, None),
        ({0x9003: "    :  :     :  :  "}, None),
        ({0x9003: "0001:01:01 00:00:00"}, None),
    ],
)
def test_when_it_was_taken(path: Path, tags: Entries, moment: str | None) -> None:
    assert told_of(path, {}, tags, {}).get("taken_at") == moment


def degrees(whole: int, minutes: int = 0) -> list[tuple[int, int]]:
    return [(whole, 1), (minutes, 1), (0, 0)]


@pytest.mark.parametrize(
    ("place", "found"),
    [
        (carrying.GREENWICH, carrying.PLACE),
        ({1: "S", 2: degrees(33, 30), 3: "E", 4: degrees(151)}, [-33.5, 151.0]),
        ({1: "N", 2: degrees(91), 3: "E", 4: degrees(0)}, None),
        ({1: "N", 2: degrees(1), 3: "E", 4: degrees(181)}, None),
        ({1: "N", 2: degrees(0), 3: "E", 4: degrees(0)}, None),
        ({1: "N", 2: [(0, 0)] * 3, 3: "E", 4: [(0, 0)] * 3}, None),
        ({1: "?", 2: degrees(1), 3: "E", 4: degrees(1)}, None),
        ({2: degrees(1), 4: degrees(1)}, None),
        ({1: "N", 2: degrees(1)}, None),
    ],
)
def test_place(path: Path, place: Entries, found: list[float] | None) -> None:
    said = told_of(path, {}, {}, place)
    assert said.get("place") == (pytest.approx(found, abs=1e-6) if found else None)
    assert "gps" in said["carries"]


def test_a_version_number_is_no_place(path: Path) -> None:
    assert "gps" not in told_of(path, {}, {}, {0: b"\2\3\0\0"})["carries"]


@pytest.mark.parametrize(
    ("trailer", "codes"),
    [
        (carrying.video(), ["motion_video"]),
        (b"\0" * 300 + b"MotionPhoto_Data" + carrying.video(), ["motion_video"]),
        (carrying.second_picture(), ["gain_map"]),
        (carrying.second_picture() + carrying.video(), ["gain_map", "motion_video"]),
        (making.picture(), []),
        (b"say ftyp and hdrgm", []),
    ],
)
def test_what_follows_the_picture(path: Path, trailer: bytes, codes: list[str]) -> None:
    assert told(path, making.picture() + trailer)["carries"] == codes


def test_animations_are_named(path: Path) -> None:
    frames = [Image.new("RGB", (16, 16), colour) for colour in ("red", "green", "blue")]
    for kind in ("GIF", "PNG", "WEBP", "AVIF"):
        file = io.BytesIO()
        frames[0].save(file, kind, save_all=True, append_images=frames[1:])
        assert told(path, file.getvalue())["carries"] == ["animation"], kind


@pytest.mark.parametrize(
    ("mode", "bits"), [("I;16", "16-bit L"), ("1", "L"), ("P", "P"), ("LA", "LA")]
)
def test_modes_of_pngs(path: Path, mode: str, bits: str) -> None:
    image = Image.new("L", (20, 20)).convert("I").convert(mode) if mode == "I;16" else None
    file = io.BytesIO()
    (image or Image.new(mode, (20, 20))).save(file, "PNG")
    assert told(path, file.getvalue())["mode"] == bits


def test_colours_are_named_without_a_profile(path: Path) -> None:
    still = making.picture("PNG")
    content = still[:33] + chunk(b"sRGB", b"\0") + still[33:]
    assert told(path, content)["profile"] == "sRGB"
    assert told_of(path, {}, {0xA001: 1}, {})["profile"] == "sRGB"


def test_the_name_of_a_newer_profile(path: Path) -> None:
    name = "Näher P3".encode("utf-16-be")
    words = b"mluc\0\0\0\0\0\0\0\1\0\0\0\x0cenUS" + len(name).to_bytes(4, "big") + b"\0\0\0\x1c"
    profile = icc.profile(b"mntr", b"RGB ", b"XYZ ", {b"desc": words + name})
    assert metadata.profile_name(profile) == "Näher P3"
    assert metadata.profile_name(profile[:150]) == metadata.profile_name(b"") == ""


class Header:
    """A picture of which only the header is told."""

    mode = "RGB"

    def __init__(self, format: str, info: dict[str, Any]) -> None:
        self.format = format
        self.info = info


def test_no_broken_file_makes_it_fail(path: Path) -> None:
    """Changed bytes and cut ends, the same every time."""
    chance = random.Random(7)
    files = {kind: make() for kind, make in carrying.FILES.items()}
    for number in range(500):
        kind = chance.choice(list(files))
        content = bytearray(files[kind])
        for _ in range(chance.choice((0, 2, 20))):
            content[chance.randrange(len(content))] = chance.choice((0, 1, 255, number % 256))
        content = content[: chance.randrange(1, len(content) + 1)]
        path.write_bytes(content)
        block = {"icc_profile": bytes(content[-300:]), "exif": bytes(content[40:])}
        said = metadata.read(Header(kind.upper().replace("HEIC", "HEIF"), block), path)
        assert set(said["carries"]) <= set(metadata.CODES)


def bombs() -> dict[str, tuple[str, bytes]]:
    """Files built to be slow to look through, tens of megabytes in their effect."""
    still, dot = making.picture(), making.picture("PNG")
    index = tiff({0xB002: b"\0\0\0\1" * 1_000})
    packed = b"Raw profile type exif\0\0" + zlib.compress(b"\n1\n1\n" + b"4" * 50_000_000)
    many = b"".join(segment(0xE2, b"MPF\0" + index) for _ in range(500))
    return {
        "comments": ("JPEG", still[:2] + segment(0xFE, b"") * 1_000_000 + still[2:]),
        "indexes": ("JPEG", still[:2] + many + b"x" * 3_000_000 + still[2:]),
        "videos": ("JPEG", still + b"ftyp" * 2_000_000),
        "chunks": ("PNG", dot[:33] + chunk(b"tEXt", b"a\0") * 400_000 + dot[33:]),
        "packed": ("PNG", dot[:33] + chunk(b"zTXt", packed) * 20 + dot[33:]),
        "blocks": ("GIF", b"GIF89a" + bytes(7) + b"," + bytes(10) + b"\1a" * 3_000_000),
    }


def test_reading_takes_no_time_however_a_file_is_built(path: Path) -> None:
    for name, (kind, content) in bombs().items():
        path.write_bytes(content)
        before = time.process_time()
        metadata.read(Header(kind, {}), path)
        taken = time.process_time() - before
        # Without their bounds they take seconds; the figure aimed at is 0.05.
        assert taken < 0.3, (name, taken)


def test_pillow_agrees(path: Path) -> None:
    """Another reader of the same files finds the same camera and place."""
    for kind in ("jpeg", "webp", "avif"):
        said = told(path, carrying.FILES[kind]())
        with warnings.catch_warnings(), Image.open(path) as image:
            warnings.simplefilter("ignore")
            tags = image.getexif()
            assert said["camera"] == f"{tags[0x010F]} {tags[0x0110]}"
            latitude = tags.get_ifd(0x8825)[2]
            whole = sum(float(part) / 60**power for power, part in enumerate(latitude))
            assert said["place"][0] == pytest.approx(whole, abs=1e-6)
