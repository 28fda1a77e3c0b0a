"""Health for machines: is the process up, and do its parts answer?"""

import logging
from collections.abc import Callable

from celery import current_app
from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache

from notes_site.storage import media

logger = logging.getLogger(__name__)


def check_database() -> None:
    """Raises an exception when the database does not answer."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def check_broker() -> None:
    """Raises an exception when the broker does not answer within 2 s."""
    with current_app.connection_for_write() as broker:
        broker.ensure_connection(max_retries=1, timeout=2)


def check_storage() -> None:
    """Raises an exception when the storage does not answer."""
    media().exists("private/readyz")


PARTS: dict[str, Callable[[], None]] = {
    "database": check_database,
    "broker": check_broker,
    "storage": check_storage,
}


@login_not_required
@never_cache
def healthz(_request: HttpRequest) -> HttpResponse:
    """200: this process answers."""
    return HttpResponse("ok", content_type="text/plain")


@login_not_required
@never_cache
def readyz(_request: HttpRequest) -> JsonResponse:
    """200 when every part answers, else 503; which one is away, but not why, which is logged."""
    parts = {}
    for name, check in PARTS.items():
        try:
            check()
            parts[name] = "ok"
        except Exception:
            logger.exception("not ready", extra={"part": name})
            parts[name] = "away"
    ready = all(state == "ok" for state in parts.values())
    return JsonResponse({"ready": ready, "parts": parts}, status=200 if ready else 503)
