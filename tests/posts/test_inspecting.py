"""Looking at a file while the process that decodes it is killed."""

import os
import signal
import threading

import pytest

from posts.imaging.sandbox import sandbox
from posts.pipeline import inspect
from posts.reasons import RefusedError
from tests.making import MakePicture

pytestmark = pytest.mark.pipeline


def stopped_child() -> int:
    """The pid of the child that the next file gets, which now does nothing until it is killed."""
    sandbox.warm()
    pid = sandbox._idle[-1].process.pid
    os.kill(pid, signal.SIGSTOP)
    return pid


def test_a_child_killed_from_outside_is_not_the_files_fault(make_picture: MakePicture) -> None:
    pid = stopped_child()
    killer = threading.Timer(0.2, os.kill, [pid, signal.SIGKILL])
    killer.start()
    found = inspect.inspect(make_picture())
    killer.join()
    assert (found.format, found.width, found.height) == ("JPEG", 64, 48)
    assert pid not in [child.process.pid for child in sandbox._idle]


def test_a_file_that_costs_two_children_is_refused(
    make_picture: MakePicture, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost = []

    def killed_each_time(request: object, made: object) -> None:
        pid = stopped_child()
        lost.append(pid)
        threading.Timer(0.2, os.kill, [pid, signal.SIGKILL]).start()
        return run(request, made)  # type: ignore[arg-type, return-value]

    run = sandbox._run
    monkeypatch.setattr(sandbox, "_run", killed_each_time)
    with pytest.raises(RefusedError, match="crashed"):
        inspect.inspect(make_picture())
    assert len(lost) == 2
