"""The broker of the default stack: kombu's files in a folder, made safe for several processes.

Kombu writes a message into its final place, where a worker may take it half written and then
ends itself. Here a message, and the table of queues, is there whole or not at all. Kombu also lists
all messages for each one it takes; here a queue is a folder, listed again when its list is used up.
"""

import fcntl
import logging
import os
import time
import uuid
from collections import deque
from functools import cached_property
from pathlib import Path
from queue import Empty
from typing import Any

from kombu.exceptions import ChannelError
from kombu.transport import filesystem
from kombu.utils.json import dumps, loads

logger = logging.getLogger(__name__)


class Channel(filesystem.Channel):
    """Messages and tables are written beside their place and then put there."""

    @cached_property
    def _listed(self) -> dict[str, deque[Path]]:
        """The messages of each queue, as last listed, that were not asked for yet."""
        return {}

    def _put(self, queue: str, payload: Any, **_options: Any) -> None:  # type: ignore[override]
        # Taken in the order of their names: first come, first served.
        name = f"{time.time_ns():020d}_{uuid.uuid4()}.msg"
        folder = Path(self.data_folder_out) / queue
        try:
            folder.mkdir(exist_ok=True)
            _write_whole(folder / name, dumps(payload))
        except OSError as error:
            raise ChannelError(f"Cannot add {name} to {folder}") from error

    def _get(self, queue: str, timeout: float | None = None) -> Any:
        listed = self._listed.setdefault(queue, deque())
        if not listed:
            listed.extend(_messages(Path(self.data_folder_in) / queue))
        while listed:
            path = listed.popleft()
            try:
                text = path.read_bytes()
                # Of several workers one succeeds, and the message is that one's.
                path.unlink()
                return loads(text)
            except FileNotFoundError:
                continue
            except ValueError:
                # The row behind it is found by the sweep; a worker must not end for it.
                logger.warning("a damaged message was dropped", extra={"queue": queue})
        raise Empty

    def _size(self, queue: str) -> int:
        return len(_messages(Path(self.data_folder_in) / queue))

    def _purge(self, queue: str) -> int:
        found = _messages(Path(self.data_folder_in) / queue)
        for path in found:
            path.unlink(missing_ok=True)
        return len(found)

    def _queue_bind(
        self, exchange: str, routing_key: str | None, pattern: str | None, queue: str | None
    ) -> None:
        binding = filesystem.exchange_queue_t(routing_key or "", pattern or "", queue or "")
        file: Path = self._exchange_file(exchange)  # type: ignore[attr-defined]
        try:
            self.control_folder.mkdir(exist_ok=True)
            with (self.control_folder / "lock").open("a") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                table = self.get_table(exchange)
                if binding not in table:
                    _write_whole(file, dumps([binding, *table]))
        except OSError as error:
            raise ChannelError(f"Cannot write {file}") from error


class Transport(filesystem.Transport):
    """What `filesystem://` means in this project (registered in notes_site/celery.py)."""

    Channel = Channel


def _messages(folder: Path) -> list[Path]:
    """The messages in a queue's folder, the oldest first."""
    try:
        names = sorted(name for name in os.listdir(folder) if name.endswith(".msg"))
    except FileNotFoundError:
        return []
    return [folder / name for name in names]


def _write_whole(path: Path, text: str) -> None:
    # Not synced to disk: the message is a hint, and the sweep finds the row if it is lost.
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    beside.write_text(text)
    beside.replace(path)
