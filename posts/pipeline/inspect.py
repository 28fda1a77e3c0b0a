"""Step: is this file a picture we take?"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from posts import limits
from posts.pipeline.sandbox import ChildLostError, DecodingError, sandbox
from posts.reasons import RefusedError


@dataclass(frozen=True)
class Inspected:
    """A file that is a picture: its format, size in pixels (upright), bytes and sha256 (hex)."""

    path: Path
    format: str
    width: int
    height: int
    bytes: int
    sha256: str


def inspect(path: Path) -> Inspected:
    """Look at a received file; reads it once for its hash and decodes it cheaply in the child.

    Raises RefusedError with the reason.
    """
    size = path.stat().st_size
    if size > limits.MAX_FILE_BYTES:
        raise RefusedError("too_large")
    if not size:
        raise RefusedError("empty")
    try:
        found = sandbox.inspect(path)
    except DecodingError as error:
        raise RefusedError(error.code) from error
    except ChildLostError as error:
        raise RefusedError("crashed") from error
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Inspected(path, found["format"], found["width"], found["height"], size, digest)
