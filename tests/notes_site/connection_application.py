"""What tests/notes_site/test_connection.py runs in Django's place."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """The host and the path that were asked for, as an answer whose length nobody knows.

    `/status/507` answers with that status, as Django writes it.
    """
    number = environ["PATH_INFO"].partition("/status/")[2] or "200"
    status = f"{number} {HTTPStatus(int(number)).phrase}"
    start_response(status, [("Content-Type", "text/plain")])
    return iter([environ.get("HTTP_HOST", "").encode(), b" ", environ["PATH_INFO"].encode()])
