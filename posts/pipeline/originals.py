"""Step: keep the original, byte for byte."""

from notes_site.ids import random_key
from notes_site.storage import PRIVATE, media
from posts.pipeline.inspect import Inspected


def store_original(inspected: Inspected) -> str:
    """Store a file's bytes under a new random private key and return the key.

    The storage shows an object whole or not at all. If nothing comes to name the key, because
    the process dies here, the daily sweep for orphans puts the object into quarantine once it is a
    day old, and erases it a week later.
    Raises StorageUnavailableError.
    """
    key = f"{PRIVATE}originals/{random_key()}"
    media().put(key, inspected.path)
    return key
