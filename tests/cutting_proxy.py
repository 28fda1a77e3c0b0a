"""A link as people have it: slow, and reset every few seconds."""

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Callable
from typing import Self

PACKET = 16 * 1024


class CuttingProxy:
    """Passes TCP connections on to a port of this machine.

    `bytes_a_second` is what all connections together may send upwards, None for no limit.
    `sent` counts the bytes that came from the browser's side, `cuts` how often all were reset.
    """

    def __init__(self, port: int, *, bytes_a_second: float | None = None) -> None:
        self.bytes_a_second = bytes_a_second
        self.sent = 0
        self.cuts = 0
        self._target = ("127.0.0.1", port)
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._free_at = 0.0
        self._ended = threading.Event()
        self._away = threading.Event()
        self._calm = threading.Event()
        self._calm.set()
        self._door = socket.create_server(("127.0.0.1", 0))
        # Inherited by what is accepted: a real link holds little of a photo in flight.
        self._door.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 * PACKET)
        self.port = int(self._door.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._run(self._accept)
        return self

    def __exit__(self, *_error: object) -> None:
        self._ended.set()
        self._calm.set()
        # Ends the accept() that waits; closing alone would not.
        with contextlib.suppress(OSError):
            self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()
        self._reset_all()

    def cut_every(self, seconds: float, *, away: float = 0.5) -> None:
        """From now on, reset all connections each time so many seconds have passed.

        For `away` seconds from then new ones are reset as well: a browser whose connection breaks
        tries the next one by itself, and would not notice otherwise.
        """
        self._calm.clear()
        self._run(lambda: self._cut(seconds, away))

    def stay_calm(self) -> None:
        """Cut no more."""
        self._calm.set()

    def _run(self, work: Callable[[], None]) -> None:
        threading.Thread(target=work, daemon=True).start()

    def _cut(self, seconds: float, away: float) -> None:
        while not self._calm.wait(seconds - away):
            self.cuts += 1
            self._away.set()
            self._reset_all()
            self._calm.wait(away)
            self._away.clear()

    def _reset_all(self) -> None:
        with self._lock:
            broken, self._open = self._open, set()
        for connection in broken:
            with contextlib.suppress(OSError):
                _forbid_goodbye(connection)
                # Wakes its thread, which closes it.
                connection.shutdown(socket.SHUT_RD)

    def _accept(self) -> None:
        while not self._ended.is_set():
            with contextlib.suppress(OSError):
                near, _address = self._door.accept()
                if self._away.is_set():
                    _forbid_goodbye(near)
                    near.close()
                    continue
                self._run(lambda near=near: self._serve(near))  # type: ignore[misc]

    def _serve(self, near: socket.socket) -> None:
        with near, socket.create_connection(self._target) as far:
            with self._lock:
                self._open |= {near, far}
            back = threading.Thread(target=self._pass, args=(far, near), daemon=True)
            back.start()
            self._pass(near, far, limited=True)
            back.join()
            with self._lock:
                self._open -= {near, far}

    def _pass(self, source: socket.socket, target: socket.socket, *, limited: bool = False) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(PACKET):
                if limited:
                    self._take_turn(len(data))
                target.sendall(data)
        with contextlib.suppress(OSError):
            # A half that was cut says no goodbye.
            target.shutdown(socket.SHUT_WR if source in self._open else socket.SHUT_RD)

    def _take_turn(self, size: int) -> None:
        """Wait until the link is free for so many bytes, and count them."""
        with self._lock:
            self.sent += size
            if self.bytes_a_second is None:
                return
            now = time.monotonic()
            self._free_at = max(now, self._free_at) + size / self.bytes_a_second
            wait = self._free_at - now
        time.sleep(wait)


def _forbid_goodbye(connection: socket.socket) -> None:
    """When it closes it is reset, as when a phone leaves its network."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
