"""What must not change by accident: accepted formats, limits, settings."""

import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

from django.conf import settings

from posts import limits

ROOT = Path(__file__).resolve().parents[2]
# Written so that the test does not find itself.
FOREIGN = [
    r"/wo" r"rk\b",
    r"/ro" r"ot/",
    r"/ho" r"me/[a-z]",
    r"/Us" r"ers/[a-z]",
    r"C:\\\\Us" r"ers",
]
TEXT = {".py", ".html", ".css", ".js", ".md", ".toml", ".yml", ".yaml", ".txt", ".json", ".cfg",
        ".sh", ".svg", ".tsv", ""}  # fmt: skip


def test_the_accepted_formats() -> None:
    """Each is a decoder that strangers may feed; adding one is a decision."""
    code = (
        "from PIL import Image; from posts.imaging import pixels; "
        "print(sorted(pixels.ACCEPTED)); print(sorted(Image.OPEN)); print(Image.MAX_IMAGE_PIXELS)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True
    )
    accepted, opened, most = done.stdout.splitlines()
    assert accepted == "['AVIF', 'GIF', 'HEIF', 'JPEG', 'PNG', 'WEBP']"
    # MPO is opened by the JPEG plugin; the others come with the first ones' imports.
    loaded = set(re.findall(r"'(\w+)'", opened))
    assert loaded <= {"AVIF", "GIF", "HEIF", "JPEG", "MPO", "PNG", "WEBP", "TIFF"}
    assert most == "None", "our own limits come first, with a better sentence"


def test_the_limits() -> None:
    assert (limits.MAX_PHOTOS, limits.MAX_TITLE, limits.MAX_CAPTION) == (35, 90, 4_000)
    assert (limits.MAX_ALT_TEXT, limits.MAX_COMMENT) == (2_000, 1_000)
    assert limits.MAX_FILE_BYTES == 50 * 10**6
    assert (limits.MAX_PIXELS, limits.MAX_SIDE) == (72_000_000, 16_383)
    assert (limits.MAX_ASPECT, limits.MAX_JPEG_SCANS) == (20, 100)
    assert timedelta(seconds=10) < limits.LEASE <= timedelta(seconds=60)
    assert timedelta(days=7) == limits.UPLOAD_KEPT


def every(name: str) -> timedelta:
    """How often the schedule sends a task."""
    schedule = settings.CELERY_BEAT_SCHEDULE[name]["schedule"]
    assert isinstance(schedule, timedelta)
    return schedule


def test_lost_work_is_found_within_two_minutes() -> None:
    sweep = every("sweep")
    assert limits.LEASE + limits.QUEUE_PATIENCE + 2 * sweep <= timedelta(seconds=120)


def test_public_pictures_move_within_a_minute() -> None:
    assert every("sweep") <= timedelta(seconds=30)


def test_ids_are_ours_everywhere() -> None:
    assert settings.AUTH_USER_MODEL == "accounts.User"


def tracked() -> list[Path]:
    """Every text file of the project, as git would take it."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    paths = [ROOT / name for name in listed.stdout.splitlines()]
    return [path for path in paths if path.suffix in TEXT and path.is_file()]


def test_nothing_tells_on_whose_machine_it_was_written() -> None:
    pattern = re.compile("|".join(FOREIGN))
    wrong = []
    for path in tracked():
        text = path.read_text(encoding="utf-8", errors="replace")
        wrong += [
            f"{path.relative_to(ROOT)}:{text.count(chr(10), 0, match.start()) + 1} {match.group()}"
            for match in pattern.finditer(text)
        ]
    assert wrong == []


def test_requirements_are_pinned() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        for line in (ROOT / name).read_text().splitlines():
            if line and not line.startswith(("#", "-r ")):
                assert re.fullmatch(r"[A-Za-z0-9_.\[\]-]+==[\w.]+", line), f"{name}: {line}"
