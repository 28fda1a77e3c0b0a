"""Keeps child processes alive: restarts the dead with back-off, stops all of them cleanly."""

import contextlib
import ctypes
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

FIRST_WAIT = 1.0
LONGEST_WAIT = 30.0
# A child that lived this long was healthy: its next death starts with the first wait again.
HEALTHY_SECONDS = 60.0
GRACE_SECONDS = 15.0
LARGEST_LOG = 10_000_000
# Before a log that couldn't be rotated is tried again: room on the disk doesn't come at once.
ROTATION_WAIT = 60.0
PR_SET_PDEATHSIG = 1


@dataclass
class Child:
    """One program that must run, and how often it had to be started lately."""

    name: str
    command: list[str]
    log: Path
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    wait: float = FIRST_WAIT
    start_after: float = field(default=0.0)
    rotate_after: float = field(default=0.0)

    def start(self) -> None:
        """Start the program, its output going to the log. Raises OSError."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self.rotate()
        # Appending, so that after a rotation it goes on at the new end and leaves no hole.
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603  (our own commands)
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # Ctrl-C reaches the supervisor alone, which then stops them in order.
                start_new_session=True,
                preexec_fn=_die_with_parent,
            )
        self.started_at = time.monotonic()

    def rotate(self) -> None:
        """Rotate a log that has grown large, also while the program writes to it.

        It is copied and then truncated, since the program holds it open; what is written in the
        instant between is lost. Raises OSError when there is no room for the copy.
        """
        if not self.log.exists() or self.log.stat().st_size <= LARGEST_LOG:
            return
        older = self.log.with_suffix(".log.1")
        # First, so that two old ones never need room at the same time.
        older.unlink(missing_ok=True)
        with self.log.open("rb") as full, older.open("wb") as copy:
            shutil.copyfileobj(full, copy)
            copy.flush()
            # What was written while the first part was being copied.
            copy.write(full.read())
            os.truncate(self.log, 0)


def _die_with_parent() -> None:
    """Ask the kernel to end this process when the supervisor is killed; Linux only."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Supervisor:
    """Runs children until it is told to stop."""

    def __init__(self, children: list[Child], say: Callable[[str], None]) -> None:
        self.children = children
        self.say = say
        self.stopping = False

    def start(self) -> None:
        """Start every child and take over Ctrl-C and SIGTERM."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._stop_soon)
        for child in self.children:
            child.start()

    def watch(self) -> None:
        """Restart what dies; returns when told to stop, with every child ended."""
        try:
            while not self.stopping:
                for child in self.children:
                    self._look_after(child)
                time.sleep(0.2)
        finally:
            self.stop()

    def stop(self) -> None:
        """Ask every child to end, wait up to 15 s, then kill what is left."""
        running = [child.process for child in self.children if child.process]
        for process in running:
            if process.poll() is None:
                process.terminate()
        deadline = time.monotonic() + GRACE_SECONDS
        for process in running:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0.0, deadline - time.monotonic()))
            # Also when it ended in time: what it started itself may be left.
            _kill_session(process)

    def _stop_soon(self, _number: int, _frame: object) -> None:
        self.stopping = True

    def _look_after(self, child: Child) -> None:
        now = time.monotonic()
        if child.process is not None:
            status = child.process.poll()
            if status is None:
                self._rotate(child, now)
                return
            # What the dead one started must not live on beside its successor.
            _kill_session(child.process)
            child.process = None
            if now - child.started_at > HEALTHY_SECONDS:
                child.wait = FIRST_WAIT
            child.start_after = now + child.wait
            self.say(
                f"The {child.name} ended with status {status} and starts again in"
                f" {child.wait:.0f} s; see {child.log}."
            )
            child.wait = min(child.wait * 2, LONGEST_WAIT)
        elif now >= child.start_after:
            self._start_again(child, now)

    def _rotate(self, child: Child, now: float) -> None:
        if now < child.rotate_after:
            return
        try:
            child.rotate()
        except OSError as error:
            child.rotate_after = now + ROTATION_WAIT
            self.say(f"{child.log} has grown large and can't be rotated: {error.strerror}.")

    def _start_again(self, child: Child, now: float) -> None:
        try:
            child.start()
        except OSError as error:
            child.start_after = now + LONGEST_WAIT
            self.say(
                f"The {child.name} can't be started ({error.strerror}); the next try is in"
                f" {LONGEST_WAIT:.0f} s."
            )


def _kill_session(process: subprocess.Popen[bytes]) -> None:
    """Kill a child and everything in its process group."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    process.wait()
