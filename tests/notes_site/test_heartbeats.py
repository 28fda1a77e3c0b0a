"""A worker's and the schedule's own sign of life, and how long silence is borne."""

import os
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from celery import current_app
from celery.signals import after_task_publish, beat_init
from celery.worker import state

from notes_site import celery, heartbeats, tasks

ROOT = Path(__file__).resolve().parents[2]
THREADS = 2


@pytest.fixture
def file(tmp_path: Path, settings: Any) -> Path:
    """The file that a container's health check looks at."""
    settings.HEARTBEAT_FILE = str(tmp_path / "heartbeat")
    return tmp_path / "heartbeat"


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The workers that a message was sent to."""
    workers: list[str] = []
    monkeypatch.setattr(heartbeats, "send_pulse", workers.append)
    return workers


@pytest.fixture
def running(monkeypatch: pytest.MonkeyPatch) -> set[Any]:
    """What the worker's threads do."""
    active: set[Any] = set()
    monkeypatch.setattr(state, "active_requests", active)
    return active


def beat() -> None:
    """What the worker's timer does."""
    consumer = SimpleNamespace(
        hostname="celery@here", controller=SimpleNamespace(concurrency=THREADS)
    )
    heartbeats.Pulse(consumer)._beat(consumer)


class Request:
    """A task that began so many seconds ago."""

    def __init__(self, seconds: float) -> None:
        self.time_start = time.time() - seconds


def healthy(file: Path | str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "deploy/healthy.py", "background"],
        cwd=ROOT,
        env={"HEARTBEAT_FILE": str(file)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_task_leaves_the_sign(file: Path) -> None:
    tasks.pulse()
    assert file.exists()


def test_nothing_is_left_where_nobody_looks(settings: Any) -> None:
    settings.HEARTBEAT_FILE = ""
    tasks.pulse()


def test_a_worker_with_a_free_thread_sends_itself_the_task(
    file: Path, sent: list[str], running: set[Any]
) -> None:
    running.add(Request(5))
    beat()
    assert sent == ["celery@here"]
    assert not file.exists(), "only doing it is the sign"


def test_one_hung_thread_of_two_is_no_reason_to_be_silent(
    file: Path, sent: list[str], running: set[Any]
) -> None:
    running.add(Request(5_000))
    beat()
    assert sent == ["celery@here"]


def test_a_worker_whose_threads_all_work_is_well(
    file: Path, sent: list[str], running: set[Any]
) -> None:
    running.update([Request(5_000), Request(300)])
    beat()
    assert sent == []
    assert file.exists()


def test_a_worker_whose_threads_all_hang_is_silent(
    file: Path, sent: list[str], running: set[Any]
) -> None:
    running.update([Request(5_000), Request(1_000)])
    beat()
    assert sent == []
    assert not file.exists()


def test_the_schedule_leaves_the_sign_for_a_message_that_went(file: Path) -> None:
    try:
        beat_init.send(sender=None)
        after_task_publish.send(sender="posts.tasks.sweep")
    finally:
        after_task_publish.disconnect(celery.touch_for_a_message)
    assert file.exists()


@pytest.mark.parametrize(("age", "code"), [(0, 0), (100, 0), (130, 1), (100_000, 1)])
def test_silence_is_unhealthy_after_two_minutes(age: int, code: int, tmp_path: Path) -> None:
    file = tmp_path / "heartbeat"
    file.touch()
    os.utime(file, (time.time() - age, time.time() - age))
    done = healthy(file)
    assert done.returncode == code
    assert ("no sign of life" in done.stderr) == bool(code)


def test_a_container_that_never_beat_is_unhealthy(tmp_path: Path) -> None:
    assert healthy(tmp_path / "never").returncode == 1


def test_a_worker_reads_its_own_queue_only_where_somebody_looks() -> None:
    assert current_app.conf.worker_direct is False
