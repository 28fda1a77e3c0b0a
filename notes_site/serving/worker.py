"""gunicorn's event-loop worker, with the gate in front of Django and deadlines on connections."""

import asyncio
from http import HTTPStatus
from typing import Any

from django.db import connections
from gunicorn.asgi import protocol
from gunicorn.asgi.protocol import ASGIProtocol
from gunicorn.workers import gasgi

from notes_site.serving.gate import Gate

# From the first byte to the end of the headers. Later requests of a connection have the time of
# gunicorn's `keepalive` for both the pause before them and their headers.
HEAD_SECONDS = 10.0
# What a closed connection still has to deliver must be taken within this.
LAST_SECONDS = 15.0


def close_connections() -> None:
    """Close this thread's connections to the database, but for those within a transaction."""
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close()


# gunicorn has no words for rarer answers and would call a full disk's 507 "Unknown".
for _status in HTTPStatus:
    protocol._REASON_PHRASES.setdefault(_status.value, _status.phrase)


class Connection(ASGIProtocol):  # type: ignore[misc]
    """A connection that sends no headers, or takes no answer, ends."""

    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """A visitor is here."""
        super().connection_made(transport)
        self.worker.connections.add(self)
        self._late = self.worker.loop.call_later(HEAD_SECONDS, transport.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        """The visitor is gone."""
        super().connection_lost(exc)
        self.worker.connections.discard(self)
        if self._late:
            self._late.cancel()

    def end_if_idle(self) -> None:
        """Close a connection that waits for its next request."""
        if self._awaiting_request:
            self._close_transport()

    def data_received(self, data: bytes) -> None:
        """Some bytes came. What gunicorn's parser stumbles over is the visitor's fault."""
        try:
            super().data_received(data)
        except ValueError:
            # A length of more digits than Python takes for a number.
            self._send_error_response(400, "Bad Request")
            self._close_transport()

    def _on_headers_complete(self) -> Any:
        if self._late:
            self._late.cancel()
        goes_on = super()._on_headers_complete()
        if self._current_request.version < (1, 1):
            # Its answers may end with the connection alone: it knows no chunks.
            self._current_request.must_close = True
        return goes_on

    def _close_transport(self) -> None:
        super()._close_transport()
        self.worker.loop.call_later(LAST_SECONDS, self.transport.abort)


class Worker(gasgi.ASGIWorker):  # type: ignore[misc]
    """What `worker_class` names in notes_site/serving/gunicorn.py."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.connections: set[Connection] = set()

    def load_wsgi(self) -> None:
        """Load Django behind the gate."""
        super().load_wsgi()
        application: Any = self.asgi
        self.asgi: Any = Gate(application, let_go=close_connections)

    async def _serve(self) -> None:
        # The worker knows its protocol by this name alone.
        gasgi.ASGIProtocol = Connection
        await super()._serve()

    async def _shutdown(self) -> None:
        for connection in list(self.connections):
            connection.end_if_idle()
        await super()._shutdown()
