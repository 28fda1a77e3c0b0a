"""Pieces whose connection ends in their midst, on the real server."""

import hashlib
import os
import socket
import struct
import time
from typing import Any

import pytest

from tests.memory import Memory
from tests.pictures import photo
from tests.site import Site, wait_for
from tests.visitor import Answer, Visitor

pytestmark = pytest.mark.once

MB = 1_000_000


def big_photo(size: int, seed: int = 0) -> bytes:
    """A real JPEG with bytes behind its end, as some cameras leave them."""
    picture = photo(width=640, height=480, seed=seed)
    return picture + os.urandom(size - len(picture))


def put(member: Visitor, key: str, content: bytes, first: int, total: int) -> Answer:
    last = first + len(content) - 1
    headers = {"Content-Range": f"bytes {first}-{last}/{total}", "X-CSRFToken": member.csrf()}
    return member.request("PUT", f"/uploads/incoming/{key}/", body=content, headers=headers)


def received(member: Visitor, key: str) -> int:
    return int(member.get(f"/uploads/incoming/{key}/").json()["received"])


def begin(site: Site, member: Visitor, key: str, content: bytes, part: int) -> socket.socket:
    """Announce all of a file and send the first `part` bytes of it."""
    cookies = "; ".join(f"{name}={value}" for name, value in member.cookies.items())
    lines = [
        f"PUT /uploads/incoming/{key}/ HTTP/1.1",
        f"Host: 127.0.0.1:{site.port}",
        f"Cookie: {cookies}",
        f"X-CSRFToken: {member.csrf()}",
        f"Content-Range: bytes 0-{len(content) - 1}/{len(content)}",
        f"Content-Length: {len(content)}",
    ]
    connection = socket.create_connection(("127.0.0.1", site.port))
    connection.sendall("\r\n".join([*lines, "", ""]).encode() + content[:part])
    return connection


@pytest.mark.parametrize("end", ["reset", "goodbye", "silence"])
def test_what_came_before_the_end_stays(site: Site, end: str) -> None:
    member, key = site.member(), f"cut-{end}"
    content = big_photo(4 * MB)
    sent = int(1.5 * MB)
    connection = begin(site, member, key, content, sent)
    # A read that is not full waits for the rest of its 16 kB.
    wait_for(lambda: received(member, key) > sent - 16 * 1024, 10, "the bytes to arrive")
    if end == "reset":
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    if end != "silence":
        connection.close()
    time.sleep(0.3)
    there = received(member, key)
    assert sent - 16 * 1024 < there <= sent
    if end == "goodbye":
        assert there == sent
    started = time.monotonic()
    answer = put(member, key, content[there:], there, len(content))
    assert answer.status == 201, answer.text
    assert time.monotonic() - started < 15, "a predecessor that says nothing holds nobody up"
    told: dict[str, Any] = answer.json()
    assert told["sha256"] == hashlib.sha256(content).hexdigest()
    connection.close()
    assert list((site.data / "tmp" / "incoming").iterdir()) == []
    assert member.settled(told["id"])["state"] == "ready"


def test_a_refusal_is_heard_by_those_who_send_all_first(site: Site) -> None:
    member = site.member()
    connection = begin(site, member, "-" * 101, b"x" * (8 * MB), 8 * MB)
    connection.settimeout(10)
    assert connection.recv(1024).startswith(b"HTTP/1.1 422 ")
    connection.close()


def test_the_server_takes_in_a_file_without_holding_it(site: Site) -> None:
    member = site.member()
    put(member, "warm", big_photo(2 * MB), 0, 2 * MB)
    content = big_photo(49 * MB)
    with Memory(site.processes("web")) as memory:
        for number in range(4):
            answer = put(member, f"file-{number}", content, 0, len(content))
            assert answer.status == 201, answer.text
    assert memory.growth < 20 * MB
