"""The Celery tasks of posts, each one delegating line."""

import logging

from celery import shared_task

from notes_site.storage import StorageUnavailableError
from posts import sweep as sweeping
from posts.pipeline import erase, placement, renditions

logger = logging.getLogger(__name__)


@shared_task
def render(photo_id: int) -> None:
    """Make a photo's renditions."""
    try:
        renditions.render(photo_id)
    except renditions.TryAgainError as error:
        logger.warning("left to the sweep", extra={"photo": photo_id, "why": str(error)})


@shared_task
def place_post(post_id: int) -> None:
    """Move a post's renditions to where its audience says."""
    try:
        placement.place_post(post_id)
    except StorageUnavailableError as error:
        logger.warning("left to the sweep", extra={"post": post_id, "why": str(error)})


@shared_task
def place_posts(author_id: int, first_id: int, last_id: int) -> None:
    """The same for many posts of one person, between two ids."""
    try:
        placement.place_posts(author_id, first_id, last_id)
    except StorageUnavailableError as error:
        logger.warning("left to the sweep", extra={"author": author_id, "why": str(error)})


@shared_task
def place_photo(photo_id: int) -> None:
    """The same for one photo."""
    try:
        placement.place_photo(photo_id)
    except StorageUnavailableError as error:
        logger.warning("left to the sweep", extra={"photo": photo_id, "why": str(error)})


@shared_task
def erase_due() -> None:
    """Erase what the ledger says is due."""
    erase.erase_due()


@shared_task
def sweep() -> None:
    """Find lost work."""
    sweeping.sweep()


@shared_task
def collect_orphans() -> None:
    """Compare storage with the rows."""
    try:
        sweeping.collect_orphans()
    except StorageUnavailableError as error:
        logger.warning("left to tomorrow", extra={"why": str(error)})
