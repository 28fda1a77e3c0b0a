"""The broker of the default stack: kombu's files in a folder, made safe for several processes.

Kombu writes a message into its final place, where a worker may take it half written and then
ends itself. Here a message, and the table of queues, is there whole or not at all.
"""

import fcntl
import logging
import os
import time
import uuid
from pathlib import Path
from typing import Any

from kombu.exceptions import ChannelError
from kombu.transport import filesystem
from kombu.utils.json import dumps

logger = logging.getLogger(__name__)


class Channel(filesystem.Channel):
    """Messages and tables are written beside their place and then put there."""

    def _put(self, queue: str, payload: Any, **_options: Any) -> None:  # type: ignore[override]
        # Taken in the order of their names: first come, first served.
        name = f"{time.time_ns():020d}_{uuid.uuid4()}.{queue}.msg"
        try:
            _write_whole(Path(self.data_folder_out) / name, dumps(payload))
        except OSError as error:
            raise ChannelError(f"Cannot add {name} to the queue") from error

    def _get(self, queue: str, timeout: float | None = None) -> Any:
        while True:
            try:
                return super()._get(queue)
            except ValueError:
                # The row behind it is found by the sweep; a worker must not end for it.
                logger.warning("a damaged message was dropped", extra={"queue": queue})

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


def _write_whole(path: Path, text: str) -> None:
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    beside.write_text(text)
    beside.replace(path)
