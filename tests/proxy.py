"""The deployment's own proxy, as a process in front of a site or a store."""

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def _is_up(port: int) -> bool:
    with socket.socket() as probe:
        return not probe.connect_ex(("127.0.0.1", port))


@contextlib.contextmanager
def proxy(
    *, web: str = "127.0.0.1:1", store: str = "127.0.0.1:1", **settings: str
) -> Iterator[str]:
    """The address of `deploy/Caddyfile` in front of `web` and `store` (each host:port)."""
    from tests.site import wait_for

    with socket.socket() as first, socket.socket() as second:
        for probe in (first, second):
            probe.bind(("127.0.0.1", 0))
        port, health = first.getsockname()[1], second.getsockname()[1]
    caddy = Path(sys.executable).parent / "caddy"
    config = ROOT / "deploy" / "Caddyfile"
    with tempfile.TemporaryDirectory(prefix="notes-proxy-") as home:
        process = subprocess.Popen(
            [caddy, "run", "--adapter", "caddyfile", "--config", config],
            env={
                "PATH": os.environ["PATH"],
                "SITE_ADDRESS": f"http://127.0.0.1:{port}",
                "HEALTH_PORT": str(health),
                "WEB_UPSTREAM": web,
                "S3_UPSTREAM": store,
                "HOME": home,
                **settings,
            },
            stderr=subprocess.DEVNULL,
        )
        try:
            wait_for(lambda: _is_up(port), 10, "the proxy to start")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(10)
