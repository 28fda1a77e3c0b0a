"""What tests/notes_site/test_connection.py runs in Django's place."""

from collections.abc import Iterable
from typing import Any


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """The host and the path that were asked for, as an answer whose length nobody knows."""
    start_response("200 OK", [("Content-Type", "text/plain")])
    return iter([environ.get("HTTP_HOST", "").encode(), b" ", environ["PATH_INFO"].encode()])
