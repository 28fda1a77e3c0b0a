"""The Celery tasks of the feed."""

from celery import shared_task

from feed import scoring


@shared_task
def rescore() -> None:
    """Score every post again when the pace of posting has changed."""
    scoring.rescore()
