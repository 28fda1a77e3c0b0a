"""Limited children that decode for this process; none of our own processes runs a decoder."""

import json
import os
import selectors
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from posts.imaging.edits import Edits

ROOT = Path(__file__).resolve().parents[2]
# Three times the processor time of a picture: the machine has other work too.
WALL_SECONDS = 30.0
MAX_CHILDREN = 2
# Decoders that leak a little are not kept for ever.
MAX_JOBS = 500
# The signals that a picture brings about; any other one came from outside.
DEATHS = {
    signal.SIGXCPU: "too_slow",
    signal.SIGXFSZ: "too_heavy",
    signal.SIGSEGV: "crashed",
    signal.SIGBUS: "crashed",
    signal.SIGABRT: "crashed",
    signal.SIGILL: "crashed",
    signal.SIGFPE: "crashed",
    signal.SIGSYS: "crashed",
    signal.SIGTRAP: "crashed",
}


class DecodingError(Exception):
    """The picture is at fault; `code` is one of posts.reasons."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code} {detail}".strip())
        self.code = code


class ChildLostError(Exception):
    """The child was ended from outside: nothing is known of the picture, so try again."""


class Child:
    """One limited process and the pipes to it."""

    def __init__(self) -> None:
        self.jobs = 0
        self._rest = b""
        its_stdin, self._requests = os.pipe()
        self._answers, its_stdout = os.pipe()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "posts.imaging.child"],
            stdin=its_stdin,
            stdout=its_stdout,
            stderr=subprocess.DEVNULL,
            cwd=ROOT,
            # Nothing from our environment, where passwords and keys are.
            env={"PATH": os.defpath, "LANG": "C.UTF-8"},
            # A group of its own: Ctrl-C is for the process that holds it, not for the child.
            start_new_session=True,
        )
        os.close(its_stdin)
        os.close(its_stdout)

    def ask(
        self, request: dict[str, Any], made: Callable[[dict[str, Any]], None]
    ) -> dict[str, Any]:
        """Send one request and hand its `made` lines on; returns what the last line says.

        Raises DecodingError or ChildLostError.
        """
        self.jobs += 1
        try:
            os.write(self._requests, json.dumps(request).encode() + b"\n")
        except BrokenPipeError as error:
            raise ChildLostError from error
        for line in self._lines():
            answer = json.loads(line)
            if "made" in answer:
                made(answer["made"])
            elif "refused" in answer:
                raise DecodingError(answer["refused"], answer.get("detail", ""))
            elif "lost" in answer:
                raise ChildLostError(answer["lost"])
            else:
                done: dict[str, Any] = answer["done"]
                return done
        raise self._reason_of_death()

    def end(self) -> None:
        """End the process and wait for it."""
        self.process.kill()
        self.process.wait()
        os.close(self._requests)
        os.close(self._answers)

    def _lines(self) -> Iterator[bytes]:
        """The child's lines; the wall clock runs only while we wait for one."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._answers, selectors.EVENT_READ)
            while True:
                while b"\n" in self._rest:
                    line, self._rest = self._rest.split(b"\n", 1)
                    yield line
                if not selector.select(WALL_SECONDS):
                    raise DecodingError("too_slow", "wall clock")
                chunk = os.read(self._answers, 65_536)
                if not chunk:
                    return
                self._rest += chunk

    def _reason_of_death(self) -> Exception:
        died_by = -self.process.wait()
        if died_by in DEATHS:
            by = signal.Signals(died_by)
            return DecodingError(DEATHS[by], by.name)
        return ChildLostError(f"the decoding process ended with status {-died_by}")


class Sandbox:
    """A few children, started when needed, used again after a success, never after a failure."""

    def __init__(self) -> None:
        self._places = threading.BoundedSemaphore(MAX_CHILDREN)
        self._idle: list[Child] = []
        self._owner = os.getpid()

    def inspect(self, path: Path) -> dict[str, Any]:
        """Format, width, height and metadata of a file; raises DecodingError or ChildLostError."""
        return self._run({"do": "inspect", "path": str(path)}, lambda _made: None)

    def render(
        self,
        path: Path,
        folder: Path,
        wanted: list[str],
        made: Callable[[dict[str, Any]], None],
        edits: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Make renditions into `folder`; returns width, height (unedited), thumbhash and pdq.

        `made` hears of each as its file is there. Raises DecodingError or ChildLostError, and
        EditsError before anything is done.
        """
        request = {
            "do": "render",
            "path": str(path),
            "folder": str(folder),
            "wanted": wanted,
            "edits": Edits.from_json(edits or {}).to_json(),
        }
        return self._run(request, made)

    def warm(self) -> None:
        """Start a child ahead of the first picture."""
        with self._child():
            pass

    def _run(
        self, request: dict[str, Any], made: Callable[[dict[str, Any]], None]
    ) -> dict[str, Any]:
        with self._child() as child:
            return child.ask(request, made)

    def _living(self) -> Child | None:
        """An idle child that nobody ended meanwhile."""
        while self._idle:
            child = self._idle.pop()
            if child.process.poll() is None:
                return child
            child.end()
        return None

    @contextmanager
    def _child(self) -> Iterator[Child]:
        if self._owner != os.getpid():
            # After a fork the children belong to the parent; two must never share a pipe.
            self.__init__()  # type: ignore[misc]
        with self._places:
            child = self._living() or Child()
            try:
                yield child
            except BaseException:
                child.end()
                raise
            if child.jobs >= MAX_JOBS:
                child.end()
            else:
                self._idle.append(child)


sandbox = Sandbox()
