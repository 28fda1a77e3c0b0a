"""A disk that takes nothing more ends a command with a sentence, and spoils nothing."""

import errno
import os
import resource
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management.base import CommandError
from django.db import OperationalError

from notes_site.serving import disk

ROOT = Path(__file__).resolve().parents[2]
DATA = Path("/data")


def manage(folder: Path, *words: str, most_bytes: int | None = None) -> tuple[int, str]:
    """Run a command over a data folder whose files may have so many bytes; its code and words."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}

    def limit() -> None:
        if most_bytes is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes))

    done = subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=ROOT,
        env=kept | {"DATA_DIR": str(folder), "DEMO": "0", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        preexec_fn=limit,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("words", "most_bytes", "said"),
    [
        (["serve"], 10, "The disk is full"),
        (["serve"], 20_000, "The disk is full"),
        (["collectstatic", "--noinput"], 20_000, "The disk is full"),
    ],
)
def test_it_ends_with_a_sentence(
    words: list[str], most_bytes: int, said: str, tmp_path: Path
) -> None:
    code, text = manage(tmp_path, *words, most_bytes=most_bytes)
    assert code == 1
    assert "Traceback" not in text
    assert said in text
    assert str(tmp_path) in text
    assert "start again" in text


def test_no_empty_secret_is_left_behind(tmp_path: Path) -> None:
    manage(tmp_path, "check", most_bytes=10)
    code, text = manage(tmp_path, "check")
    assert code == 0, text
    assert len((tmp_path / "secret-key").read_text()) >= 50


def caused(error: Exception, by: Exception) -> Exception:
    error.__cause__ = by
    return error


def sqlite(name: str) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorname = name
    return error


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "/data/static/a.css"), "/data/static/a"),
        (caused(OperationalError("I/O"), sqlite("SQLITE_IOERR_SHMSIZE")), "The disk is full"),
        (OSError(errno.EDQUOT, "Quota exceeded"), "The disk is full"),
        (caused(OperationalError("full"), sqlite("SQLITE_FULL")), "The disk is full"),
        (caused(OperationalError("I/O"), sqlite("SQLITE_IOERR_WRITE")), "The disk is full"),
        (caused(CommandError("no"), OSError(errno.ENOSPC, "No space left")), "The disk is full"),
        (OSError(errno.EROFS, "Read-only file system", DATA / "logs"), "/data/logs can't be"),
        (PermissionError(errno.EACCES, "Permission denied", DATA / "tmp"), "/data/tmp can't be"),
        (caused(OperationalError("ro"), sqlite("SQLITE_READONLY")), "can't be written"),
    ],
)
def test_the_sentence_names_what_can_not_be_written(error: Exception, words: str) -> None:
    assert words in disk.sentence(error, DATA)


@pytest.mark.parametrize(
    "error",
    [
        ValueError("no"),
        OSError(errno.ECONNREFUSED, "Connection refused"),
        FileNotFoundError(errno.ENOENT, "No such file", "/a"),
        PermissionError(errno.EACCES, "Permission denied", "/etc/shadow"),
        PermissionError(errno.EPERM, "Operation not permitted"),
        caused(OperationalError("I/O"), sqlite("SQLITE_IOERR_READ")),
        caused(OperationalError("locked"), sqlite("SQLITE_BUSY")),
    ],
)
def test_other_errors_stay_what_they_are(error: Exception) -> None:
    assert disk.sentence(error, DATA) == ""
