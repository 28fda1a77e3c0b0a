"""What stands for one container: a process, its folders, and what it wrote."""

import contextlib
import os
import signal
import socket
import subprocess
from pathlib import Path

from tests.deployment.image import Image

STOP_SECONDS = 40


class Container:
    """One service's process and its folders."""

    def __init__(
        self, name: str, image: Image, folder: Path, command: list[str], env: dict[str, str]
    ) -> None:
        self.name = name
        self.image = image
        self.folder = folder
        self.command = command
        self.env = env
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> str:
        """Everything it wrote."""
        return (self.folder / "log").read_text(errors="replace")

    def start(self, cwd: Path) -> None:
        """Start it; returns at once."""
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                cwd=cwd,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def signal(self, number: int) -> None:
        """Send a signal to it and to all it started."""
        assert self.process is not None
        os.killpg(self.process.pid, number)

    def stop(self) -> None:
        """Stop it as Docker does; what it started goes with it."""
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
