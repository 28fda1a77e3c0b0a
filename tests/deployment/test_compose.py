"""From an empty server to a photo that is ready, with README's commands and compose's own."""

import base64
import hashlib
import hmac
import os
import re
import signal
import struct
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import urllib3

from tests import making
from tests.deployment.engine import Compose
from tests.deployment.image import Image
from tests.site import image_addresses, on_own_stack, wait_for
from tests.visitor import PASSWORD, Answer, Visitor

ROOT = Path(__file__).resolve().parents[2]


def documented(file: str, heading: str) -> list[str]:
    """The commands of the first block of shell below a heading."""
    text = (ROOT / file).read_text().split(f"## {heading}\n", 1)[1]
    block = re.split(r"^## ", text, maxsplit=1, flags=re.MULTILINE)[0].split("```sh\n", 1)[1]
    return [line for line in block.split("```")[0].splitlines() if line and line[0] != "#"]


class Guest(Visitor):
    """A visitor on TLS, as far as the proxy's certificate is good."""

    def __init__(self, compose: Compose) -> None:
        super().__init__(compose.url)
        self._http = urllib3.PoolManager(
            ca_certs=str(compose.certificate), retries=False, timeout=60
        )

    def csrf(self) -> str:
        if "__Host-csrftoken" not in self.cookies:
            self.get("/accounts/login/")
        return self.cookies["__Host-csrftoken"]

    def form(self, path: str, fields: dict[str, str]) -> Answer:
        """Send a form as the page at that address would."""
        return self.post(path, fields, headers={"Referer": self.url + path})


def one_time_code(secret: str, at: float) -> str:
    """The six digits of RFC 6238 for a moment."""
    counter = struct.pack(">Q", int(at) // 30)
    made = hmac.new(base64.b32decode(secret), counter, hashlib.sha1).digest()
    offset = made[-1] & 15
    return str((struct.unpack(">I", made[offset : offset + 4])[0] & 0x7FFFFFFF) % 10**6).zfill(6)


@pytest.fixture(scope="module")
def compose(image: Image, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Compose]:
    """A deployment after the first two of README's commands."""
    with (
        on_own_stack() as stack,
        Compose(image, stack, tmp_path_factory.mktemp("compose")) as compose,
    ):
        copy, up = documented("README.md", "Run it for real")[:2]
        compose.shell(copy)
        compose.fill_in()
        compose.shell(up)
        yield compose


@pytest.fixture(scope="module")
def owner(compose: Compose) -> Guest:
    """The owner, made as README says, with their second factor, signed in."""
    command = documented("README.md", "Run it for real")[2]
    address = compose.shell(command).split()[-1]
    assert address.startswith(compose.url)
    guest = Guest(compose)
    page = guest.get(address)
    assert page.status == 200, page.words
    token = urlsplit(address).query.removeprefix("token=")
    fields = {"token": token, "username": "ann", "email": "ann@example.org"}
    answer = guest.form("/setup/", fields | dict.fromkeys(("password1", "password2"), PASSWORD))
    assert (answer.status, answer.location) == (302, "/accounts/2fa/totp/activate/"), answer.words
    page = guest.get(answer.location)
    secret = re.search(r"\b[A-Z2-7]{32}\b", page.words)
    assert secret, page.words
    answer = guest.form(answer.location, {"code": one_time_code(secret[0], time.time())})
    assert answer.status == 302, answer.words
    codes = guest.get("/accounts/2fa/recovery-codes/").words
    guest.form("/accounts/logout/", {})
    answer = guest.form("/accounts/login/", {"login": "ann", "password": PASSWORD})
    assert answer.location == "/accounts/2fa/authenticate/", answer.words
    code = re.findall(r"\b[0-9a-f]{8}\b", codes)[0]
    answer = guest.form("/accounts/2fa/authenticate/", {"code": code})
    assert answer.status == 302, answer.words
    return guest


def test_the_owner_signs_in_and_moderates(owner: Guest) -> None:
    assert owner.get("/admin/").status == 200


def test_a_photo_becomes_ready_and_is_shown(owner: Guest, compose: Compose) -> None:
    answer = owner.post(
        "/uploads/",
        files=[("file", ("a.jpg", making.picture(), "image/jpeg"))],
        headers={"Referer": f"{owner.url}/new/"},
    )
    assert answer.status == 201, answer.text
    upload = answer.json()["id"]
    assert owner.settled(upload)["state"] == "ready"
    answer = owner.post("/new/", [("uploads", upload)], headers={"Referer": f"{owner.url}/new/"})
    assert answer.status == 303, answer.words
    stranger = Guest(compose)
    path = urlsplit(answer.location).path

    def public() -> list[str]:
        """The addresses at the store, once the worker has put the pictures there."""
        page = stranger.get(path)
        assert page.status == 200
        return [each for each in image_addresses(page.text) if "/s3/public/" in each]

    wait_for(public, 120, "the pictures to be public")
    picture = stranger.get(public()[0])
    assert (picture.status, picture.body[:4]) in ((200, b"RIFF"), (200, b"\xff\xd8\xff\xe0"))


def test_every_form_that_counts_attempts_answers(compose: Compose) -> None:
    guest = Guest(compose)
    wrong = guest.form("/accounts/login/", {"login": "nobody", "password": "wrong"})
    assert wrong.status == 200
    answer = guest.form("/accounts/password/reset/", {"email": "nobody@example.org"})
    assert answer.status in (200, 302), answer.words
    assert guest.get("/search/?q=harbour").status == 200
    fields = {"username": "friend", "email": "friend@example.org"}
    answer = guest.form(
        "/accounts/signup/", fields | dict.fromkeys(("password1", "password2"), PASSWORD)
    )
    assert answer.status == 302, answer.words


def test_pages_come_with_their_static_files(compose: Compose) -> None:
    guest = Guest(compose)
    for path in ("/", "/accounts/login/", "/accounts/signup/"):
        page = guest.get(path)
        assert page.status == 200, path
        files = re.findall(r'(?:href|src)="(/static/[^"]+\.(?:css|js))"', page.text)
        assert files
        for file in files:
            assert re.search(r"\.[0-9a-f]{12}\.(css|js)$", file), "made while building the image"
            assert guest.get(file).status == 200


def test_it_is_ready(compose: Compose) -> None:
    address = f"http://127.0.0.1:{compose.ports['web']}/readyz"
    with urllib.request.urlopen(address, timeout=20) as answer:
        assert answer.status == 200


def test_doctor_finds_only_that_no_mail_goes_out(compose: Compose) -> None:
    command = documented("README.md", "Run it for real")[3]
    lines = compose.shell(command, may_fail=True).splitlines()
    wrong = {line.split(":")[0] for line in lines if line.startswith("✗")}
    assert wrong <= {"✗ mail"}, lines
    assert len([line for line in lines if line.startswith("✓")]) >= 9, lines


def is_healthy(compose: Compose, name: str) -> bool:
    return not compose.health(name).returncode


def test_each_container_is_judged_by_its_own_sign_of_life(compose: Compose) -> None:
    compose.shell("docker compose up -d --scale worker=2")
    hung = [compose.containers[name] for name in ("worker-2", "schedule")]
    for name in ("worker", "worker-2", "schedule"):
        wait_for(partial(is_healthy, compose, name), 120, f"the first sign of {name}")
    before = len(compose.containers["worker"].log)
    try:
        for container in hung:
            container.signal(signal.SIGSTOP)
        long_ago = time.time() - 1000
        for name in ("worker", "worker-2", "schedule"):
            os.utime(compose.containers[name].folder / "tmp" / "heartbeat", (long_ago, long_ago))
        wait_for(partial(is_healthy, compose, "worker"), 120, "the other worker's sign")
        assert [compose.health(container.name).returncode for container in hung] == [1, 1]
    finally:
        for container in hung:
            container.signal(signal.SIGCONT)
    for container in hung:
        wait_for(partial(is_healthy, compose, container.name), 120, "it to go on")
    # Four tasks came from the schedule in that time, and each worker sent itself some.
    assert len(compose.containers["worker"].log) - before < 1_000


def test_an_upgrade_runs_what_was_pulled_and_a_backup_brings_all_back(
    compose: Compose, owner: Guest
) -> None:
    post = re.findall(r'href="(/p/[^"#?]+)', owner.get("/").text)[0]
    picture = next(each for each in image_addresses(owner.get(post).text) if "/s3/" in each)
    before = Guest(compose).get(picture).body
    migrated = compose.ended["migrate"]
    old = {name: each.process for name, each in compose.containers.items()}
    *back_up, start = documented("docs/operations.md", "Backing up")
    for line in back_up:
        compose.shell(line)
    pull, upgrade, doctor = documented("docs/operations.md", "Upgrading")
    assert (pull, upgrade) == ("git pull", start)
    assert doctor == documented("README.md", "Run it for real")[3], "tried above"
    # What was pulled is built when the site is started again.
    compose.image = replace(compose.image)
    compose.shell(upgrade)
    assert not [name for name, each in compose.containers.items() if each.process is old[name]]
    assert compose.ended["migrate"] is not migrated
    assert owner.get("/new/").status == 200
    compose.shell("docker compose down --volumes")
    (compose.project / ".env").unlink()
    said = [compose.shell(line) for line in documented("docs/operations.md", "Restoring")[:-1]]
    assert not re.search(r"\b[1-9]\d* (objects|renditions|originals|profile)", said[-1]), said[-1]
    assert owner.get("/new/").status == 200, "people stay signed in"
    assert owner.get(post).status == 200
    assert Guest(compose).get(picture).body == before
