"""An outbox: lower rooms record what happened, higher rooms handle it after commit.

An event is a row of the same transaction as what it tells of. Its handlers run in a worker soon
after commit, and again by the sweep until all of them have passed; each is safe to run twice.
"""

import logging
from collections import defaultdict
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db.models import F
from django.utils import timezone

from notes_site.models import Event
from notes_site.queue.on_commit import queue_on_commit

logger = logging.getLogger(__name__)

Handler = Callable[[Event], None]
MAX_ATTEMPTS = 10
KEPT = timedelta(days=7)

_handlers: dict[str, list[Handler]] = defaultdict(list)


def handles(*kinds: str) -> Callable[[Handler], Handler]:
    """Register a function for events of these kinds. It must be safe to run twice."""

    def register(handler: Handler) -> Handler:
        for kind in kinds:
            _handlers[kind].append(handler)
        return handler

    return register


def record(kind: str, subject_id: int, **payload: Any) -> None:
    """Write an event into the current transaction and queue its handling after commit."""
    event = Event.objects.create(kind=kind, subject_id=subject_id, payload=payload)
    queue_on_commit("notes_site.tasks.handle_event", event.pk)


def handle(event_id: int) -> None:
    """Run every handler of an event, then mark it handled; nothing if it is handled or gone.

    Raises what a handler raises; the event stays, with the error, for the sweep.
    """
    event = Event.objects.filter(pk=event_id, handled_at=None).first()
    if event is None:
        return
    # Counted before they run, so that an event over which workers die is given up too.
    Event.objects.filter(pk=event.pk).update(attempts=F("attempts") + 1)
    try:
        for handler in _handlers[event.kind]:
            handler(event)
    except Exception as error:
        Event.objects.filter(pk=event.pk).update(error=repr(error)[:2000])
        raise
    Event.objects.filter(pk=event.pk).update(handled_at=timezone.now(), error="")


def sweep(limit: int = 500) -> int:
    """Queue events again that nobody handled within 20 s; forget those handled a week ago.

    Returns how many were queued.
    """
    now = timezone.now()
    Event.objects.filter(handled_at__lt=now - KEPT).delete()
    waiting = Event.objects.filter(
        handled_at=None, created_at__lt=now - timedelta(seconds=20), attempts__lt=MAX_ATTEMPTS
    ).order_by("created_at")
    event_ids = list(waiting.values_list("pk", flat=True)[:limit])
    for event_id in event_ids:
        queue_on_commit("notes_site.tasks.handle_event", event_id)
    return len(event_ids)
