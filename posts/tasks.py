"""The Celery tasks of posts, each one delegating line."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from celery import shared_task

import posts.sweep
from notes_site.storage import StorageUnavailableError
from posts.pipeline import erase, placement, renditions

logger = logging.getLogger(__name__)


@contextmanager
def left_to(later: str, **about: int) -> Iterator[None]:
    """Leave what can't be done now to what comes `later`; the log says which row it was `about`."""
    try:
        yield
    except (StorageUnavailableError, renditions.TryAgainError) as error:
        logger.warning("left to %s", later, extra={**about, "why": str(error)})


@shared_task
def render(photo_id: int) -> None:
    """Make a photo's renditions."""
    with left_to("the sweep", photo=photo_id):
        renditions.render(photo_id)


@shared_task
def place_post(post_id: int) -> None:
    """Move a post's renditions to where its audience says."""
    with left_to("the sweep", post=post_id):
        placement.place_post(post_id)


@shared_task
def place_posts(author_id: int, first_id: int, last_id: int) -> None:
    """The same for many posts of one person, between two ids."""
    with left_to("the sweep", author=author_id):
        placement.place_posts(author_id, first_id, last_id)


@shared_task
def place_photo(photo_id: int) -> None:
    """The same for one photo."""
    with left_to("the sweep", photo=photo_id):
        placement.place_photo(photo_id)


@shared_task
def erase_due() -> None:
    """Erase what the ledger says is due."""
    erase.erase_due()


@shared_task
def sweep() -> None:
    """Find lost work."""
    posts.sweep.sweep()


@shared_task
def collect_orphans() -> None:
    """Compare storage with the rows."""
    with left_to("tomorrow"):
        posts.sweep.collect_orphans()
