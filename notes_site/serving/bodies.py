"""Request bodies as they arrive: who sends nothing, or too little, is cut off.

The rule is the one of the proxy's `timeouts` (deploy/Caddyfile): a sender has STALL_SECONDS, and
for every LEAST_RATE bytes that came one second more.
"""

import asyncio
import io
from collections import deque
from collections.abc import Awaitable, Callable
from concurrent.futures import CancelledError, wait
from typing import Any

STALL_SECONDS = 30.0
# Bytes a second. A phone at the edge of its network manages 20,000.
LEAST_RATE = 8_000
# What is read ahead of a thread that takes a body piece by piece.
MAX_AHEAD = 262_144
# Django takes files in pieces of this size, and whole bodies in one.
MAX_AT_ONCE = 65_536
# A thread that waits longer than this lets go of what others may need.
SHORT_WAIT_SECONDS = 0.2

Receive = Callable[[], Awaitable[dict[str, Any]]]


class TooSlowError(Exception):
    """The sender fell below the least rate."""


class GoneError(Exception):
    """The connection ended before the body did."""


def seconds_allowed(received: int) -> float:
    """How many seconds after its begin a body may take, of which so many bytes are here."""
    return STALL_SECONDS + received / LEAST_RATE


class Incoming:
    """A body on its way, read in the event loop."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        # Seconds spent waiting for the sender; those spent waiting for a thread are not its fault.
        self._waited = 0.0
        self.received = 0
        self.is_complete = False

    async def next(self) -> bytes:
        """The next bytes, b"" at the end. Raises TooSlowError or GoneError."""
        clock = asyncio.get_running_loop().time
        while not self.is_complete:
            started = clock()
            try:
                async with asyncio.timeout(seconds_allowed(self.received) - self._waited):
                    message = await self._receive()
            except TimeoutError as error:
                raise TooSlowError from error
            self._waited += clock() - started
            if message["type"] != "http.request":
                raise GoneError
            self.is_complete = not message.get("more_body", False)
            piece: bytes = message.get("body", b"")
            self.received += len(piece)
            if piece:
                return piece
        return b""

    async def all(self, most: int) -> bytes:
        """Everything, or a little more than `most` bytes with `is_complete` left False."""
        content = b""
        while len(content) <= most and (piece := await self.next()):
            content += piece
        return content

    async def discard(self, most: int) -> None:
        """Read on to the end, but no more than so many bytes, and keep nothing."""
        left = most
        while left > 0 and (piece := await self.next()):
            left -= len(piece)


class Stream(io.RawIOBase):
    """A large body as a thread reads it, while the event loop reads a little ahead of it.

    Nothing is read before the thread asks: a request that is refused for its headers costs no body,
    and a sender that waits for "100 Continue" is told to go on only if it is wanted.
    """

    def __init__(self, incoming: Incoming, let_go: Callable[[], None]) -> None:
        """Called in the event loop; `let_go` is run in a thread that has to wait for a sender."""
        self._incoming = incoming
        self._let_go = let_go
        self._loop = asyncio.get_running_loop()
        self._pump: asyncio.Task[None] | None = None
        self._pieces: deque[bytes] = deque()
        self._ahead = 0
        self._changed = asyncio.Event()
        self._error: Exception | None = None
        self._ended = False
        self._rest = b""

    async def stop(self) -> None:
        """Read no further; awaited when the request is answered."""
        if self._pump is not None:
            self._pump.cancel()
            # Until it has ended it would take what whoever reads on is waiting for.
            await asyncio.gather(self._pump, return_exceptions=True)
        self._error = self._error or GoneError()
        self._ended = True
        self._wake()

    async def _read_ahead(self) -> None:
        # Until the end is here, however this ends: also when the server stops.
        self._error = GoneError()
        try:
            while piece := await self._incoming.next():
                self._pieces.append(piece)
                self._ahead += len(piece)
                self._wake()
                while self._ahead > MAX_AHEAD:
                    await self._wait()
            self._error = None
        except (TooSlowError, GoneError) as error:
            self._error = error
        finally:
            self._ended = True
            self._wake()

    def readable(self) -> bool:
        """Always."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Up to MAX_AT_ONCE bytes as soon as some are here, or all of a larger `size`.

        b"" at the end. Raises OSError when the sender is too slow or gone; who reads in small
        pieces has had everything that arrived by then.
        """
        if 0 <= size <= MAX_AT_ONCE:
            return self._some(size)
        content = bytearray()
        while size < 0 or len(content) < size:
            left = MAX_AT_ONCE if size < 0 else min(MAX_AT_ONCE, size - len(content))
            piece = self._some(left)
            if not piece:
                break
            content += piece
        return bytes(content)

    def _some(self, size: int) -> bytes:
        if not self._rest:
            self._rest = self._wait_for_more()
        content, self._rest = self._rest[:size], self._rest[size:]
        return content

    def _wait_for_more(self) -> bytes:
        try:
            coming = asyncio.run_coroutine_threadsafe(self._take(), self._loop)
            if not wait([coming], SHORT_WAIT_SECONDS).done:
                self._let_go()
            return coming.result()
        except (CancelledError, RuntimeError) as error:
            # The process is ending.
            raise OSError("the server stops") from error

    async def _take(self) -> bytes:
        if self._pump is None and not self._ended:
            self._pump = asyncio.create_task(self._read_ahead())
        while not self._pieces and not self._ended:
            await self._wait()
        if self._pieces:
            taken = b"".join(self._pieces)
            self._pieces.clear()
            self._ahead = 0
            self._wake()
            return taken
        if self._error:
            raise OSError("the sender of this request is gone or too slow") from self._error
        return b""

    async def _wait(self) -> None:
        self._changed.clear()
        await self._changed.wait()

    def _wake(self) -> None:
        self._changed.set()
