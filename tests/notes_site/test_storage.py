"""The same few doors on both storages; and what only files on disk must prove."""

import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from notes_site import storage
from notes_site.ids import random_key
from notes_site.storage import FileMedia, StorageUnavailableError, content_type, media, public_url

pytestmark = pytest.mark.storage


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A file to be stored."""
    path = tmp_path / "source"
    path.write_bytes(b"picture" * 10_000)
    return path


def key(prefix: str = "private/test/") -> str:
    return f"{prefix}{random_key()}.webp"


def test_what_is_put_comes_back(source: Path, tmp_path: Path) -> None:
    name, back = key(), tmp_path / "back"
    assert not media().exists(name)
    media().put(name, source)
    assert media().exists(name)
    media().fetch(name, back)
    assert back.read_bytes() == source.read_bytes()
    with media().open(name) as file:
        assert file.read() == source.read_bytes()


def test_what_is_large_goes_in_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A download of everything may have more bytes than S3 takes at once."""
    source, name, back = tmp_path / "large", key(), tmp_path / "back"
    source.write_bytes(os.urandom(12_000_000))
    monkeypatch.setattr(storage, "MAX_IN_ONE_PUT", 1_000_000)
    media().put(name, source)
    media().fetch(name, back)
    assert back.read_bytes() == source.read_bytes()
    media().delete(name)


def test_a_copy_lives_on_without_its_source(source: Path, tmp_path: Path) -> None:
    name, copied, back = key(), key("public/"), tmp_path / "back"
    media().put(name, source)
    media().copy(name, copied)
    media().delete(name)
    assert not media().exists(name)
    media().fetch(copied, back)
    assert back.read_bytes() == source.read_bytes()
    media().delete(copied)


def test_what_is_not_there(tmp_path: Path) -> None:
    name = key()
    media().delete(name)
    with pytest.raises(FileNotFoundError):
        media().fetch(name, tmp_path / "back")
    with pytest.raises(FileNotFoundError):
        media().open(name)
    with pytest.raises(FileNotFoundError):
        media().copy(name, key())


def test_every_key_is_found_below_its_prefix(source: Path) -> None:
    prefix = f"private/walk-{random_key()}/"
    names = {f"{prefix}a.webp", f"{prefix}deep/b.webp"}
    for name in names:
        media().put(name, source)
    found = dict(media().walk(prefix))
    assert set(found) == names
    now = datetime.now(UTC)
    assert all(abs(now - written) < timedelta(minutes=5) for written in found.values())
    assert list(media().walk(f"private/walk-{random_key()}/")) == []


def test_types_and_addresses(settings: Any) -> None:
    assert content_type("public/a.webp") == "image/webp"
    assert content_type("private/originals/abc") == "application/octet-stream"
    settings.STORAGE_PUBLIC_URL = "/renditions/"
    assert public_url("public/a.webp") == "/renditions/a.webp"
    settings.STORAGE_PUBLIC_URL = "https://media.example.org/notes/"
    assert public_url("public/a.webp") == "https://media.example.org/notes/public/a.webp"


# --- Files on disk ----------------------------------------------------------------------------


@pytest.fixture
def files(tmp_path: Path) -> FileMedia:
    """The file storage, on whichever stack."""
    (tmp_path / "files").mkdir()
    return FileMedia(location=tmp_path / "files")


def test_readers_see_all_of_a_file_or_nothing(files: FileMedia) -> None:
    unreadable = Path("/proc/self/mem")  # opens, and fails on the first read
    with pytest.raises(StorageUnavailableError):
        files.put("private/a.webp", unreadable)
    assert not files.exists("private/a.webp")
    assert [path for path in Path(files.location).rglob("*") if path.is_file()] == []


def test_a_full_or_lost_disk_is_storage_away(tmp_path: Path, source: Path) -> None:
    (tmp_path / "files").write_text("not a folder")
    with pytest.raises(StorageUnavailableError):
        FileMedia(location=tmp_path / "files").put("private/a.webp", source)


@pytest.mark.parametrize("name", ["../outside", "/etc/passwd", "private/../../outside"])
def test_no_key_leads_out_of_the_folder(name: str, files: FileMedia, source: Path) -> None:
    with pytest.raises(Exception, match=r"outside|Suspicious|base path"):
        files.put(name, source)


def test_a_copy_is_as_young_as_its_making(files: FileMedia, source: Path) -> None:
    files.put("private/a.webp", source)
    long_ago = time.time() - 7 * 86_400
    os.utime(files.path("private/a.webp"), (long_ago, long_ago))
    files.copy("private/a.webp", "public/b.webp")
    written = dict(files.walk("public/"))["public/b.webp"]
    assert datetime.now(UTC) - written < timedelta(minutes=5), "else it could pass for an orphan"
