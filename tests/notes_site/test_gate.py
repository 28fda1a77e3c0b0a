"""The gate between connections and threads, asked as a server asks it."""

import asyncio
import threading
import time
from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from notes_site.serving import bodies, gate
from notes_site.serving.gate import Gate

Message = dict[str, Any]
PHOTO = bytes(range(256)) * 4_000
SCOPE: dict[str, Any] = {
    "type": "http",
    "method": "GET",
    "scheme": "http",
    "http_version": "1.1",
    "raw_path": b"/caf%C3%A9/",
    "query_string": b"a=1",
    "client": ("192.0.2.7", 50000),
    "server": ("127.0.0.1", 8000),
}


class Sender:
    """A visitor that sends some pieces, `pause` seconds apart, and then a last word."""

    def __init__(self, *pieces: bytes, pause: float = 0.0, then: str = "end") -> None:
        self._pieces = list(pieces)
        self._pause = pause
        self._then = then
        self.asked = 0

    async def receive(self) -> Message:
        self.asked += 1
        await asyncio.sleep(self._pause)
        if self._pieces:
            return {"type": "http.request", "body": self._pieces.pop(0), "more_body": True}
        if self._then == "silence":
            await asyncio.sleep(3600)
        if self._then == "goodbye":
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": b"", "more_body": False}


class Application:
    """Django's place: reads the body as it is told, and answers in pieces."""

    def __init__(self, *read: int, answer: Iterable[bytes] = (b"done",)) -> None:
        self._read, self._answer = read, answer
        self.body = b""
        self.environ: dict[str, Any] = {}
        self.error: Exception | None = None
        self.closed = 0

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        self.environ = environ
        try:
            for size in self._read:
                while piece := environ["wsgi.input"].read(size):
                    self.body += piece
        except OSError as error:
            self.error = error
        start_response("200 OK", [("X-Thread", threading.current_thread().name)])
        return self

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._answer)

    def close(self) -> None:
        self.closed += 1


def ask(
    application: Application, sender: Sender, *headers: tuple[bytes, bytes], method: str = "POST"
) -> list[Message]:
    """What the gate sends for one request."""
    sent: list[Message] = []
    let_go: list[str] = []

    async def send(message: Message) -> None:
        sent.append(message)

    scope = SCOPE | {"method": method, "headers": list(headers)}
    behind = Gate(application, let_go=lambda: let_go.append(threading.current_thread().name))
    asyncio.run(behind(scope, sender.receive, send))
    return sent


async def drop(_message: Message) -> None:
    """Where the answer goes when nobody looks at it."""


def length(number: int) -> tuple[bytes, bytes]:
    return (b"content-length", str(number).encode())


def body_of(sent: list[Message]) -> bytes:
    return b"".join(message.get("body", b"") for message in sent)


def thread_of(sent: list[Message]) -> str:
    return bytes(dict(sent[0]["headers"])[b"x-thread"]).decode()


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same rule with less patience."""
    monkeypatch.setattr(bodies, "STALL_SECONDS", 0.3)


@pytest.mark.parametrize("sizes", [(-1,), (4096,)])
def test_a_small_body_is_whole_before_a_thread_hears_of_it(sizes: tuple[int, ...]) -> None:
    application = Application(*sizes)
    sent = ask(application, Sender(b"one", b"two", pause=0.01), length(6))
    assert application.body == b"onetwo"
    assert application.environ["CONTENT_LENGTH"] == "6"
    assert thread_of(sent).startswith("page")
    assert (body_of(sent), application.closed) == (b"done", 1)


@pytest.mark.parametrize("size", [-1, 4096, len(PHOTO)])
def test_a_large_body_is_read_by_a_thread_for_uploads(size: int) -> None:
    application = Application(size)
    pieces = [PHOTO[at : at + 50_000] for at in range(0, len(PHOTO), 50_000)]
    sent = ask(application, Sender(*pieces), length(len(PHOTO)))
    assert application.body == PHOTO
    assert thread_of(sent).startswith("upload")
    assert application.environ[gate.LARGE_BODY] is True


def test_what_is_refused_for_its_headers_is_not_asked_for() -> None:
    sender = Sender(then="silence")
    sent = ask(Application(), sender, length(5_000_000), (b"expect", b"100-continue"))
    assert (body_of(sent), sender.asked) == (b"done", 0)


def test_a_refusal_is_said_before_the_rest_is_read_and_thrown_away() -> None:
    sender = Sender(*[PHOTO] * 5)
    sent = ask(Application(), sender, length(5 * len(PHOTO)))
    assert body_of(sent) == b"done"
    assert sender.asked == 6


@pytest.mark.parametrize("announced", [5_000, None])
def test_who_sends_too_little_is_told_so(hasty: None, announced: int | None) -> None:
    application = Application()
    headers = [length(announced)] if announced else [(b"transfer-encoding", b"chunked")]
    sent = ask(application, Sender(b"x", then="silence"), *headers)
    assert sent[0]["status"] == 408
    assert application.environ == {}, "no thread heard of it"


@pytest.mark.parametrize("then", ["silence", "goodbye"])
def test_what_came_before_the_end_is_read_and_then_the_error(hasty: None, then: str) -> None:
    application = Application(16_384)
    ask(application, Sender(PHOTO[:100_000], then=then), length(len(PHOTO)))
    assert application.body == PHOTO[:100_000]
    assert isinstance(application.error, OSError)


def test_a_cut_body_never_passes_for_a_whole_one(hasty: None) -> None:
    application = Application(len(PHOTO))
    ask(application, Sender(PHOTO[:100_000], then="goodbye"), length(len(PHOTO)))
    assert (application.body, type(application.error)) == (b"", OSError)


def test_chunks_have_a_length_once_they_are_here_and_too_many_are_refused() -> None:
    chunked = (b"transfer-encoding", b"chunked")
    application = Application(-1)
    ask(application, Sender(b"a=1", b"&b=2"), chunked)
    assert (application.body, application.environ["CONTENT_LENGTH"]) == (b"a=1&b=2", "7")
    assert ask(Application(), Sender(PHOTO), chunked)[0]["status"] == 411


def test_an_answer_in_pieces_is_sent_in_pieces_and_closed() -> None:
    application = Application(answer=[PHOTO[:100_000]] * 9)
    sent = ask(application, Sender(), method="GET")
    assert body_of(sent) == PHOTO[:100_000] * 9
    assert len([message for message in sent if message.get("body")]) == 3
    assert application.closed == 1


def test_a_head_request_is_closed_without_reading_the_answer() -> None:
    application = Application(answer=[b"x" * 10])
    assert body_of(ask(application, Sender(), method="HEAD")) == b""
    assert application.closed == 1


def test_the_environ_is_the_one_of_pep_3333() -> None:
    application = Application()
    ask(
        application,
        Sender(),
        (b"host", b"example.org"),
        (b"cookie", b"a=1"),
        (b"cookie", b"b=2"),
        (b"x-forwarded-for", b"192.0.2.1"),
        (b"x-forwarded-for", b"192.0.2.2"),
        (b"x_forwarded_for", b"203.0.113.9"),
        method="GET",
    )
    environ = application.environ
    assert environ["PATH_INFO"] == "/café/".encode().decode("latin-1")
    assert environ["HTTP_COOKIE"] == "a=1; b=2"
    # With a hyphen each, as the proxies wrote them; what a visitor writes with `_` is not theirs.
    assert environ["HTTP_X_FORWARDED_FOR"] == "192.0.2.1,192.0.2.2"
    assert (environ["REMOTE_ADDR"], environ["QUERY_STRING"]) == ("192.0.2.7", "a=1")


class Leaving(Application):
    """An answer whose visitor has left by the time that a thread works on its second piece."""

    def __init__(self, is_at_work: threading.Event) -> None:
        super().__init__()
        self._is_at_work = is_at_work
        self._pieces = self._write()
        self.ended = False

    def _write(self) -> Iterator[bytes]:
        try:
            yield PHOTO
            self._is_at_work.set()
            time.sleep(0.3)
            yield PHOTO
        finally:
            self.ended = True

    def __iter__(self) -> Iterator[bytes]:
        return self._pieces

    def close(self) -> None:
        super().close()
        self._pieces.close()  # type: ignore[attr-defined]


def test_what_a_thread_works_on_is_closed_after_the_work() -> None:
    is_at_work = threading.Event()
    application = Leaving(is_at_work)

    async def leave() -> None:
        asking = asyncio.create_task(
            Gate(application, let_go=lambda: None)(SCOPE | {"headers": []}, Sender().receive, drop)
        )
        await asyncio.to_thread(is_at_work.wait, 10)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking

    asyncio.run(leave())
    assert (application.closed, application.ended) == (1, True)


class Stubborn(Application):
    """Reads on after an error, as what parses a form may."""

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        super().__call__(environ, start_response)
        self.error = None
        return super().__call__(environ, start_response)


def test_a_server_that_stops_waits_for_no_sender() -> None:
    sender = Sender(PHOTO[:100_000], then="silence")
    application = Stubborn(4096)

    async def stop() -> None:
        scope = SCOPE | {"method": "POST", "headers": [length(len(PHOTO))]}
        asking = asyncio.create_task(
            Gate(application, let_go=lambda: None)(scope, sender.receive, drop)
        )
        while len(application.body) < 100_000:
            await asyncio.sleep(0.01)
        assert not asking.done()

    asyncio.run(stop())
    assert application.body == PHOTO[:100_000]
    assert isinstance(application.error, OSError), "and what came is not all"
