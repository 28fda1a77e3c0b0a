"""The shipped proxy, in front of a web server that says yes to everything."""

import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.proxy import proxy


class Yes(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "3")
        self.end_headers()
        self.wfile.write(b"yes")

    def log_message(self, *_arguments: object) -> None:
        """Nothing is printed."""


@contextmanager
def in_front(**settings: str) -> Iterator[str]:
    """The address of the proxy with these settings."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Yes) as web:
        threading.Thread(target=web.serve_forever, daemon=True).start()
        upstream = f"127.0.0.1:{web.server_address[1]}"
        try:
            with proxy(web=upstream, store=upstream, **settings) as address:
                yield address
        finally:
            web.shutdown()


def asked(address: str) -> tuple[int, bytes, str]:
    """Status, body and HSTS header."""
    try:
        with urllib.request.urlopen(address, timeout=10) as answer:
            return answer.status, answer.read(), answer.headers["Strict-Transport-Security"]
    except urllib.error.HTTPError as error:
        return error.code, error.read(), error.headers["Strict-Transport-Security"]


def test_readiness_is_for_the_machines_beside_the_site() -> None:
    with in_front() as address:
        assert asked(f"{address}/")[:2] == (200, b"yes")
        assert asked(f"{address}/healthz")[:2] == (200, b"yes")
        for path in ("/readyz", "/readyz/", "/readyz?x=1", "/%72eadyz", "//readyz"):
            assert asked(address + path)[:2] == (404, b""), path


@pytest.mark.parametrize(
    ("subdomains", "preload", "sent"),
    [
        ("", "", "max-age=31536000"),
        ("off", "off", "max-age=31536000"),
        ("on", "off", "max-age=31536000; includeSubDomains"),
        ("True", "yes", "max-age=31536000; includeSubDomains; preload"),
    ],
)
def test_pictures_come_with_the_owners_hsts(subdomains: str, preload: str, sent: str) -> None:
    given = {"HSTS_INCLUDE_SUBDOMAINS": subdomains, "HSTS_PRELOAD": preload}
    with in_front(**{name: value for name, value in given.items() if value}) as address:
        assert asked(f"{address}/s3/public/a.webp") == (200, b"yes", sent)
