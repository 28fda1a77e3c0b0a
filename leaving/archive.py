"""The archive: a JSON file of every kind of row, the originals as they came, and a manifest.

It is written from front to back, a row and a file at a time, so that its size is no matter.
"""

import hashlib
import json
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from leaving.contents import FILES, File, originals
from notes_site import site
from notes_site.storage import media

BLOCK = 1 << 20
Step = Callable[[int, int], None]


@dataclass
class Manifest:
    """What was written: of each file its size in bytes and its SHA-256, and what was missing."""

    files: list[dict[str, Any]] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


def write(path: Path, person: User, step: Step) -> None:
    """Write a person's archive into a file; `step(done, total)` is called after each part.

    Raises StorageUnavailableError, and whatever `step` raises.
    """
    found = list(originals(person))
    total = len(FILES) + len(found) + 1
    manifest, now = Manifest(), timezone.now()
    with ZipFile(path, "w", allowZip64=True) as archive:
        writer = _Writer(archive, manifest, now.timetuple()[:6])
        writer.small("README.txt", _readme(person, now.isoformat(timespec="seconds")).encode())
        step(1, total)
        for done, kind in enumerate(FILES, 2):
            writer.rows(kind, person)
            step(done, total)
        for done, (name, key) in enumerate(found, 2 + len(FILES)):
            writer.original(name, key)
            step(done, total)
        listed = {"made_at": now.isoformat(), "files": manifest.files, "missing": manifest.missing}
        writer.small("manifest.json", json.dumps(listed, indent=1).encode())


class _Writer:
    """Writes entries one after another, and remembers their sums."""

    def __init__(self, archive: ZipFile, manifest: Manifest, when: Any) -> None:
        self.archive = archive
        self.manifest = manifest
        self.when = when

    def rows(self, kind: File, person: User) -> None:
        """A kind's rows, each on lines of its own in one JSON list."""
        self._write(kind.file, _json_list(kind.rows(person)), ZIP_DEFLATED)

    def small(self, name: str, content: bytes) -> None:
        """A small file."""
        self._write(name, iter([content]), ZIP_DEFLATED)

    def original(self, name: str, key: str) -> None:
        """An original as it came: pictures are packed already, so it is stored, not deflated."""
        with tempfile.NamedTemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR) as file:
            try:
                media().fetch(key, Path(file.name))
            except FileNotFoundError:
                # Deleted since the rows were read, or lost: the manifest says so.
                self.manifest.missing.append(name)
                return
            with Path(file.name).open("rb") as source:
                self._write(name, _blocks(source), ZIP_STORED)

    def _write(self, name: str, content: Iterator[bytes], compression: int) -> None:
        info = ZipInfo(name, self.when)
        info.compress_type = compression
        # The upper 16 bits are Unix permissions.
        info.external_attr = 0o600 << 16
        size, digest = 0, hashlib.sha256()
        # The size isn't known yet, and without ZIP64 an entry fails beyond 2 GiB.
        with self.archive.open(info, "w", force_zip64=True) as entry:
            for block in content:
                entry.write(block)
                digest.update(block)
                size += len(block)
        self.manifest.files.append({"name": name, "bytes": size, "sha256": digest.hexdigest()})


def _json_list(rows: Iterator[dict[str, Any]]) -> Iterator[bytes]:
    yield b"["
    for number, row in enumerate(rows):
        yield b",\n" if number else b"\n"
        yield json.dumps(row, ensure_ascii=False, indent=1).encode()
    yield b"\n]\n"


def _blocks(source: IO[bytes]) -> Iterator[bytes]:
    while block := source.read(BLOCK):
        yield block


def _readme(person: User, made_at: str) -> str:
    """What is in the archive, in plain words."""
    lines = [
        _("Everything that @%(name)s has on %(site)s, as of %(time)s.")
        % {"name": person.username, "site": site.current().name, "time": made_at},
        "",
        *(f"{kind.file}: {kind.label}" for kind in FILES),
        _("originals/: the photos in your posts, byte for byte as you uploaded them,")
        + " originals/POST/NUMBER-PHOTO",
        _("uploads/: photos that aren’t in a post yet, and avatar: your profile picture"),
        _("manifest.json: every file with its size in bytes and its SHA-256"),
        "",
        _("Times are in UTC (ISO 8601), and text is in UTF-8. Other people appear only by their"),
        _("username, where they’re connected to you; what’s private to them isn’t included."),
    ]
    return "\n".join(lines) + "\n"
