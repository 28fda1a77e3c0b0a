"""A long queue: thousands of photos received, none rendered yet, as after a night of no worker.

The whole site runs; its worker is held while rows, originals and messages are made, and then let
go. It must be as fast at the end as at the beginning, and hold no more memory.
"""

import argparse
import hashlib
import io
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import psutil
import redis
from PIL import Image

from benchmarks.measure import Table
from tests.site import Site

ROOT = Path(__file__).resolve().parent.parent
SIZE = (64, 48)
LONGEST_SECONDS = 1_200.0
THREADS = 8
READY = (
    "SELECT count(*) FROM posts_photo JOIN accounts_user ON accounts_user.id = owner_id"
    " WHERE state = 'ready' AND username = %s"
)


@dataclass(frozen=True)
class Sample:
    """How it stands at a moment: photos ready, messages waiting, bytes of worker and children."""

    seconds: float
    ready: int
    waiting: int
    memory: int


def measure(site: Site, photos: int) -> list[Sample]:
    """Let so many photos of somebody new queue up on a running site, and watch them drain."""
    owner = site.member().username
    worker = site.processes("worker")[0]
    with site.workers_asleep():
        command = [sys.executable, "-m", "benchmarks.queue", owner, str(photos)]
        subprocess.run(command, cwd=ROOT, env=site.env, check=True)
    started = time.monotonic()
    samples: list[Sample] = []
    while not samples or samples[-1].ready < photos:
        time.sleep(0.5)
        seconds = time.monotonic() - started
        assert seconds < LONGEST_SECONDS, samples[-1]
        samples.append(_sample(site, owner, worker, seconds))
    assert site.processes("worker")[0].pid == worker.pid, "the worker died"
    return samples


def table(found: Mapping[str, list[Sample]]) -> Table:
    """The figures of each stack."""
    rows = []
    for name, samples in found.items():
        photos = samples[-1].ready
        fifths = [_between(samples, photos * n // 5) for n in range(6)]
        rows.append(
            [
                name,
                f"{photos:,}",
                f"{samples[-1].seconds:.0f} s",
                f"{_speed(fifths[0], fifths[1]):.1f}",
                f"{_speed(fifths[4], fifths[5]):.1f}",
                f"{fifths[1].memory / 1e6:.0f} MB",
                f"{fifths[5].memory / 1e6:.0f} MB",
                f"{max(sample.waiting for sample in samples):,}",
            ]
        )
    head = ["servers", "photos queued", "all ready after", "a second, first fifth", "last fifth"]
    head += ["worker and children, first fifth", "at the end", "most messages waiting"]
    note = (
        f"Photos of {SIZE[0]} by {SIZE[1]} pixels: the queue is measured and not the pixels. One"
        " worker with two threads. The sweep queues photos again whose message is older than"
        " its patience: such a message finds its work done or taken, and ends."
    )
    return Table("A long queue drains", head, rows, [note])


def _between(samples: list[Sample], ready: int) -> Sample:
    """The first sample with at least so many photos ready."""
    return next(sample for sample in samples if sample.ready >= ready)


def _speed(begin: Sample, end: Sample) -> float:
    # Samples are half a second apart, and a small run may be over in one.
    return (end.ready - begin.ready) / max(0.5, end.seconds - begin.seconds)


def _sample(site: Site, owner: str, worker: psutil.Process, seconds: float) -> Sample:
    ready = site.rows(READY, owner)[0][0]
    if site.is_full:
        waiting = redis.Redis.from_url(site.stack["REDIS_URL"]).llen("render")
    else:
        waiting = len(list((site.data / "broker" / "render").glob("*.msg")))
    family = [worker, *worker.children(recursive=True)]
    memory = sum(process.memory_info().rss for process in family)
    return Sample(seconds, ready, int(str(waiting)), memory)


def _fill(username: str, count: int) -> None:
    """Originals, rows and messages for so many photos of somebody, on the environment's site."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "notes_site.settings")
    import django

    django.setup()
    from django.utils import timezone

    from accounts.models import User
    from notes_site.ids import random_key
    from notes_site.queue.on_commit import queue_on_commit
    from notes_site.storage import PRIVATE, media
    from posts.models import Photo

    picture = io.BytesIO()
    Image.linear_gradient("L").resize(SIZE).convert("RGB").save(picture, "JPEG")
    content = picture.getvalue()
    keys = [f"{PRIVATE}originals/{random_key()}" for _ in range(count)]
    with tempfile.NamedTemporaryFile() as file, ThreadPoolExecutor(THREADS) as pool:
        file.write(content)
        file.flush()
        list(pool.map(lambda key: media().put(key, Path(file.name)), keys))
    owner, now = User.objects.get(username=username), timezone.now()
    told = {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    photos = Photo.objects.bulk_create(
        [
            Photo(
                owner=owner,
                original_key=key,
                format="JPEG",
                width=SIZE[0],
                height=SIZE[1],
                queued_at=now,
                **told,
            )
            for key in keys
        ],
        batch_size=500,
    )
    for photo in photos:
        queue_on_commit("posts.tasks.render", photo.pk)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Fill the queue of the site in the environment.")
    parser.add_argument("username")
    parser.add_argument("photos", type=int)
    options = parser.parse_args()
    _fill(options.username, options.photos)
