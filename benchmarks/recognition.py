"""How long it takes to compare a photo with removed pictures, and with its author's own.

    python benchmarks/recognition.py [COUNT]

Runs in a transaction on a database of its own and leaves nothing behind.
"""

import os
import secrets
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ROUNDS = 11


def main() -> None:
    """Print the median CPU time of 11 rounds on SQLite, in milliseconds."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    sys.path.insert(0, str(ROOT))
    with tempfile.TemporaryDirectory(prefix="notes-bench-") as folder:
        os.environ.pop("DATABASE_URL", None)
        os.environ |= {"DATA_DIR": folder, "DJANGO_SETTINGS_MODULE": "notes_site.settings"}
        import django

        django.setup()
        measure(count)


def measure(count: int) -> None:
    """Fill the tables with random hashes, of which none is alike, and compare."""
    from django.core.management import call_command

    from accounts.models import User
    from posts import recognition
    from posts.models import Photo, Post, RemovedPicture

    call_command("migrate", verbosity=0)
    owner = User.objects.create_user("owner")
    post = Post.objects.create(author=owner)
    RemovedPicture.objects.bulk_create(
        RemovedPicture(pdq=secrets.token_hex(32), photo_id=number, post_id=number)
        for number in range(1, count + 1)
    )
    photos = Photo.objects.bulk_create(
        Photo(
            owner=owner, post=post, original_key=str(number), bytes=1, sha256=str(number),
            format="JPEG", width=1, height=1, pdq=secrets.token_hex(32), state="ready",
        )
        for number in range(count)
    )  # fmt: skip
    Photo.objects.filter(pk=photos[-1].pk).update(post=None)
    photo = Photo.objects.get(pk=photos[-1].pk)
    report("with removed pictures", count, lambda: recognition.match_of(photo))
    report("on becoming ready", count, lambda: recognition.on_ready(photo.pk))
    own = min(count, recognition.OWN_NEWEST)
    report("with the author's own", own, lambda: recognition.duplicate_of(photo))
    Post.objects.filter(pk=post.pk).update(state="draft")
    report("unpublished photos with a removal", count, lambda: recognition.hold_copies(1))


def report(what: str, count: int, compare: Callable[[], object]) -> None:
    """Time a comparison that finds nothing."""
    taken = []
    for _round in range(ROUNDS):
        begun = time.process_time()
        assert not compare()
        taken.append(time.process_time() - begun)
    print(f"{what:36}{count:8,} hashes {sorted(taken)[ROUNDS // 2] * 1000:8.1f} ms")


if __name__ == "__main__":
    main()
