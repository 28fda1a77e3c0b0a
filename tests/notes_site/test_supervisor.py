"""Children of `serve`: restarted with back-off, stopped without a trace."""

import os
import re
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from notes_site.serving import supervisor as supervising
from notes_site.serving.supervisor import Child, Supervisor

ROOT = Path(__file__).resolve().parents[2]
SLEEPER = [sys.executable, "-c", "import time; time.sleep(60)"]


def wait_for(what: Callable[[], object], seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "it never came about"
        time.sleep(0.02)


@pytest.fixture
def said() -> list[str]:
    """What the supervisor tells the person."""
    return []


def turn(supervisor: Supervisor, child: Child) -> None:
    supervisor._look_after(child)


def test_what_dies_starts_again_after_longer_and_longer_waits(
    tmp_path: Path, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    child = Child("worker", [sys.executable, "-c", "raise SystemExit(3)"], tmp_path / "log")
    supervisor = Supervisor([child], said.append)
    waits = []
    child.start()
    for _ in range(7):
        process = child.process
        assert process
        process.wait()
        turn(supervisor, child)
        waits.append(child.start_after - clock[0])
        turn(supervisor, child)
        assert child.process is None, "not before its wait is over"
        clock[0] = child.start_after
        turn(supervisor, child)
        assert child.process is not None
    supervisor.stop()
    assert waits == [1, 2, 4, 8, 16, 30, 30]
    assert said[0].startswith("The worker ended with status 3 and starts again in 1 s; see ")


def test_after_a_healthy_minute_the_first_wait_counts_again(
    tmp_path: Path, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    child = Child("worker", SLEEPER, tmp_path / "log", wait=16.0)
    supervisor = Supervisor([child], said.append)
    child.start()
    assert child.process
    child.process.kill()
    child.process.wait()
    clock[0] += 61
    turn(supervisor, child)
    assert child.start_after - clock[0] == 1


def test_the_log_is_kept_and_turned_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervising, "LARGEST_LOG", 10)
    log = tmp_path / "logs" / "worker.log"
    for words in ("first words", "second words"):
        child = Child("worker", [sys.executable, "-c", f"print({words!r})"], log)
        child.start()
        assert child.process
        child.process.wait()
    assert log.read_text() == "second words\n"
    assert log.with_suffix(".log.1").read_text() == "first words\n"


SHOUTER = (
    "import sys, time\n"
    "for number in range(200):\n"
    "    print(f'line {number:04}', flush=True); time.sleep(0.002)\n"
    "time.sleep(60)"
)


def test_the_log_is_rotated_while_its_program_writes(
    tmp_path: Path, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervising, "LARGEST_LOG", 900)
    log = tmp_path / "web.log"
    child = Child("web server", [sys.executable, "-c", SHOUTER], log)
    supervisor = Supervisor([child], said.append)
    child.start()
    started = child.process
    older = log.with_suffix(".log.1")

    def all_is_written() -> bool:
        turn(supervisor, child)
        return older.exists() and "line 0199" in log.read_text() + older.read_text()

    wait_for(all_is_written)
    assert child.process is started, "nothing was restarted"
    lines = (older.read_text() + log.read_text()).splitlines()
    assert log.stat().st_size <= 900 + 100
    assert all(re.fullmatch(r"line \d{4}", line) for line in lines), "no hole, no half line"
    supervisor.stop()
    assert said == []


def test_a_log_that_can_not_be_rotated_stops_nothing(
    tmp_path: Path, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervising, "LARGEST_LOG", 10)
    child = Child("worker", SLEEPER, tmp_path / "worker.log")
    supervisor = Supervisor([child], said.append)
    child.start()
    child.log.write_text("more than ten bytes")
    (tmp_path / "worker.log.1").mkdir()
    for _ in range(3):
        turn(supervisor, child)
    assert child.process
    assert child.process.poll() is None
    supervisor.stop()
    assert len(said) == 1, "told once a minute, not five times a second"
    assert "can't be rotated" in said[0]


def test_what_can_not_be_started_again_is_tried_later(
    tmp_path: Path, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    (tmp_path / "logs").write_text("a file where the folder should be")
    child = Child("worker", SLEEPER, tmp_path / "logs" / "worker.log", start_after=1.0)
    supervisor = Supervisor([child], said.append)
    turn(supervisor, child)
    turn(supervisor, child)
    assert said == ["The worker can't be started (File exists); the next try is in 30 s."]
    (tmp_path / "logs").unlink()
    clock[0] += 31
    turn(supervisor, child)
    assert child.process
    supervisor.stop()


SERVE = """
    import sys
    from pathlib import Path
    from notes_site.serving import supervisor as s
    s.GRACE_SECONDS = 0.5
    stubborn = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"
    parent = (
        "import subprocess, sys, time;"
        "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']); time.sleep(60)"
    )
    children = [
        s.Child(name, [sys.executable, "-c", code], Path(sys.argv[1]) / f"{name}.log")
        for name, code in (("plain", "import time; time.sleep(60)"), ("stubborn", stubborn),
                           ("parent", parent))
    ]
    supervisor = s.Supervisor(children, print)
    supervisor.start()
    print("up", flush=True)
    supervisor.watch()
"""


@pytest.fixture
def serving(tmp_path: Path) -> "subprocess.Popen[str]":
    """A supervisor in a process of its own, with a child that ignores SIGTERM and one of two."""
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(SERVE), str(tmp_path)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    assert process.stdout.readline() == "up\n"
    wait_for(lambda: len(psutil.Process(process.pid).children(recursive=True)) == 4)
    time.sleep(0.1)
    return process


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_asked_to_stop_it_leaves_no_process(
    serving: "subprocess.Popen[str]", number: signal.Signals
) -> None:
    family = psutil.Process(serving.pid).children(recursive=True)
    serving.send_signal(number)
    assert serving.wait(10) == 0
    wait_for(lambda: not any(is_alive(one) for one in family), 3)


def test_killed_it_takes_its_children_with_it(serving: "subprocess.Popen[str]") -> None:
    plain = psutil.Process(serving.pid).children()[0]
    family = psutil.Process(serving.pid).children(recursive=True)
    serving.kill()
    serving.wait()
    wait_for(lambda: not is_alive(plain))
    for one in family:
        if is_alive(one):
            one.kill()


def is_alive(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


def test_a_dead_child_takes_what_it_started_along(tmp_path: Path, said: list[str]) -> None:
    code = "import os, subprocess, sys; print(subprocess.Popen(sys.argv[1:]).pid, flush=True)"
    child = Child("worker", [sys.executable, "-c", code, *SLEEPER], tmp_path / "log")
    supervisor = Supervisor([child], said.append)
    child.start()
    assert child.process
    child.process.wait()
    grandchild = psutil.Process(int((tmp_path / "log").read_text()))
    assert is_alive(grandchild)
    turn(supervisor, child)
    wait_for(lambda: not is_alive(grandchild))
    assert os.getpid()
