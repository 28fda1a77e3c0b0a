"""How fast this machine is, so that a test of processor time says the same on each."""

import io
import math
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any
from unittest.mock import patch

from PIL import Image

from posts.imaging import child
from posts.imaging import sandbox as sandboxes
from posts.imaging.sandbox import Sandbox

# What the work below takes on the machine where the child's bound was set.
REFERENCE_SECONDS = 0.29
ROUNDS = 3


@cache
def slowness() -> float:
    """How many times the processor time of that machine a picture takes here, at least 1."""
    start = time.thread_time()
    for _ in range(ROUNDS):
        _work_on_pictures()
    return max(1.0, (time.thread_time() - start) / ROUNDS / REFERENCE_SECONDS)


@contextmanager
def child_bounds_of(factor: float) -> Iterator[Sandbox]:
    """A sandbox whose children have `factor` times the processor and wall time, no more memory."""
    seconds = math.ceil(child.CPU_SECONDS * factor)
    code = f"from posts.imaging import child; child.CPU_SECONDS = {seconds}; child.main()"
    start, box = subprocess.Popen, Sandbox()

    def start_patient(command: list[str], **options: Any) -> Any:
        return start([command[0], "-c", code], **options)

    wall_seconds = sandboxes.WALL_SECONDS * factor
    with (
        patch.object(subprocess, "Popen", start_patient),
        patch.object(sandboxes, "WALL_SECONDS", wall_seconds),
    ):
        try:
            yield box
        finally:
            for idle in box._idle:
                idle.end()


def _work_on_pictures() -> None:
    noise = Image.effect_noise((1_024, 1_024), 50)
    for _ in range(2):
        stream = io.BytesIO()
        noise.save(stream, "JPEG", quality=90, progressive=True)
        with Image.open(stream) as image:
            image.convert("RGB").resize((700, 700), Image.Resampling.LANCZOS)
