"""The one door to the queue: after commit, ids only, and never at the price of the request."""

import logging

from celery import Task
from django.db import transaction
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)


def queue_on_commit(task: "Task[..., None]", *ids: int | str) -> None:
    """Queue `task(*ids)` once the transaction is committed; at once when there is none.

    A broker that is down is logged and nothing more: the row says what is to be done, and the
    sweep queues it again.
    """
    transaction.on_commit(lambda: _queue(task, ids))


def _queue(task: "Task[..., None]", ids: tuple[int | str, ...]) -> None:
    try:
        task.apply_async(ids, retry=False)
    except (OperationalError, OSError) as error:
        logger.warning(
            "queue is away, left to the sweep", extra={"task": task.name, "why": str(error)}
        )
