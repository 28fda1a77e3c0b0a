"""The one door to the queue: after commit, ids only, and never at the price of the request."""

import contextlib
import logging
from typing import TYPE_CHECKING, Any

from celery import Task
from django.db import transaction
from django.utils import timezone
from django.utils.module_loading import import_string
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from notes_site.timeouts import patience
from notes_site.timeouts.breaker import Breaker, PartAwayError

if TYPE_CHECKING:
    from django.db.models import QuerySet

# Several messages of one request, and those of the next ones, find out only once in a while.
queue = Breaker("the queue", at_once=8, rest_seconds=5)
AWAY = (OperationalError, RedisError, OSError)

logger = logging.getLogger(__name__)


def queue_on_commit(name: str, *ids: int | str) -> None:
    """Queue the task `name` with `ids` once the transaction is committed; at once outside of one.

    A task is named by its dotted path, "posts.tasks.render", so that no room has to import its own
    tasks. Raises ImportError when there is none of that name. A broker that is down is logged and
    nothing more: the row says what is to be done, and the sweep queues it again.
    """
    task: Task[..., None] = import_string(name)
    transaction.on_commit(lambda: _queue(task, ids))


def queue_lost(rows: "QuerySet[Any]", name: str, *, most: int) -> int:
    """Queue the task `name` for at most so many `rows`, in their order; returns for how many.

    Each by compare-and-set on its `queued_at`, so that of two sweeps at once one queues a row.
    `rows` leaves out what was queued a moment ago.
    """
    queued = 0
    for row_id in rows.values_list("pk", flat=True)[:most]:
        if rows.filter(pk=row_id).update(queued_at=timezone.now()):
            queue_on_commit(name, row_id)
            queued += 1
    return queued


def _queue(task: "Task[..., None]", ids: tuple[int | str, ...]) -> None:
    try:
        with _in_time():
            task.apply_async(ids, retry=False)
    except (*AWAY, PartAwayError) as error:
        logger.warning(
            "queue is away, left to the sweep", extra={"task": task.name, "why": str(error)}
        )


def _in_time() -> contextlib.AbstractContextManager[None]:
    return queue.call(*AWAY, wait_seconds=0.2) if patience.is_brief() else contextlib.nullcontext()
