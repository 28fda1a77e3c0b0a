"""Each worker's and the schedule's own sign of life, for the health check of its container.

It is the age of the file that HEARTBEAT_FILE names. A worker sends itself a task every 10 s and
touches the file in doing it: so its loop, its connection, and a thread of its own all work. The
schedule touches it for each message that the broker took.
"""

import time
from pathlib import Path
from typing import Any

from celery import bootsteps, current_app
from celery.utils.nodenames import worker_direct
from celery.worker import state
from django.conf import settings

EVERY_SECONDS = 10.0
# No task takes this long twice at the same time; two that do have hung.
LONGEST_SECONDS = 900.0


def touch() -> None:
    """Leave the sign, where a file for it is named."""
    if settings.HEARTBEAT_FILE:
        Path(settings.HEARTBEAT_FILE).touch()


class Pulse(bootsteps.StartStopStep):
    """The part of a worker that has it do its own small task again and again."""

    requires = ("celery.worker.consumer.tasks:Tasks",)

    def __init__(self, consumer: Any, **options: Any) -> None:
        super().__init__(consumer, **options)
        self._timer: Any = None

    def include_if(self, consumer: Any) -> bool:
        """Only where somebody looks at the file."""
        return bool(settings.HEARTBEAT_FILE)

    def start(self, consumer: Any) -> None:
        """Also after each lost connection, which ends the timers."""
        self._beat(consumer)
        self._timer = consumer.timer.call_repeatedly(EVERY_SECONDS, self._beat, (consumer,))

    def stop(self, consumer: Any) -> None:
        """The connection is lost, or the worker ends."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    shutdown = stop

    def _beat(self, consumer: Any) -> None:
        # A copy, since the threads change the set meanwhile.
        started = [request.time_start or time.time() for request in list(state.active_requests)]
        if len(started) < consumer.controller.concurrency:
            send_pulse(consumer.hostname)
        elif time.time() - max(started) < LONGEST_SECONDS:
            # With every thread at work the task would have to wait, and that is no bad sign.
            # The youngest task counts: while a thread still starts new ones, not all of them hang.
            touch()


def send_pulse(hostname: str) -> None:
    """Send a worker, by its node name, the task that leaves its sign of life; raises on failure."""
    # On its own queue, which it reads like the others; none is worth taking late.
    options: dict[str, Any] = {"queue": worker_direct(hostname), "expires": 60, "retry": False}
    current_app.send_task("notes_site.tasks.pulse", **options)
