"""The shipped proxy, in front of a web server that says yes to everything."""

import os
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.site import ROOT, wait_for


class Yes(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "3")
        self.end_headers()
        self.wfile.write(b"yes")

    def log_message(self, *_arguments: object) -> None:
        """Nothing is printed."""


@contextmanager
def proxy(**settings: str) -> Iterator[str]:
    """The address of the proxy with these settings."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Yes) as web:
        threading.Thread(target=web.serve_forever, daemon=True).start()
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            second.bind(("127.0.0.1", 0))
            port, health = first.getsockname()[1], second.getsockname()[1]
        upstream = f"127.0.0.1:{web.server_address[1]}"
        process = subprocess.Popen(
            [
                *(Path(sys.executable).parent / "caddy", "run", "--adapter", "caddyfile"),
                *("--config", ROOT / "deploy" / "Caddyfile"),
            ],
            env={
                "SITE_ADDRESS": f"http://127.0.0.1:{port}",
                "HEALTH_PORT": str(health),
                "WEB_UPSTREAM": upstream,
                "S3_UPSTREAM": upstream,
                "HOME": os.environ["DATA_DIR"],
                **settings,
            },
            stderr=subprocess.DEVNULL,
        )
        try:
            wait_for(lambda: _listens(port), 20, "the proxy")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(10)
            web.shutdown()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return not probe.connect_ex(("127.0.0.1", port))


def asked(address: str) -> tuple[int, bytes, str]:
    """Status, body and HSTS header."""
    try:
        with urllib.request.urlopen(address, timeout=10) as answer:
            return answer.status, answer.read(), answer.headers["Strict-Transport-Security"]
    except urllib.error.HTTPError as error:
        return error.code, error.read(), error.headers["Strict-Transport-Security"]


def test_readiness_is_for_the_machines_beside_the_site() -> None:
    with proxy() as address:
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
    with proxy(**{name: value for name, value in given.items() if value}) as address:
        assert asked(f"{address}/s3/public/a.webp") == (200, b"yes", sent)
