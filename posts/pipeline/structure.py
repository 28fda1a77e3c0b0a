"""What a file's bytes say of themselves, read without decoding a pixel."""

from pathlib import Path

# Beginnings of what people pick by mistake; each deserves a better sentence than "unreadable".
_OTHER_PICTURES = (b"BM", b"II*\0", b"MM\0*", b"8BPS", b"\0\0\1\0", b"\0\0\0\x0cjP  ", b"\xff\x0a")


class RefusedFileError(Exception):
    """The file can't be taken; the argument is the code of the reason."""


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

    Each scan walks all of the picture again, so their number is what bounds the decoding time.
    """
    data = path.read_bytes()
    scans = 0
    at = data.find(b"\xff\xda")
    while at >= 0 and scans <= limit:
        scans += 1
        at = data.find(b"\xff\xda", at + 2)
    return scans
