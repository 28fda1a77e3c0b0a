"""What a file's bytes say of themselves, read without decoding a pixel."""

import re
from pathlib import Path

# Beginnings of what people pick by mistake; each deserves a better sentence than "unreadable".
# BMP, TIFF in both byte orders, Photoshop, ICO, JPEG 2000, JPEG XL.
_OTHER_PICTURES = (b"BM", b"II*\0", b"MM\0*", b"8BPS", b"\0\0\1\0", b"\0\0\0\x0cjP  ", b"\xff\x0a")


# Inside a scan, FF 00 is a byte of the picture and FF D0 to FF D7 are restarts.
JPEG_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
# Markers of ITU-T T.81, table B.1.
_START_OF_SCAN = 0xDA
_END_OF_IMAGE = 0xD9
_WITHOUT_LENGTH = (0xD8, 0x01)


# A picture has a few dozen of them, a film scan with all its profiles a few hundred.
_MOST_MARKERS = 20_000


class RefusedFileError(Exception):
    """The file can't be taken; the argument is the code of the reason, with its detail if any."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}:{detail}" if detail else code)


def refuse_by_beginning(path: Path) -> None:
    """Raises RefusedFileError for an empty file, a drawing, and kinds of pictures we don't take."""
    with path.open("rb") as file:
        head = file.read(1024)
    if not head:
        raise RefusedFileError("empty")
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith((b"<svg", b"<?xml")) and b"<svg" in text:
        raise RefusedFileError("svg")
    if head.startswith(_OTHER_PICTURES):
        raise RefusedFileError("type")


def count_jpeg_scans(path: Path, limit: int) -> int:
    """How many scans a JPEG has, counting no further than `limit` + 1.

    A file of more markers than any picture has counts as having too many scans.

    Each scan walks all of the picture again, so their number is what bounds the decoding time.
    Walks the markers to the end of the picture: what a phone appends to it, such as a video or a
    second picture, is not decoded and does not count.
    """
    data = path.read_bytes()
    scans = markers = 0
    at = 2
    while scans <= limit and (marker := JPEG_MARKER.search(data, at)):
        markers += 1
        if markers > _MOST_MARKERS:
            return limit + 1
        code, at = marker.group()[1], marker.end()
        if code == _END_OF_IMAGE:
            break
        scans += code == _START_OF_SCAN
        if code not in _WITHOUT_LENGTH:
            at += max(2, int.from_bytes(data[at : at + 2], "big"))
    return scans
