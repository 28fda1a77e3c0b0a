"""One connection of the web server, byte by byte."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path

import pytest

from tests.deployment.container import free_port
from tests.proxy import ROOT

PIECE = b"10000\r\n" + bytes(65_536) + b"\r\n"


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("connection") / "log"


@pytest.fixture(scope="module")
def port(log: Path) -> Iterator[int]:
    """Where a web server with our worker listens."""
    number = free_port()
    command = [sys.executable, "-m", "gunicorn", "tests.notes_site.connection_application"]
    settings = {
        "bind": f"127.0.0.1:{number}",
        "worker-class": "notes_site.serving.worker.Worker",
        "keep-alive": "60",
    }
    options = [f"--{name}={value}" for name, value in settings.items()]
    with log.open("wb") as output:
        server = subprocess.Popen(
            [*command, "--no-control-socket", *options], cwd=ROOT, stderr=output
        )
    try:
        for _ in range(300):
            with suppress(OSError), socket.create_connection(("127.0.0.1", number)):
                break
            time.sleep(0.1)
        yield number
    finally:
        server.terminate()
        server.wait(20)


def heard(port: int, *pieces: bytes) -> bytes:
    """All that the server says until it closes the connection."""
    said = b""
    with socket.create_connection(("127.0.0.1", port), 20) as connection:
        for piece in pieces:
            connection.sendall(piece)
        while more := connection.recv(65_536):
            said += more
    return said


@pytest.mark.parametrize("keep", [b"", b"Connection: keep-alive\r\n"])
def test_an_answer_to_an_old_client_ends_with_its_connection(port: int, keep: bytes) -> None:
    said = heard(port, b"GET /old HTTP/1.0\r\nHost: here\r\n" + keep + b"\r\n")
    assert said.endswith(b"\r\n\r\nhere /old")
    assert b"\r\nConnection: close\r\n" in said


@pytest.mark.parametrize(
    ("target", "seen"),
    [
        (b"http://there:81/a/?b=http://c/", b"there:81 /a/"),
        (b"HTTPS://there", b"there /"),
        (b"http://there?b", b"there /"),
        (b"/http://there/", b"here /http://there/"),
    ],
)
def test_a_whole_address_is_taken_apart(port: int, target: bytes, seen: bytes) -> None:
    head = b" HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n"
    said = heard(port, b"GET " + target + head)
    assert b"".join(said.partition(b"\r\n\r\n")[2].split(b"\r\n")[1::2]) == seen


def test_who_sends_too_many_chunks_is_heard_out_and_hears_why(port: int) -> None:
    head = b"POST / HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: chunked\r\n"
    said = heard(port, head + b"Connection: close\r\n\r\n", *[PIECE] * 80, b"0\r\n\r\n")
    assert said.startswith(b"HTTP/1.1 411")
    assert said.endswith(b"Send this with a Content-Length, please.\n")


def test_a_length_of_thousands_of_digits_is_refused(port: int, log: Path) -> None:
    head = b"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: "
    assert heard(port, head + b"9" * 5_000 + b"\r\n\r\n").startswith(b"HTTP/1.1 400")
    assert "Traceback" not in log.read_text()


@pytest.mark.parametrize("status", [b"416", b"429", b"503", b"507"])
def test_every_status_has_its_words(port: int, status: bytes) -> None:
    said = heard(port, b"GET /status/" + status + b" HTTP/1.0\r\nHost: here\r\n\r\n")
    phrase = HTTPStatus(int(status)).phrase.encode()
    assert said.startswith(b"HTTP/1.0 " + status + b" " + phrase + b"\r\n")
