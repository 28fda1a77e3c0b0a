"""Between connections and threads: a thread works for a request only when there is work to do.

The event loop of a web process reads bodies and writes answers at the visitors' speed; threads run
Django (decision 0027). A small body is read whole before a thread hears of it. A large one is read
by a thread of a pool of its own, so that no number of slow uploads can hold up a page.
"""

import asyncio
import io
import re
import sys
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any
from urllib.parse import unquote_to_bytes

from notes_site.serving.bodies import (
    GoneError,
    Incoming,
    Receive,
    Stream,
    TooSlowError,
    seconds_allowed,
)

# Each of these keeps a database connection.
PAGE_THREADS = 8
# These hold one only while they work, not while they wait for a sender.
UPLOAD_THREADS = 64
# Bodies up to this are read whole: every form but those with files or with very many words. It is
# also the most memory that a slow sender costs.
SMALL_BODY = 65_536
# Answers leave their thread in pieces of about this size; nearly every page is one.
ANSWER_PIECE = 262_144
# How much of a refused body is read, so that its sender gets to hear why.
MAX_DISCARDED = 64_000_000
# How an address begins that is asked for as a whole, as one asks a proxy.
ORIGIN = re.compile(rb"https?://([^/]*)", re.IGNORECASE)
# True in the environ of a request whose body is still on its way.
LARGE_BODY = "notes.large_body"

Send = Callable[[dict[str, Any]], Awaitable[None]]
Environ = dict[str, Any]
Application = Callable[[Environ, Any], Iterable[bytes]]
Work = Callable[[Callable[[], Any]], Awaitable[Any]]


class Gate:
    """A WSGI application as an ASGI one."""

    def __init__(self, application: Application, let_go: Callable[[], None]) -> None:
        """`let_go` gives back what the current thread holds of the database."""
        self._application = application
        self._let_go = let_go
        self._pages = ThreadPoolExecutor(PAGE_THREADS, "page")
        self._uploads = ThreadPoolExecutor(UPLOAD_THREADS, "upload")

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close"})
        if scope["type"] != "http":
            return
        incoming = Incoming(receive)
        try:
            if _announced(scope) > SMALL_BODY:
                await self._answer_large(scope, incoming, send)
                return
            body = await incoming.all(SMALL_BODY)
            if incoming.is_complete:
                await self._answer(
                    _environ(scope, io.BytesIO(body), len(body)), self._for_a_page, send
                )
            else:
                await _say(
                    send,
                    411,
                    "Send this with a Content-Length, please.\n",
                    before_end=lambda: incoming.discard(MAX_DISCARDED),
                )
        except TooSlowError:
            await _say(send, 408, "This came too slowly. Please send it again.\n")
        except GoneError:
            return

    async def _answer_large(self, scope: dict[str, Any], incoming: Incoming, send: Send) -> None:
        stream = Stream(incoming, self._let_go)
        environ = _environ(scope, stream, _announced(scope)) | {LARGE_BODY: True}

        async def hear_out() -> None:
            # A browser that is still sending would not hear the answer otherwise.
            await stream.stop()
            # Who waits for "100 Continue" and never got it sends nothing.
            if incoming.received or "HTTP_EXPECT" not in environ:
                with suppress(TooSlowError, GoneError):
                    await incoming.discard(MAX_DISCARDED)

        try:
            await self._answer(environ, self._for_an_upload, send, before_end=hear_out)
        finally:
            await stream.stop()

    async def _answer(
        self,
        environ: Environ,
        work: Work,
        send: Send,
        before_end: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """Run the application in a thread, and send what it answers as fast as it is taken."""
        answer = _Answer(self._application, environ)
        try:
            piece = await work(answer.begin)
            pace = _Pace(send)
            await pace.send({"type": "http.response.start", **answer.head})
            while not answer.is_complete:
                await pace.send({"type": "http.response.body", "body": piece, "more_body": True})
                piece = await work(answer.next)
            if before_end:
                await pace.send({"type": "http.response.body", "body": piece, "more_body": True})
                await before_end()
                piece = b""
            await pace.send({"type": "http.response.body", "body": piece})
        finally:
            if not answer.is_complete:
                # Shielded: canceled or not, the answer has to let go of files and connections.
                await asyncio.shield(work(answer.close))

    async def _for_a_page(self, what: Callable[[], Any]) -> Any:
        return await _run(self._pages, what)

    async def _for_an_upload(self, what: Callable[[], Any]) -> Any:
        def do() -> Any:
            try:
                return what()
            finally:
                self._let_go()

        return await _run(self._uploads, do)


async def _run(pool: ThreadPoolExecutor, what: Callable[[], Any]) -> Any:
    """What it returns in a thread of the pool.

    When the visitor leaves meanwhile it ends before this does: nothing is closed while it is used.
    """
    running = pool.submit(what)
    try:
        return await asyncio.wrap_future(running)
    finally:
        if not running.done():
            await asyncio.gather(asyncio.wrap_future(running), return_exceptions=True)


class _Answer:
    """What the application answers, taken piece by piece; each method runs in a thread."""

    def __init__(self, application: Application, environ: Environ) -> None:
        self._application = application
        self._environ = environ
        self._result: Iterable[bytes] = ()
        self.head: dict[str, Any] = {}
        self.is_complete = False

    def begin(self) -> bytes:
        """Run the application; returns the first piece."""
        self._result = self._application(self._environ, self._start)
        self._pieces = iter(self._result)
        if self._environ["REQUEST_METHOD"] == "HEAD":
            self.close()
            return b""
        return self.next()

    def next(self) -> bytes:
        """The next piece; closes the answer behind the last one."""
        taken, size = [], 0
        for piece in self._pieces:
            taken.append(piece)
            size += len(piece)
            if size >= ANSWER_PIECE:
                break
        else:
            self.close()
        return b"".join(taken)

    def close(self) -> None:
        """Let go of files and connections."""
        self.is_complete = True
        close = getattr(self._result, "close", None)
        if close:
            close()

    def _start(self, status: str, headers: list[tuple[str, str]], _error: Any = None) -> None:
        self.head = {
            "status": int(status.split(" ", 1)[0]),
            "headers": [(n.lower().encode("latin-1"), v.encode("latin-1")) for n, v in headers],
        }


class _Pace:
    """Sends, and leaves a visitor who takes an answer too slowly."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._sent = 0
        self._waited = 0.0

    async def send(self, message: dict[str, Any]) -> None:
        """Send a message; raises asyncio.CancelledError when the visitor takes it too slowly."""
        clock = asyncio.get_running_loop().time
        started = clock()
        self._sent += len(message.get("body", b""))
        try:
            async with asyncio.timeout(seconds_allowed(self._sent) - self._waited):
                await self._send(message)
        except TimeoutError:
            # What gunicorn takes for a visitor who left: it closes the connection without a word.
            raise asyncio.CancelledError from None
        self._waited += clock() - started


async def _nothing() -> None:
    """Before the end of an answer to a sender who has ended too."""


async def _say(
    send: Send, status: int, sentence: str, before_end: Callable[[], Awaitable[None]] = _nothing
) -> None:
    """An answer that needs no thread."""
    body = sentence.encode()
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": True})
    await before_end()
    await send({"type": "http.response.body"})


def _announced(scope: dict[str, Any]) -> int:
    """How long a request says its body is; 0 when it doesn't say."""
    return next((int(value) for name, value in scope["headers"] if name == b"content-length"), 0)


def _environ(scope: dict[str, Any], body: Any, length: int) -> Environ:
    """The request as PEP 3333 wants it."""
    origin = ORIGIN.match(scope["raw_path"])
    path = scope["raw_path"][origin.end() :] or b"/" if origin else scope["raw_path"]
    client, server = scope.get("client") or ("", 0), scope.get("server") or ("", 0)
    environ: Environ = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1]),
        "REMOTE_ADDR": client[0],
        "REMOTE_PORT": str(client[1]),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.input": body,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
        if "_" in name:
            # It would pass for the header of the same name with hyphens, which a proxy may set.
            continue
        key = name.upper().replace("-", "_")
        key = key if key == "CONTENT_TYPE" else f"HTTP_{key}"
        joint = "; " if key == "HTTP_COOKIE" else ","
        environ[key] = f"{environ[key]}{joint}{value}" if key in environ else value
    # As it arrived: chunks have no length before they are all here.
    environ.pop("HTTP_TRANSFER_ENCODING", None)
    environ.pop("HTTP_CONTENT_LENGTH", None)
    environ["CONTENT_LENGTH"] = str(length)
    if origin:
        # It counts, not the header (RFC 9112, section 3.2.2).
        environ["HTTP_HOST"] = origin[1].decode("latin-1")
    return environ
