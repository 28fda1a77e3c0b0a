"""`serve` finds its own web server, wherever it listens and whatever it answers to."""

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError

from notes_site import checks, web_address
from notes_site.management.commands import serve
from notes_site.serving.supervisor import Supervisor
from tests.proxy import ROOT


class Site(BaseHTTPRequestHandler):
    """What a web process of ours says to its own name, and to others."""

    def do_GET(self) -> None:
        name = self.headers["Host"].partition(":")[0]
        known = name in ("localhost", "example.org", "127.0.0.1")
        self.send_response(200 if known else 400)
        self.end_headers()

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


class Server6(ThreadingHTTPServer):
    """The same for IPv6."""

    address_family = socket.AF_INET6


@pytest.fixture(params=[("127.0.0.1", ThreadingHTTPServer), ("::1", Server6)], ids=["4", "6"])
def listening(request: pytest.FixtureRequest, settings: Any) -> Iterator[None]:
    host, kind = request.param
    with kind((host, 0), Site) as server:
        settings.HOST, settings.PORT = host, server.server_address[1]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield
        server.shutdown()


@pytest.mark.usefixtures("listening")
@pytest.mark.parametrize("hosts", [["example.org"], ["*"], [".example.org"], ["localhost", "*"]])
def test_it_sees_that_the_site_answers(
    hosts: list[str], settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.ALLOWED_HOSTS = hosts
    monkeypatch.setattr(serve, "READY_SECONDS", 0.0)
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    serve._wait_until_up(Supervisor([], print))


def test_a_container_asks_itself_and_no_proxy() -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        environment = {"PORT": str(server.server_address[1]), "http_proxy": "http://127.0.0.1:9"}
        command = [sys.executable, "deploy/healthy.py", "web"]
        done = subprocess.run(command, cwd=ROOT, env=environment, check=False, timeout=30)
        server.shutdown()
    assert done.returncode == 0


def test_where_it_listens_is_written_as_programs_read_it() -> None:
    assert web_address.listening("127.0.0.1", 8000) == "127.0.0.1:8000"
    assert web_address.listening("::", 8000) == "[::]:8000"


def test_it_checks_the_site_before_it_starts_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "pillow_version", "12.2.0")
    monkeypatch.setattr(serve.Command, "handle", lambda *_, **__: pytest.fail("it started"))
    with pytest.raises(SystemCheckError, match=r"Pillow .* is too old"):
        call_command("serve", skip_checks=False)
