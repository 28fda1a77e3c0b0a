"""Originals stay byte for byte; renditions carry the picture and nothing else."""

import hashlib
import io
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageOps

from posts.imaging.specs import targets
from tests import carrying
from tests.exiftool import telling, told_by_exiftool
from tests.pictures import CANARY, photo
from tests.site import ROOT, Site
from tests.visitor import Visitor

pytestmark = pytest.mark.once

DEMO_PHOTOS = sorted((ROOT / "demo" / "photos").glob("*.jpg"))
GENERATED = {
    f"{kind.lower()}-{orientation}": (kind, orientation)
    for kind in ("JPEG", "PNG", "WEBP", "AVIF")
    for orientation in (1, 6)
} | {"gif-1": ("GIF", 1)}


def renditions(site: Site, sha256: str) -> list[tuple[str, str, int, int]]:
    """Spec, key, width and height of every rendition of a photo."""
    return [
        (str(spec), str(key), int(width), int(height))
        for spec, key, width, height in site.rows(
            "SELECT r.spec, r.key, r.width, r.height FROM posts_rendition r"
            " JOIN posts_photo p ON p.id = r.photo_id WHERE p.sha256 = %s",
            sha256,
        )
    ]


def uploaded(member: Visitor, files: Sequence[tuple[str, bytes]]) -> list[dict[str, Any]]:
    """Upload files, two at a time, and wait for all; returns each one's last JSON."""
    with ThreadPoolExecutor(2) as pool:
        ids = list(pool.map(lambda file: member.kept_upload(file[1], file[0])["id"], files))
    return [member.settled(upload_id, 120) for upload_id in ids]


def assert_faithful(
    site: Site, member: Visitor, files: Sequence[tuple[str, bytes]], tmp: Path
) -> None:
    """Upload the files; each becomes ready, keeps its original, and its renditions are bare."""
    for (name, data), state in zip(files, uploaded(member, files), strict=True):
        assert state["state"] == "ready", (name, state)
        digest = hashlib.sha256(data).hexdigest()
        assert state["sha256"] == digest
        assert member.get(state["original"]).body == data
        wanted = {
            (each.spec.name, each.width, each.height)
            for each in targets(state["width"], state["height"])
        }
        made = renditions(site, digest)
        assert {(spec, width, height) for spec, _key, width, height in made} == wanted, name
        for spec, key, width, height in made:
            rendition = site.stored(key)
            assert CANARY.encode() not in rendition
            assert carrying.CANARY_BYTES not in rendition
            with Image.open(io.BytesIO(rendition)) as image:
                image.load()
                assert image.size == (width, height)
            (tmp / f"{name}-{spec}{Path(key).suffix}").write_bytes(rendition)
    tags = told_by_exiftool(tmp)
    assert len(tags) == len(list(tmp.glob("*.*"))) >= 2 * len(files)
    assert {each["SourceFile"]: telling(each) for each in tags if telling(each)} == {}


def test_exiftool_sees_what_we_look_for(tmp_path: Path) -> None:
    for name, (kind, orientation) in GENERATED.items():
        data = photo(kind, orientation=orientation)
        assert CANARY.encode() in data
        (tmp_path / f"{name}.{kind.lower()}").write_bytes(data)
    for tags in told_by_exiftool(tmp_path):
        assert any(CANARY in str(tags[name]) for name in telling(tags)), tags["SourceFile"]


def test_demo_photos_lose_their_metadata_and_keep_their_originals(
    site: Site, tmp_path: Path
) -> None:
    assert len(DEMO_PHOTOS) >= 30
    files = [(path.stem, path.read_bytes()) for path in DEMO_PHOTOS]
    assert_faithful(site, site.member(), files, tmp_path)


def test_every_format_loses_place_camera_xmp_and_comments(site: Site, tmp_path: Path) -> None:
    files = [
        (name, photo(kind, orientation=orientation, seed=seed))
        for seed, (name, (kind, orientation)) in enumerate(GENERATED.items())
    ]
    assert_faithful(site, site.member(), files, tmp_path)


def test_all_that_files_can_carry_stays_behind(site: Site, tmp_path: Path) -> None:
    """Second pictures, videos, notes of makers, text chunks and profiles, and a HEIC."""
    files = [(f"all-{kind}", make()) for kind, make in carrying.FILES.items()]
    assert_faithful(site, site.member(), files, tmp_path)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_pictures_stand_upright(site: Site, kind: str, orientation: int) -> None:
    flat, file = Image.new("RGB", (600, 400), "white"), io.BytesIO()
    flat.paste((255, 0, 0), (0, 0, 300, 200))
    flat.paste((0, 0, 255), (300, 200, 600, 400))
    data = Image.Exif()
    data[0x0112] = orientation
    flat.save(file, kind, exif=data)
    with Image.open(io.BytesIO(file.getvalue())) as opened:
        upright = ImageOps.exif_transpose(opened).convert("RGB")
    member = site.member()
    state = member.settled(member.kept_upload(file.getvalue(), f"a.{kind}")["id"])
    assert state["state"] == "ready"
    assert (state["width"], state["height"]) == upright.size
    shown = member.get(state["preview"]).body
    with Image.open(io.BytesIO(shown)) as rendition:
        small = rendition.convert("RGB")
    for x in (0.1, 0.9):
        for y in (0.1, 0.9):
            expected = upright.getpixel((int(upright.width * x), int(upright.height * y)))
            found = small.getpixel((int(small.width * x), int(small.height * y)))
            assert isinstance(expected, tuple)
            assert isinstance(found, tuple)
            assert max(abs(a - b) for a, b in zip(expected, found, strict=True)) < 40


def test_an_original_is_its_owners_alone(site: Site) -> None:
    owner = site.member()
    address = owner.kept_upload(photo())["original"]
    answer = owner.get(address)
    assert answer.status == 200
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert site.member().get(address).status == 404
    assert site.visitor().get(address).status == 302
