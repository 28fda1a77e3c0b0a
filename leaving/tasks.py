"""The Celery tasks of leaving, each one delegating line."""

from celery import shared_task

import leaving.sweep
from leaving import erasing, exporting


@shared_task
def export(export_id: int) -> None:
    """Make a download of everything."""
    exporting.make(export_id)


@shared_task
def erase(departure_id: int) -> None:
    """Erase somebody whose time of grace is over."""
    erasing.erase(departure_id)


@shared_task
def sweep() -> int:
    """Find lost work, and what is due; how much that was."""
    return leaving.sweep.sweep()
