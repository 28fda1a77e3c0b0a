"""What a file's bytes say, read without decoding a pixel."""

from pathlib import Path

import pytest

from posts.imaging.structure import RefusedFileError, count_jpeg_scans, refuse_by_beginning
from tests import making


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "file"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "svg"),
        (b"\xef\xbb\xbf\n  <SVG>", "svg"),
        (b"<?xml version='1.0'?><!-- hello --><svg/>", "svg"),
        (b"BM" + b"\0" * 60, "type"),
        (b"II*\0" + b"\0" * 60, "type"),
        (b"MM\0*" + b"\0" * 60, "type"),
        (b"8BPS" + b"\0" * 60, "type"),
        (b"\0\0\1\0" + b"\0" * 60, "type"),
        (b"\0\0\0\x0cjP  \r\n", "type"),
        (b"\xff\x0a" + b"\0" * 60, "type"),
    ],
)
def test_what_people_pick_by_mistake_gets_its_own_sentence(
    path: Path, content: bytes, code: str
) -> None:
    path.write_bytes(content)
    with pytest.raises(RefusedFileError, match=f"^{code}$"):
        refuse_by_beginning(path)


@pytest.mark.parametrize("content", [b"hello", b"<?xml version='1.0'?><html/>", b"\xff\xd8\xff"])
def test_the_rest_is_left_to_the_decoders(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    refuse_by_beginning(path)


def test_scans_are_counted(path: Path) -> None:
    path.write_bytes(making.picture())
    assert count_jpeg_scans(path, 100) == 1
    path.write_bytes(making.picture(size=(200, 200), progressive=True))
    assert 2 <= count_jpeg_scans(path, 100) <= 12


def test_what_follows_the_picture_does_not_count(path: Path) -> None:
    path.write_bytes(making.picture() + b"\xff\xda\x00\x02" * 1_000)
    assert count_jpeg_scans(path, 100) == 1


def test_counting_goes_no_further_than_the_limit(path: Path) -> None:
    path.write_bytes(b"\xff\xd8" + b"\xff\xda\x00\x02" * 1_000_000)
    assert count_jpeg_scans(path, 100) == 101


def test_more_markers_than_any_picture_has_count_as_too_many_scans(path: Path) -> None:
    still = making.picture()
    for markers, scans in ((15_000, 1), (25_000, 101)):
        path.write_bytes(still[:2] + b"\xff\xfe\0\2" * markers + still[2:])
        assert count_jpeg_scans(path, 100) == scans
