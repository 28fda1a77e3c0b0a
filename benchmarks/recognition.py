"""How long it takes to compare a photo with removed pictures, and with its author's own.

`python -m benchmarks.recognition --hashes N` fills the database that the environment names,
migrated and empty, and prints the figures as JSON; `run` starts it on SQLite alone, since nearly
all of the time is Python's.
"""

import argparse
import secrets
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

from benchmarks import alone
from benchmarks.measure import Table, median, milliseconds


def main(arguments: list[str]) -> None:
    """Fill, measure, print."""
    parser = argparse.ArgumentParser(description="What it costs to recognise a removed picture.")
    parser.add_argument("--hashes", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=11)
    options = parser.parse_args(arguments)
    alone.prepare(pages=False)
    alone.answer(measure(options.hashes, options.rounds))


def measure(hashes: int, rounds: int) -> dict[str, Any]:
    """CPU seconds of comparisons with so many random hashes, of which none is alike."""
    from posts.models import Photo, Post
    from posts.pipeline import recognition

    newest = _fill(hashes)
    photo = Photo.objects.get(pk=newest)
    seconds = {
        "with removed pictures": _times(rounds, lambda: recognition.match_of(photo)),
        "on becoming ready": _times(rounds, lambda: recognition.on_ready(photo.pk)),
        "with the author's own": _times(rounds, lambda: recognition.duplicate_of(photo)),
    }
    # `hold_copies` only looks at photos that are not published.
    Post.objects.update(state=Post.State.DRAFT)
    seconds["unpublished photos with a removal"] = _times(
        rounds, lambda: recognition.hold_copies(1)
    )
    return {"hashes": hashes, "own": min(hashes, recognition.OWN_NEWEST), "seconds": seconds}


def table(found: Mapping[str, Any]) -> Table:
    """The median of each comparison."""
    rows = []
    for what, seconds in found["seconds"].items():
        hashes = found["own"] if what == "with the author's own" else found["hashes"]
        rows.append([what, f"{hashes:,}", milliseconds(median(seconds))])
    return Table(
        "Comparing a photo, none alike",
        ["comparison", "hashes", "CPU"],
        rows,
        ["Medians on SQLite."],
    )


def _fill(hashes: int) -> int:
    """So many removed pictures, and photos of one person; returns the photo without a post."""
    from accounts.models import User
    from posts.models import Photo, Post, RemovedPicture

    owner = User.objects.create_user("owner")
    post = Post.objects.create(author=owner)
    RemovedPicture.objects.bulk_create(
        RemovedPicture(pdq=secrets.token_hex(32), photo_id=number, post_id=number)
        for number in range(1, hashes + 1)
    )
    photos = Photo.objects.bulk_create(
        Photo(
            owner=owner, post=post, original_key=str(number), bytes=1, sha256=str(number),
            format="JPEG", width=1, height=1, pdq=secrets.token_hex(32), state="ready",
        )
        for number in range(hashes)
    )  # fmt: skip
    Photo.objects.filter(pk=photos[-1].pk).update(post=None)
    return photos[-1].pk


def _times(rounds: int, compare: Callable[[], object]) -> list[float]:
    """CPU seconds of each round of a comparison that finds nothing."""
    taken = []
    for _round in range(rounds):
        begun = time.process_time()
        assert not compare()
        taken.append(time.process_time() - begun)
    return taken


if __name__ == "__main__":
    main(sys.argv[1:])
