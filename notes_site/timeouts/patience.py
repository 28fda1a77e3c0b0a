"""How long this process waits for the parts of the site: a worker long, a web process briefly.

A thread that waits for a part is a thread that serves nobody. Web processes call `be_brief` at
their start (`notes_site/serving/gunicorn.py`); workers, commands and migrations may wait as long as
the work takes. Why these figures: docs/decisions/0022-parts-that-hang.md.
"""

import contextlib
from collections.abc import Iterator
from typing import Any

from django.db import connections

from notes_site.celery import app as celery_app
from notes_site.timeouts import database_deadline

# In a request: an upload that can't be queued is found by the sweep, so it must cost next to
# nothing. One try, for kombu's second comes after 2 s and its third after 4 more.
BROKER_IN_REQUESTS = {"socket_connect_timeout": 0.5, "socket_timeout": 0.5, "max_retries": 0}

_brief = False


def is_brief() -> bool:
    """Whether somebody waits for this process, so that it must not wait for long itself."""
    return _brief


def be_brief() -> None:
    """From now on wait only as long as a visitor may: for web processes, at their start."""
    global _brief
    _brief = True
    options: dict[str, Any] = celery_app.conf.broker_transport_options
    celery_app.conf.broker_transport_options = {**options, **BROKER_IN_REQUESTS}
    database_deadline.install(connections.settings["default"])


@contextlib.contextmanager
def brief() -> Iterator[None]:
    """Be brief within the block: for commands that report."""
    global _brief
    before, options = _brief, celery_app.conf.broker_transport_options
    _brief = True
    celery_app.conf.broker_transport_options = {**options, **BROKER_IN_REQUESTS}
    try:
        with database_deadline.installed():
            yield
    finally:
        _brief = before
        celery_app.conf.broker_transport_options = options
