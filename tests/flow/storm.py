"""A storm over the running site: many uploads at once while its processes are killed one by one."""

import hashlib
import random
import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import cycle, islice
from typing import Any

import psutil

from scripts.stack import Stack
from tests.pictures import photo
from tests.site import Site, wait_for
from tests.visitor import Answer, Visitor

THREADS = 8
# As static/js/composer/upload_queue.js: tries before a person has to press “Try again”.
TRIES = 5
# How many upload at the same time as a process dies, and how many have been acknowledged by then.
BATCH = 20
PATIENCE_SECONDS = 60


@dataclass(frozen=True)
class Sent:
    """An upload that the site has acknowledged."""

    upload: str
    key: str
    sha256: str
    tries: int


@dataclass
class Storm:
    """What the clients were told, what was killed, and when the last fault was over."""

    sent: list[Sent] = field(default_factory=list)
    refused: list[tuple[int, str]] = field(default_factory=list)
    retried: Counter[int] = field(default_factory=Counter)
    killed: Counter[str] = field(default_factory=Counter)
    began: float = 0.0
    over: float = 0.0
    ended: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def acknowledged(self, sent: Sent) -> None:
        """Note an upload that is safe."""
        with self._lock:
            self.sent.append(sent)

    def answered(self, status: int) -> None:
        """Note an answer after which a client tries again; 0 is none."""
        with self._lock:
            self.retried[status] += 1


def files(count: int) -> Iterator[bytes]:
    """So many small photos, each of other bytes."""
    return (photo(width=320, height=240, seed=number) for number in range(count))


def send(member: Visitor, data: bytes, storm: Storm) -> None:
    """Upload one file as the composer does: the same key again until it is acknowledged."""
    key, dice = secrets.token_hex(16), random.Random()
    for tries in range(1, 4 * TRIES):
        answer = _answer(member, data, key)
        status = answer.status if answer else 0
        if answer and status in (200, 201):
            told = answer.json()
            storm.acknowledged(Sent(told["id"], key, told["sha256"], tries))
            return
        if status and status not in (408, 429) and status < 500:
            storm.refused.append((status, answer.text[:200] if answer else ""))
            return
        storm.answered(status)
        # After the last of the script's own tries somebody looks, and presses the button.
        time.sleep(2 ** ((tries - 1) % TRIES) + dice.random() / 2)
    storm.refused.append((0, f"not acknowledged in {tries} tries"))


def _answer(member: Visitor, data: bytes, key: str) -> Answer | None:
    try:
        return member.upload(data, f"{key[:6]}.jpg", key=key)
    except OSError:
        return None


def rage(site: Site, kills: Sequence[str], servers: Stack | None) -> Storm:
    """Upload `BATCH` files for each kill, and kill in the midst of them; returns when all is sent.

    Which process of a kind dies is chosen by turns: of the web server its parent, then a worker.
    """
    storm, members = Storm(began=time.monotonic()), cycle([site.member() for _ in range(4)])
    killers = _killers(site, servers)
    pictures = files(BATCH * len(kills))
    waiting = list(kills)
    with ThreadPoolExecutor(THREADS) as pool:
        sending: list[Future[None]] = []
        while waiting:
            sending += [
                pool.submit(send, next(members), data, storm) for data in islice(pictures, BATCH)
            ]
            enough = len(sending) - BATCH * 3 // 4
            wait_for(lambda: len(storm.sent) >= enough, PATIENCE_SECONDS, "uploads")  # noqa: B023
            kind = _strike(killers, waiting)
            waiting.remove(kind)
            storm.killed[kind] += 1
            storm.over = time.monotonic()
        for each in sending:
            each.result()
    storm.ended = time.monotonic()
    return storm


def _strike(killers: dict[str, Callable[[], bool]], waiting: list[str]) -> str:
    """Kill one of the first kind of which something lives; returns the kind."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        for kind in dict.fromkeys(waiting):
            if killers[kind]():
                return kind
        time.sleep(0.1)
    raise AssertionError(f"nothing left to kill: {waiting}")


def _killers(site: Site, servers: Stack | None) -> dict[str, Callable[[], bool]]:
    dice = random.Random(3)
    parents = cycle([True, False, False])

    def kill_one(processes: list[psutil.Process]) -> bool:
        if not processes:
            return False
        dice.choice(processes).kill()
        return True

    def kill_web() -> bool:
        web = site.processes("web")
        pids = {process.pid for process in web}
        is_parent = next(parents)
        return kill_one([each for each in web if (each.ppid() not in pids) is is_parent])

    def kill_server(name: str) -> bool:
        server = getattr(servers, name)
        server.kill()
        time.sleep(0.5)
        server.start()
        return True

    return {
        "worker": lambda: kill_one(site.processes("worker")),
        "child": lambda: kill_one(site.processes("child")),
        "web": kill_web,
        "valkey": lambda: kill_server("valkey"),
        "s3": lambda: kill_server("s3"),
    }


def sha256_of_all(site: Site, keys: Sequence[str]) -> dict[str, str]:
    """The sha256 of each of those objects, '' for one that is not there."""

    def digest(key: str) -> tuple[str, str]:
        try:
            return key, hashlib.sha256(site.stored(key)).hexdigest()
        except (FileNotFoundError, _no_such_key(site)):
            return key, ""

    with ThreadPoolExecutor(THREADS) as pool:
        return dict(pool.map(digest, keys))


def _no_such_key(site: Site) -> Any:
    return site._bucket.exceptions.NoSuchKey if site.is_full else FileNotFoundError
