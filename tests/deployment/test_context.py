"""What goes into the image: everything the site needs, no secret, and no list kept by hand."""

import subprocess
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings

from tests.deployment.context import Ignore

ROOT = Path(__file__).resolve().parents[2]
# Each rule as Docker's documentation puts it, with a file it keeps out and one it doesn't.
RULES = [
    ("*/temp*", "somedir/temporary.txt", "temporary.txt"),
    ("*/temp*", "somedir/temp/file", "a/somedir/temp"),
    ("*/*/temp*", "somedir/subdir/temporary.txt", "somedir/temporary.txt"),
    ("temp?", "tempa", "temp"),
    ("temp?", "tempa/inside", "tempab"),
    ("**/*.go", "main.go", "main.gone"),
    ("**/*.go", "a/b/main.go", "a/b/go"),
    ("foo/bar", "foo/bar/inside", "bar"),
    ("/foo/bar", "foo/bar", "a/foo/bar"),
    ("foo/", "foo/inside", "a/foo"),
    ("foo/../bar", "bar", "foo/bar"),
    ("  var  ", "var/secret-key", "variable"),
    ("a/**/z", "a/z", "a/b"),
    ("a/**/z", "a/b/c/z", "z"),
    ("foo/**", "foo/a/b", "food"),
    ("*.md\n!README.md", "NOTES.md", "README.md"),
    ("*.md\n!README*.md\nREADME-secret.md", "README-secret.md", "README-1.md"),
    ("*\n!posts", "feed/a.py", "posts/a.py"),
    ("[ab].txt", "a.txt", "c.txt"),
    ("[^ab].txt", "c.txt", "a.txt"),
    ("a\\*", "a*", "ab"),
    ("# var\nvarious", "various", "# var"),
    ("a.c", "a.c", "abc"),
]
SECRET = [
    ".env",
    ".env.production",
    "deploy/.env",
    ".git/config",
    ".venv/bin/python",
    "var/secret-key",
    "var/notes.sqlite3",
    "notes.sqlite3-wal",
    "backup/notes.dump",
    "backup-2026/pictures.tar",
    "notes.dump",
    "certificates/site.key",
    "site.pem",
    "tests/conftest.py",
    "docker-compose.override.yml",
    "posts/__pycache__/tasks.cpython-311.pyc",
    "demo/photos/harbour.jpg",
]
WANTED = [
    "manage.py",
    "requirements.txt",
    "LICENSE",
    "stories/apps.py",
    "backups/apps.py",
    "composer/apps.py",
    "stories/migrations/0001_initial.py",
    "locale/de/LC_MESSAGES/django.mo",
    "posts/keys.py",
    "static/sounds/ping.ogg",
    "templates/backup.html",
    "deploy/healthy.py",
]


@pytest.mark.parametrize(("text", "excluded", "kept"), RULES)
def test_the_rules_are_dockers(text: str, excluded: str, kept: str) -> None:
    ignore = Ignore(text)
    assert ignore.excludes(excluded)
    assert not ignore.excludes(kept)


def ours() -> Ignore:
    return Ignore((ROOT / ".dockerignore").read_text())


@pytest.mark.parametrize("path", SECRET)
def test_no_secret_and_no_data_goes_in(path: str) -> None:
    assert ours().excludes(path)


@pytest.mark.parametrize("path", WANTED)
def test_what_comes_new_goes_in_by_itself(path: str) -> None:
    assert not ours().excludes(path)


def test_every_installed_app_goes_in_whole() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.splitlines()
    rooms = {
        Path(app.path).name for app in apps.get_app_configs() if ROOT in Path(app.path).parents
    }
    rooms = {room for room in rooms if (ROOT / room).is_dir()}
    assert {"leaving", "notifications", "posts"} <= rooms
    assert rooms <= set(settings.INSTALLED_APPS)
    sent = set(ours().files(ROOT))
    needed = {
        path
        for path in listed
        if path.split("/")[0] in rooms | {"templates", "static", "deploy"}
        and not path.startswith("demo/photos/")
        and (ROOT / path).is_file()
    }
    assert needed - sent == set()


def test_the_pattern_for_everything_is_gone() -> None:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    assert "*" not in lines
    assert not [line for line in lines if line.startswith("!")]
