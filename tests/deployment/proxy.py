"""Caddy with the shipped Caddyfile, on free ports, with certificates that it makes itself."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CADDY = Path(sys.executable).parent / "caddy"


def certificate(folder: Path) -> Path:
    """The root certificate of the proxy's own authority, which stands for a public one."""
    return folder / "caddy" / "pki" / "authorities" / "local" / "root.crt"


def program(
    folder: Path, env: dict[str, str], ports: Mapping[str, int]
) -> tuple[list[str], dict[str, str]]:
    """The command and the environment of a proxy that keeps its things in a folder.

    `env` is what the Caddyfile asks for, `ports` has those for `http`, `https` and `health`.
    """
    done = subprocess.run(
        [CADDY, "adapt", "--adapter", "caddyfile", "--config", ROOT / "deploy" / "Caddyfile"],
        env=env | {"HEALTH_PORT": str(ports["health"])},
        capture_output=True,
        check=True,
    )
    config = json.loads(done.stdout)
    http = config["apps"]["http"]
    http |= {"http_port": ports["http"], "https_port": ports["https"]}
    for server in http["servers"].values():
        if server["listen"] == [":443"]:
            server["listen"] = [f"127.0.0.1:{ports['https']}"]
            server["automatic_https"] = {"disable_redirects": True}
    # The machine that runs the tests must not come to trust it.
    config["apps"]["pki"] = {"certificate_authorities": {"local": {"install_trust": False}}}
    path = folder / "caddy.json"
    path.write_text(json.dumps(config))
    places = dict.fromkeys(("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"), str(folder))
    return [str(CADDY), "run", "--config", str(path)], {"PATH": os.environ["PATH"], **places}
