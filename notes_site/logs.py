"""What the log leaves out."""

import logging
from datetime import timedelta
from functools import cache

# What runs at least this often is no news, unless it found something to do or failed.
ROUTINE = timedelta(minutes=1)
# Celery logs the `repr` of what a task returned.
NOTHING = {"None", "0", "False"}


def without_visitors_tracebacks(record: logging.LogRecord) -> bool:
    """Take the traceback off a line about a request that was itself at fault, and keep the line.

    A damaged link or a form too large to read is no fault of the site's, and anybody can send
    thousands of them.
    """
    if hasattr(getattr(record, "request", None), "outage"):
        # The line about the request says which part is away; a thousand tracebacks say no more.
        return False
    if 400 <= getattr(record, "status_code", 0) < 500:
        record.exc_info = None
    return True


def is_worth_a_line(record: logging.LogRecord) -> bool:
    """Whether a line tells something: not that a routine task was sent, came, and found nothing.

    Every worker and the schedule do several of them a minute. A failure is never left out, nor is
    a task that returned what it found.
    """
    if record.levelno != logging.INFO or not record.name.startswith("celery."):
        return True
    if record.name == "celery.beat":
        # "Sending due task %s (%s)": the last one is the task.
        arguments = record.args if isinstance(record.args, tuple) else ()
        return not (arguments and arguments[-1] in _routine_tasks())
    data = getattr(record, "data", None) or {}
    if data.get("name") not in _routine_tasks():
        return True
    return data.get("return_value", "None") not in NOTHING


@cache
def _routine_tasks() -> frozenset[str]:
    from django.conf import settings

    schedule = settings.CELERY_BEAT_SCHEDULE.values()
    often = {entry["task"] for entry in schedule if entry["schedule"] <= ROUTINE}
    return frozenset({"notes_site.tasks.pulse", *often})
