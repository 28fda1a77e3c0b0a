"""Is this container healthy? `web` asks /healthz, `background` looks at its own heartbeat."""

import os
import sys
import time
import urllib.request
from pathlib import Path

# Twelve heartbeats of a worker, six messages of the schedule.
SILENT_SECONDS = 120


def web() -> bool:
    """Whether the web server in this container answers."""
    port = os.environ.get("PORT", "8000")
    # Docker may name the machine's proxy in every container's environment: this is not for it.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"http://127.0.0.1:{port}/healthz", timeout=4) as answer:
        return bool(answer.status == 200)


def background() -> bool:
    """Whether this container's own process left a sign of life (notes_site/heartbeats.py)."""
    file = Path(os.environ["HEARTBEAT_FILE"])
    return file.exists() and time.time() - file.stat().st_mtime < SILENT_SECONDS


if __name__ == "__main__":
    checks = {"web": web, "background": background}
    try:
        sys.exit(0 if checks[sys.argv[1]]() else "no sign of life")
    except Exception as error:  # noqa: BLE001 - whatever it is, its text is what the owner needs
        sys.exit(str(error))
