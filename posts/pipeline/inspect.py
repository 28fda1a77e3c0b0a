"""Step: is this file a picture we take?"""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from posts import limits
from posts.imaging.sandbox import ChildLostError, DecodingError, sandbox
from posts.reasons import RefusedError


@dataclass(frozen=True)
class Inspected:
    """A file that is a picture: its format, size in pixels (upright), bytes and sha256 (hex).

    `metadata` is what else it carries, as posts.imaging.metadata describes it.
    """

    path: Path
    format: str
    width: int
    height: int
    bytes: int
    sha256: str
    metadata: dict[str, Any] = field(default_factory=dict)


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
        found = _seen_by_child(path)
    except DecodingError as error:
        raise RefusedError(error.code) from error
    except ChildLostError as error:
        raise RefusedError("crashed") from error
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Inspected(
        path,
        found["format"],
        found["width"],
        found["height"],
        size,
        digest,
        found.get("metadata", {}),
    )


def _seen_by_child(path: Path) -> dict[str, Any]:
    try:
        return sandbox.inspect(path)
    except ChildLostError:
        # Ended from outside, which tells nothing of the file; one that is too much for this
        # machine ends the next child too.
        return sandbox.inspect(path)
