"""The limited child: what it may use, what happens when it dies, and that the next job works."""

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from posts.imaging import sandbox as sandboxing
from posts.imaging.edits import EditsError
from posts.imaging.sandbox import ChildLostError, DecodingError, Sandbox
from posts.reasons import REASONS
from tests.making import MakePicture

pytestmark = pytest.mark.pipeline

# In place of the decoder, in the same child under the same limits.
PRETENDING = """
import errno, json, os, resource, signal, struct, sys, time, zlib
from PIL import Image, ImageCms, UnidentifiedImageError
from posts.imaging import child, pixels

def inspect(path):
    return {acts}

def fail(error):
    raise error

def busy(seconds):
    until = time.process_time() + seconds
    while time.process_time() < until:
        pass
    return pixels.Inspection("JPEG", 1, 1, {})

pixels.inspect = inspect
child.CPU_SECONDS = {cpu_seconds}
child.main()
"""


@pytest.fixture
def box() -> Iterator[Sandbox]:
    """A sandbox of its own; no child of it is left at the end."""
    ours = Sandbox()
    yield ours
    for child in ours._idle:
        child.end()


@pytest.fixture
def pretend(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Let new children run an expression instead of looking at the picture."""
    real = subprocess.Popen

    def set_act(expression: str, *, cpu_seconds: int = 1) -> None:
        code = PRETENDING.replace("{acts}", expression)
        code = code.replace("{cpu_seconds}", str(cpu_seconds))

        def start(command: list[str], **options: Any) -> Any:
            return real([command[0], "-c", code], **options)

        monkeypatch.setattr(subprocess, "Popen", start)

    return set_act


def children() -> set[int]:
    return {child.pid for child in psutil.Process().children()}


@contextlib.contextmanager
def no_child_left() -> Iterator[None]:
    before = children()
    yield
    assert children() <= before, "neither running nor a zombie"


def test_a_child_is_used_again_after_a_success(box: Sandbox, make_picture: MakePicture) -> None:
    path = make_picture()
    box.inspect(path)
    first = box._idle[0].process.pid
    for _ in range(3):
        assert box.inspect(path)["format"] == "JPEG"
    assert [child.process.pid for child in box._idle] == [first]


def test_never_after_a_failure(box: Sandbox, tmp_path: Path, make_picture: MakePicture) -> None:
    good, bad = make_picture(), tmp_path / "bad"
    bad.write_text("hello")
    box.inspect(good)
    with no_child_left():
        first = box._idle[0].process.pid
        with pytest.raises(DecodingError, match="not_a_picture"):
            box.inspect(bad)
        assert box._idle == []
        assert not psutil.pid_exists(first)
    assert box.inspect(good)["width"] == 64


def test_a_child_ends_after_its_share_of_jobs(
    box: Sandbox, make_picture: MakePicture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sandboxing, "MAX_JOBS", 2)
    path = make_picture()
    box.inspect(path)
    assert len(box._idle) == 1
    box.inspect(path)
    assert box._idle == []


@pytest.mark.parametrize(
    ("act", "code"),
    [
        ("[0 for _ in iter(int, 1)]", "too_slow"),
        ("bytearray(2_000_000_000)", "too_heavy"),
        ("os.kill(os.getpid(), signal.SIGSEGV)", "crashed"),
        ("os.abort()", "crashed"),
        ("1 / 0", "damaged"),
        ("open(path, 'wb').write(b'x') and [open(path) for _ in range(100)]", "damaged"),
    ],
)
def test_what_a_hostile_file_does_is_told_as_its_reason(
    act: str, code: str, box: Sandbox, pretend: Callable[[str], None], tmp_path: Path
) -> None:
    pretend(act)
    with no_child_left(), pytest.raises(DecodingError) as caught:
        box.inspect(tmp_path / "hostile")
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("error", "code"),
    [
        ("OSError('broken data stream')", "damaged"),
        ("OSError(errno.EMFILE, 'too many files')", "damaged"),
        ("OSError(errno.EFBIG, 'file too large')", "too_heavy"),
        ("ValueError('bad transform')", "damaged"),
        ("SyntaxError('not a TIFF file')", "damaged"),
        ("EOFError('no more images')", "damaged"),
        ("RuntimeError('invalid input')", "damaged"),
        ("RecursionError()", "damaged"),
        ("NotImplementedError()", "damaged"),
        ("KeyError(0x0112)", "damaged"),
        ("IndexError()", "damaged"),
        ("TypeError()", "damaged"),
        ("AttributeError()", "damaged"),
        ("AssertionError()", "damaged"),
        ("OverflowError()", "damaged"),
        ("FloatingPointError()", "damaged"),
        ("ZeroDivisionError()", "damaged"),
        ("BufferError()", "damaged"),
        ("StopIteration()", "damaged"),
        ("struct.error('unpack requires 4 bytes')", "damaged"),
        ("zlib.error('incorrect header')", "damaged"),
        ("UnicodeDecodeError('utf-8', b'x', 0, 1, 'bad')", "damaged"),
        ("UnidentifiedImageError()", "damaged"),
        ("ImageCms.PyCMSError()", "damaged"),
        ("Warning('as an error')", "damaged"),
        ("ExceptionGroup('several', [ValueError()])", "damaged"),
        ("SystemExit(3)", "damaged"),
        ("GeneratorExit()", "damaged"),
        ("MemoryError()", "too_heavy"),
        ("Image.DecompressionBombError()", "too_heavy"),
        ("Image.DecompressionBombWarning()", "too_heavy"),
        ("pixels.RefusedFileError('too_narrow')", "too_narrow"),
    ],
)
def test_every_error_of_a_decoder_is_a_reason(
    error: str, code: str, box: Sandbox, pretend: Callable[[str], None], tmp_path: Path
) -> None:
    pretend(f"fail({error})")
    with no_child_left(), pytest.raises(DecodingError) as caught:
        box.inspect(tmp_path / "hostile")
    assert caught.value.code == code
    assert code in REASONS


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("SIGSEGV", "crashed"),
        ("SIGBUS", "crashed"),
        ("SIGABRT", "crashed"),
        ("SIGILL", "crashed"),
        ("SIGFPE", "crashed"),
        ("SIGSYS", "crashed"),
        ("SIGTRAP", "crashed"),
        ("SIGXCPU", "too_slow"),
        ("SIGXFSZ", "too_heavy"),
    ],
)
def test_every_signal_a_picture_brings_about_is_a_reason(
    name: str, code: str, box: Sandbox, pretend: Callable[[str], None], tmp_path: Path
) -> None:
    # Python ignores one of them by itself.
    pretend(
        f"signal.signal(signal.{name}, signal.SIG_DFL) and 0 or os.kill(os.getpid(), signal.{name})"
    )
    with no_child_left(), pytest.raises(DecodingError) as caught:
        box.inspect(tmp_path / "hostile")
    assert caught.value.code == code
    assert code in REASONS


@pytest.mark.parametrize(
    "act",
    [
        "os.kill(os.getpid(), signal.SIGKILL)",
        "os.kill(os.getpid(), signal.SIGTERM)",
        # Who runs the tests behind a terminal that may close has children that don't hear it.
        "[signal.signal(signal.SIGHUP, signal.SIG_DFL), os.kill(os.getpid(), signal.SIGHUP)]",
        "os._exit(1)",
        "fail(OSError(errno.ENOSPC, 'no space left on device'))",
        "fail(FileNotFoundError(errno.ENOENT, 'gone', 'folder'))",
        "fail(PermissionError(errno.EACCES, 'not yours'))",
    ],
)
def test_what_is_not_the_pictures_fault_is_tried_again(
    act: str, box: Sandbox, pretend: Callable[[str], None], tmp_path: Path
) -> None:
    pretend(act)
    with no_child_left(), pytest.raises(ChildLostError):
        box.inspect(tmp_path / "any")


def test_edits_nobody_may_make_never_reach_the_child(
    box: Sandbox, tmp_path: Path, make_picture: MakePicture
) -> None:
    with pytest.raises(EditsError):
        box.render(make_picture(), tmp_path, ["w320"], lambda _made: None, {"rotate": 45})
    assert box._idle == []


def test_a_child_that_hangs_is_ended_by_the_wall_clock(
    box: Sandbox, pretend: Callable[[str], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sandboxing, "WALL_SECONDS", 1.0)
    pretend("time.sleep(60)")
    started = time.monotonic()
    with no_child_left(), pytest.raises(DecodingError, match="too_slow"):
        box.inspect(tmp_path / "hostile")
    assert time.monotonic() - started < 5


def test_killed_while_idle_the_next_job_but_one_works(
    box: Sandbox, make_picture: MakePicture
) -> None:
    path = make_picture()
    box.inspect(path)
    os.kill(box._idle[0].process.pid, signal.SIGKILL)
    with contextlib.suppress(ChildLostError):
        box.inspect(path)
    assert box.inspect(path)["width"] == 64


def test_the_child_holds_no_secret_and_no_right_to_much(
    box: Sandbox, make_picture: MakePicture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_KEY", "a secret")
    box.inspect(make_picture())
    child = psutil.Process(box._idle[0].process.pid)
    assert set(child.environ()) == {"PATH", "LANG"}
    assert child.rlimit(psutil.RLIMIT_AS)[1] <= 1_500_000_000
    assert child.rlimit(psutil.RLIMIT_FSIZE)[1] <= 100_000_000
    assert child.rlimit(psutil.RLIMIT_CORE) == (0, 0)
    assert child.rlimit(psutil.RLIMIT_NOFILE)[1] <= 64
    assert 0 < child.rlimit(psutil.RLIMIT_CPU)[0] <= 15
    assert child.num_fds() <= 8, "pipes and nothing of its parent's"


def test_the_processor_time_is_counted_anew_for_each_job(
    box: Sandbox, pretend: Callable[..., None], tmp_path: Path
) -> None:
    # Whole seconds count, and by ticks: a busy machine may find a second more than was used.
    pretend("busy(1.2)", cpu_seconds=4)
    for _ in range(4):
        assert box.inspect(tmp_path / "any")["format"] == "JPEG"
    assert len(box._idle) == 1


def test_no_more_children_than_allowed_however_many_ask(
    box: Sandbox, make_picture: MakePicture
) -> None:
    path, before, most = make_picture(), children(), 0
    threads = [threading.Thread(target=box.inspect, args=(path,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        most = max(most, len(children() - before))
        time.sleep(0.01)
    assert 1 <= most <= sandboxing.MAX_CHILDREN
    assert len(box._idle) <= sandboxing.MAX_CHILDREN


def test_after_a_fork_each_process_has_children_of_its_own(
    box: Sandbox, make_picture: MakePicture
) -> None:
    path = make_picture()
    box.inspect(path)
    ours = box._idle[0].process.pid
    box._owner = os.getpid() + 1  # as the copy of a forked process sees it
    parents = box._idle[0]
    box.inspect(path)
    assert [child.process.pid for child in box._idle] != [ours]
    assert psutil.pid_exists(ours), "it belongs to the parent"
    parents.end()


def test_what_a_decoder_prints_is_no_answer(
    box: Sandbox, pretend: Callable[[str], None], tmp_path: Path
) -> None:
    pretend("os.write(1, b'{\"done\": 1}\\n') and print('{\"done\": 2}') or 1 / 0")
    with pytest.raises(DecodingError, match="damaged"):
        box.inspect(tmp_path / "any")
