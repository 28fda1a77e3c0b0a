"""Opening a picture whatever lies beside it: as it is, or else reduced to what its decoder needs.

A broken comment, profile or date is no broken picture. Only when the pixels themselves can't be
had is the file refused: as cut off, with how much is missing, or as damaged.
"""

import io
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from PIL import Image

from posts.imaging import exif
from posts.imaging.containers import parts_of
from posts.imaging.essentials import essentials
from posts.imaging.structure import RefusedFileError
from posts.imaging.truncation import Truncation, truncation_of

Found = TypeVar("Found")
Open = Callable[[Path | io.BytesIO], Image.Image]
# The picture, and whether it was opened without what is told beside it.
Look = Callable[[Image.Image, bool], Found]

ORIENTATION = 0x0112
# What begins like this is a picture, if a broken one. Other files than ours begin as HEIC does.
_PICTURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF8")
# What means that a picture asks for more memory than it may have.
TOO_HEAVY = (MemoryError, Image.DecompressionBombError, Image.DecompressionBombWarning)


def looked_at(path: Path, opened: Open, look: Look[Found]) -> Found:
    """What `look` finds in the picture; tried again without what stopped the decoder, if anything.

    Raises RefusedFileError, or what the decoder raised on the file as it is.
    """
    try:
        return _looked(path, opened, look)
    except TOO_HEAVY:
        raise
    except RefusedFileError as error:
        # Other refusals are final; but a broken part may be why no decoder recognized the file.
        if str(error) != "not_a_picture":
            raise
        first: Exception = error.with_traceback(None)
    except Exception as error:
        if isinstance(error, OSError) and error.errno:
            # The disk's fault, not the picture's.
            raise
        # With its traceback it would keep the picture, as large as the one that is tried next.
        first = error.with_traceback(None)
    data = path.read_bytes()
    if str(first) == "not_a_picture" and data.startswith(_PICTURES):
        first = RefusedFileError("damaged")
    if cut := _cut(data):
        raise cut.refusal() from first
    try:
        with opened(io.BytesIO(_bare(data))) as image:
            return look(image, True)
    except (RefusedFileError, *TOO_HEAVY) as error:
        if str(error) == "not_a_picture":
            raise first from error
        raise
    except Exception as error:
        raise first from error


def _looked(path: Path, opened: Open, look: Look[Found]) -> Found:
    with opened(path) as image:
        return look(image, False)


def _cut(data: bytes) -> Truncation | None:
    try:
        return truncation_of(data)
    except (RefusedFileError, *TOO_HEAVY):
        raise
    except Exception:  # noqa: BLE001  (decoders raise anything)
        # Too broken to tell what is missing: then the decoder's first complaint stands.
        return None


def _bare(data: bytes) -> bytes:
    bare = essentials(data)
    # The decoder waits for it; a second one after the first is never reached.
    return bare + b"\xff\xd9" if bare.startswith(b"\xff\xd8") else bare


def orientation_of(image: Image.Image, path: Path, bare: bool) -> int:
    """The orientation (EXIF 2.32, tag 0x0112), 1 where none is stated."""
    stated = image.getexif().get(ORIENTATION)
    # Of a broken block the decoder drops all that follows the first tag it can't read.
    if stated is None and (bare or image.info.get("exif")):
        value = exif.parse(parts_of(path, image.format or "").exif).main.get(ORIENTATION)
        stated = int(value[0]) if isinstance(value, tuple) and 1 <= value[0] <= 8 else None
    return stated if isinstance(stated, int) else 1
