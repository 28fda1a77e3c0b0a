"""The Dockerfile's steps work on what Docker gets, and the site starts from what they leave."""

import re
import socket
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deployment.image import Image, install, steps
from tests.site import wait_for

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def address(image: Image) -> Iterator[str]:
    """The web server as the image's own command starts it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = {"HOST": "127.0.0.1", "PORT": str(port), "SITE_URL": f"http://127.0.0.1:{port}"}
    log = image.root / "web.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            image.command,
            cwd=image.here(image.folder),
            env=image.environment() | settings,
            stdout=output,
            stderr=output,
        )
    try:
        wait_for(lambda: process.poll() is not None or answers(port), 120, "the web server")
        assert process.poll() is None, log.read_text()
        yield settings["SITE_URL"]
    finally:
        process.terminate()
        process.wait(20)


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def get(address: str) -> tuple[int, str]:
    with urllib.request.urlopen(address, timeout=30) as answer:
        return answer.status, answer.read().decode()


def test_the_site_starts_and_has_its_static_files(address: str, image: Image) -> None:
    assert get(f"{address}/healthz") == (200, "ok")
    static = image.root / "data" / "static"
    hashed = [path for path in static.rglob("*.*") if re.search(r"\.[0-9a-f]{12}\.", path.name)]
    ours = {path.name for path in (ROOT / "static").rglob("*.css")}
    styles = [path for path in hashed if re.sub(r"\.[0-9a-f]{12}", "", path.name) in ours]
    assert len(styles) >= len(ours)
    for path in styles:
        assert get(f"{address}/static/{path.relative_to(static)}")[0] == 200


def test_every_command_of_the_site_is_there(image: Image) -> None:
    done = image.run(["python", "manage.py", "help", "--commands"])
    commands = set(done.stdout.split())
    own = {path.stem for path in ROOT.glob("*/management/commands/[a-z]*.py")}
    assert own - commands == set()


def test_the_account_owns_what_the_site_writes() -> None:
    made = next(
        rest for word, rest in steps((ROOT / "Dockerfile").read_text(), "site") if "useradd" in rest
    )
    assert "useradd --uid 10001" in made
    assert re.search(r"install -d -o notes -g notes /data/tmp /data/media /data/broker$", made)


def test_the_image_runs_as_that_account(image: Image) -> None:
    assert image.user == "10001:10001"


def test_a_requirement_of_a_requirement_that_nobody_names_is_found(tmp_path: Path) -> None:
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    short = tmp_path / "requirements.txt"
    short.write_text("\n".join(line for line in lines if not line.startswith("sqlparse==")))
    with pytest.raises(AssertionError, match="Django needs sqlparse"):
        install(short, tmp_path / "venv")
