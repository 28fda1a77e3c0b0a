"""PostgreSQL, Valkey and the SeaweedFS S3 server on loopback, from wheels, without root or Docker.

    python scripts/stack.py [--data DIR] [--fast]                   keep them up until Ctrl-C
    python scripts/stack.py [--data DIR] [--fast] run -- COMMAND…   only as long as COMMAND runs

DATABASE_URL, REDIS_URL, STORAGE_URL and STORAGE_PUBLIC_URL are printed and written to `DIR/env`
once every server answers. Tests use `Stack` and stop, kill and start its servers one by one.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import hashlib
import json
import os
import random
import secrets
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import FrameType
from typing import IO, Any

ROOT = Path(__file__).resolve().parent.parent
# Run as a file, Python looks for modules next to it only.
sys.path.insert(0, str(ROOT))

from scripts import servers  # noqa: E402
from scripts.servers import BUCKET, LOOPBACK, StackError  # noqa: E402

# Below what Linux gives to outgoing connections, so that a stopped server's port stays free.
PORTS = range(20_000, 32_000)
PORT_NAMES = ("postgres", "valkey", *servers.S3_PARTS, *(f"{p}.grpc" for p in servers.S3_PARTS))
SECRET_NAMES = ("postgres", "valkey", "admin_key", "admin_secret", "app_key", "app_secret")
DEFAULT_DATA = ROOT / "var" / "stack"

# Lives on when we are killed: at the end of its input it stops what is left. It gets lines
# "+pid signal" and "-pid", and holds the folder's lock so that a next start waits for it.
GUARD = """
import os, signal, sys, time
signal.signal(signal.SIGINT, signal.SIG_IGN)
left = {}
for line in sys.stdin:
    if line[0] == "+":
        pid, number = line[1:].split()
        left[int(pid)] = int(number)
    else:
        left.pop(int(line[1:]), None)
def send(kill, pid, number):
    try:
        kill(pid, number)
        return True
    except OSError:
        return False
for pid, number in left.items():
    send(os.killpg, pid, number)
end = time.monotonic() + 2
while time.monotonic() < end and any(send(os.kill, pid, 0) for pid in left):
    time.sleep(0.05)
for pid in left:
    send(os.killpg, pid, signal.SIGKILL)
"""


def say(text: str) -> None:
    """Write one line to standard output at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


class Stack:
    """The three servers over one data folder; `env` leads an application to them."""

    def __init__(self, data: Path = DEFAULT_DATA, *, fast: bool = False) -> None:
        """Prepare folder, ports and secrets; raises StackError when the folder can't be used."""
        self.fast = fast
        self.account = servers.Account()
        self.data = self._folder(data.absolute())
        self._lock = self._take_lock()
        self.programs = servers.Programs(self.account, self.data / "programs")
        self.secrets = self._kept(
            "secrets.json", lambda: {name: secrets.token_hex(20) for name in SECRET_NAMES}
        )
        self.ports = self._free_ports()
        self._guard: subprocess.Popen[str] | None = None
        # SIGINT is its fast shutdown; on SIGTERM it would wait until every session has ended.
        self.postgres = servers.Postgres(self, "postgres", signal.SIGINT)
        self.valkey = servers.Valkey(self, "valkey", signal.SIGTERM)
        self.s3 = servers.SeaweedFS(self, "s3", signal.SIGTERM)

    @property
    def servers(self) -> tuple[servers.Server, ...]:
        """All servers."""
        return self.postgres, self.valkey, self.s3

    @property
    def env(self) -> dict[str, str]:
        """The settings that an application needs to use this stack."""
        known = self.secrets
        storage = f"{LOOPBACK}:{self.s3.port}/{BUCKET}"
        return {
            "DATABASE_URL": f"postgresql://{BUCKET}:{known['postgres']}@{LOOPBACK}:{self.postgres.port}/{BUCKET}",
            "REDIS_URL": f"redis://:{known['valkey']}@{LOOPBACK}:{self.valkey.port}/0",
            "STORAGE_URL": f"s3://{known['app_key']}:{known['app_secret']}@{storage}?scheme=http&region=us-east-1",
            "STORAGE_PUBLIC_URL": f"http://{storage}/",
        }

    def start(self) -> Stack:
        """Start all servers, write the `env` file once all answer, and return self."""
        if self._lock.closed:
            self._lock = self._take_lock()
        if self._guard is None:
            self._guard = subprocess.Popen(
                [sys.executable, "-c", GUARD],
                cwd="/",
                stdin=subprocess.PIPE,
                text=True,
                start_new_session=True,
                pass_fds=[self._lock.fileno()],
            )
        try:
            with ThreadPoolExecutor(len(self.servers)) as pool:
                list(pool.map(lambda server: server.start(), self.servers))
        except BaseException:
            self.stop()
            raise
        lines = [f"{name}={shlex.quote(value)}\n" for name, value in self.env.items()]
        self.write(self.data / "env", "".join(lines))
        return self

    def stop(self) -> None:
        """Stop all servers and free the data folder; the data stays."""
        (self.data / "env").unlink(missing_ok=True)
        with ThreadPoolExecutor(len(self.servers)) as pool:
            list(pool.map(lambda server: server.stop(), self.servers))
        if self._guard is not None and self._guard.stdin is not None:
            self._guard.stdin.close()
            self._guard.wait()
        self._guard = None
        self._lock.close()

    def guard(self, line: str) -> None:
        """Tell the guard which process to stop if we die."""
        if self._guard is not None and self._guard.stdin is not None:
            self._guard.stdin.write(line + "\n")
            self._guard.stdin.flush()

    def write(self, path: Path, text: str, *, private_to_account: bool = False) -> None:
        """Write a whole file at once, mode 0600, for us or for the servers' account."""
        number, name = tempfile.mkstemp(dir=path.parent)
        with open(number, "w") as file:
            file.write(text)
        if private_to_account:
            self.account.own(Path(name), 0o600)
        os.replace(name, path)

    @contextlib.contextmanager
    def private_file(self, text: str) -> Iterator[Path]:
        """Give a file with `text` for the servers' account alone, and remove it afterwards."""
        path = self.data / "once"
        self.write(path, text, private_to_account=True)
        try:
            yield path
        finally:
            path.unlink()

    def _folder(self, data: Path) -> Path:
        try:
            data.mkdir(parents=True, exist_ok=True)
            # The servers run as another account, which has to get through to their data.
            if self.account.drop:
                data.chmod(0o711)
        except OSError as error:
            raise StackError(
                f"The data folder {data} can't be made ({error.strerror}): choose one with --data."
            ) from None
        if self.account.reaches(data):
            return data
        if data != DEFAULT_DATA:
            raise StackError(
                f"You are root, the servers run as nobody, and nobody may not enter {data}: "
                "choose a --data folder whose parents everybody may enter."
            )
        mark = hashlib.sha256(bytes(data)).hexdigest()[:12]
        say(f"nobody may not enter {data}: the servers' data goes to /var/lib/notes-stack-{mark}.")
        return self._folder(Path(f"/var/lib/notes-stack-{mark}"))

    def _take_lock(self) -> IO[str]:
        lock = (self.data / "lock").open("w")
        deadline = time.monotonic() + 6
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                if time.monotonic() > deadline:
                    raise StackError(
                        f"A stack already runs on {self.data}: stop it, or choose another --data."
                    ) from None
                time.sleep(0.1)
            else:
                return lock

    def _kept(self, name: str, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        path = self.data / name
        if not path.exists():
            self.write(path, json.dumps(make()))
        kept: dict[str, Any] = json.loads(path.read_text())
        return kept

    def _free_ports(self) -> dict[str, int]:
        def choose() -> dict[str, int]:
            free = filter(_is_free, random.sample(PORTS, 1000))
            return dict(zip(PORT_NAMES, free, strict=False))

        ports = self._kept("ports.json", choose)
        if not all(map(_is_free, ports.values())):
            (self.data / "ports.json").unlink()
            ports = self._kept("ports.json", choose)
        return ports


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


class Stopped(Exception):
    """Somebody asked us to stop."""


def _stop_asked(number: int, frame: FrameType | None) -> None:
    # Only once: a second signal must not break into the stopping.
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, signal.SIG_IGN)
    raise Stopped


def keep_up(stack: Stack) -> int:
    """Say where the servers are and wait until somebody asks to stop; return the exit code."""
    try:
        stack.start()
        say((stack.data / "env").read_text().rstrip())
        say(f"The stack is up; these lines are in {stack.data / 'env'}. Ctrl-C stops it.")
        while True:
            signal.pause()
    except Stopped:
        return 0
    finally:
        stack.stop()


def run(stack: Stack, command: list[str]) -> int:
    """Run the command on the stack; return its exit code, 0 when we were asked to stop it.

    Raises StackError when a server does not start, or there is no such command.
    """
    process: subprocess.Popen[bytes] | None = None
    try:
        stack.start()
        # A session of its own: Ctrl-C reaches the command once, through us.
        process = subprocess.Popen(command, env={**os.environ, **stack.env}, start_new_session=True)
        stack.guard(f"+{process.pid} {int(signal.SIGTERM)}")
        code = process.wait()
        # As a shell reports a process that was ended by a signal.
        return code if code >= 0 else 128 - code
    except FileNotFoundError as error:
        raise StackError(f"The command {command[0]} can't be run: {error.strerror}.") from None
    except Stopped:
        return 0
    finally:
        if process is not None:
            # As Ctrl-C does: tests then stop what they have started.
            servers.end_process(process, signal.SIGINT, patience=30)
        stack.stop()


def main(arguments: list[str]) -> int:
    """Run the command line and return the exit code."""
    parser = argparse.ArgumentParser(description="PostgreSQL, Valkey and an S3 server on loopback.")
    parser.add_argument(
        "--data", type=Path, default=DEFAULT_DATA, help="where data, logs and secrets are kept"
    )
    parser.add_argument("--fast", action="store_true", help="no fsync: for tests only")
    commands = parser.add_subparsers(dest="action")
    commands.add_parser("run", help="run a command on the stack").add_argument(
        "command", nargs=argparse.REMAINDER
    )
    options = parser.parse_args(arguments)
    command: list[str] = getattr(options, "command", [])
    if command[:1] == ["--"]:
        command = command[1:]
    if options.action == "run" and not command:
        parser.error("run needs a command: run -- COMMAND")
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, _stop_asked)
    try:
        stack = Stack(options.data, fast=options.fast)
        return run(stack, command) if command else keep_up(stack)
    except StackError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except Stopped:
        return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
