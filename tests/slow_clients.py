"""Clients that hold on to a server by being slow, hundreds of them in one thread."""

import asyncio
import socket
import threading
from collections import Counter
from dataclasses import dataclass
from typing import Self

EVERY_SECONDS = 4.0


@dataclass(frozen=True)
class Kind:
    """What such a client says at once, and what it then says a byte of every few seconds."""

    name: str
    first: str
    then: str = ""
    # Of what is answered it takes no more than its small buffer holds.
    reads: bool = True


def kinds(host: str, static: str, cookies: str = "", token: str = "") -> list[Kind]:
    """Every way of being slow; `static` is the path of a file, `cookies` those of a member."""
    form = "Content-Type: application/x-www-form-urlencoded"
    parts = "Content-Type: multipart/form-data; boundary=x"
    sign_in = f"POST /accounts/login/ HTTP/1.1\r\nHost: {host}\r\n{form}\r\n"
    upload = f"POST /uploads/ HTTP/1.1\r\nHost: {host}\r\n{parts}\r\nContent-Length: 5000000\r\n"
    piece = f"PUT /uploads/incoming/slow/ HTTP/1.1\r\nHost: {host}\r\nContent-Length: 4000000\r\n"
    member = f"Cookie: {cookies}\r\nX-CSRFToken: {token}\r\n"
    file_part = '--x\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n'
    return [
        Kind("form", f"{sign_in}Content-Length: 5000\r\n\r\n", "x" * 5000),
        Kind("long form", f"{sign_in}Content-Length: 900000\r\n\r\n", "x" * 5000),
        Kind("head", f"GET / HTTP/1.1\r\nHost: {host}\r\nX-Slow: ", "x" * 5000),
        Kind("nothing", ""),
        Kind("chunks", f"{sign_in}Transfer-Encoding: chunked\r\n\r\n", "1\r\nx\r\n" * 1000),
        Kind("upload", f"{upload}\r\n{file_part}", "x" * 5000),
        Kind("forged", f"{upload}Cookie: session=forged\r\n\r\n{file_part}", "x" * 5000),
        Kind("expecting", f"{upload}Expect: 100-continue\r\n\r\n"),
        Kind("idle", f"GET /healthz HTTP/1.1\r\nHost: {host}\r\n\r\n"),
        Kind("reader", f"GET {static} HTTP/1.1\r\nHost: {host}\r\n\r\n" * 200, reads=False),
        Kind("member's upload", f"{upload}{member}\r\n{file_part}", "x" * 5000),
        Kind(
            "member's piece",
            f"{piece}Content-Range: bytes 0-3999999/4000000\r\n{member}\r\n",
            "x" * 5000,
        ),
    ]


class SlowClients:
    """`number` clients of all kinds, connected while the context lasts."""

    def __init__(self, port: int, number: int, kinds: list[Kind]) -> None:
        self._port = port
        self._chosen = [kinds[each % len(kinds)] for each in range(number)]
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._connected = threading.Semaphore(0)
        # How many of each kind the server has closed by now, and the first line it said to them.
        self.closed: Counter[str] = Counter()
        self.heard: dict[str, bytes] = {}

    def __enter__(self) -> Self:
        self._thread.start()
        for _ in self._chosen:
            assert self._connected.acquire(timeout=30)
        return self

    def __exit__(self, *_error: object) -> None:
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(10)

    def _run(self) -> None:
        self._loop.run_until_complete(self._be_slow())
        self._loop.close()

    async def _be_slow(self) -> None:
        self._end = asyncio.Event()
        clients = [asyncio.create_task(self._client(kind)) for kind in self._chosen]
        await self._end.wait()
        for client in clients:
            client.cancel()
        await asyncio.gather(*clients, return_exceptions=True)

    async def _client(self, kind: Kind) -> None:
        with socket.socket() as connection:
            connection.setblocking(False)
            if not kind.reads:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            await self._loop.sock_connect(connection, ("127.0.0.1", self._port))
            self._connected.release()
            saying = asyncio.create_task(self._say(connection, kind))
            try:
                # What a server says can come after the end of what it hears.
                await (self._hear(connection, kind) if kind.reads else saying)
            except OSError:
                self.closed[kind.name] += 1
            else:
                self.closed[kind.name] += 1
            finally:
                saying.cancel()
                await asyncio.gather(saying, return_exceptions=True)

    async def _say(self, connection: socket.socket, kind: Kind) -> None:
        await self._loop.sock_sendall(connection, kind.first.encode())
        for letter in kind.then:
            await asyncio.sleep(EVERY_SECONDS)
            await self._loop.sock_sendall(connection, letter.encode())
        await asyncio.sleep(3600)

    async def _hear(self, connection: socket.socket, kind: Kind) -> None:
        while answer := await self._loop.sock_recv(connection, 4096):
            self.heard.setdefault(kind.name, answer.partition(b"\r\n")[0])
