"""The Celery application: every room's tasks, on the broker the settings name."""

import os
from typing import Any

from celery import Celery
from celery.signals import after_task_publish, beat_init, setup_logging, worker_ready
from kombu.transport import TRANSPORT_ALIASES

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "notes_site.settings")

# Every `filesystem://` and `redis://` of this process, before anything connects.
TRANSPORT_ALIASES["filesystem"] = "notes_site.queue.file_broker:Transport"
TRANSPORT_ALIASES["redis"] = TRANSPORT_ALIASES["rediss"] = "notes_site.queue.redis_broker:Transport"

app = Celery("notes_site")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.steps["consumer"].add("notes_site.heartbeats:Pulse")


@setup_logging.connect
def use_django_logging(**_arguments: Any) -> None:
    """Let the worker log as the web does: JSON lines, set up by Django."""
    from logging.config import dictConfig

    from django.conf import settings

    dictConfig(settings.LOGGING)


@worker_ready.connect
def sweep_on_start(**_arguments: Any) -> None:
    """A worker that comes back looks for lost work at once instead of waiting for the schedule."""
    for name in ("notes_site.tasks.beat", "posts.tasks.sweep", "notes_site.tasks.sweep_events"):
        # After 20 s the schedule has sent its own.
        app.send_task(name, expires=20)


@worker_ready.connect
def start_decoding_child(**_arguments: Any) -> None:
    """The first photo finds its limited process running instead of waiting for its imports."""
    from posts.imaging.sandbox import sandbox

    sandbox.warm()


@beat_init.connect
def show_that_the_schedule_sends(**_arguments: Any) -> None:
    """The schedule leaves its sign of life with each message that the broker took."""
    # Only in the schedule: web and workers send messages too, and theirs say nothing about it.
    after_task_publish.connect(touch_for_a_message)


def touch_for_a_message(**_arguments: Any) -> None:
    """A message was taken by the broker."""
    from notes_site.heartbeats import touch

    touch()
