"""docker-compose.yml without Docker: its services' own commands and settings as plain processes.

`Compose.shell` carries out the commands that README.md and docs/operations.md give, word by word.
PostgreSQL, Valkey and the S3 store are those of scripts/stack.py; everything of ours, and the
proxy, is started as the file says, in its order, each container with folders of its own for what
the file mounts. Only host names and ports differ.
"""

import contextlib
import itertools
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, Any

from scripts.stack import Stack
from tests.deployment import proxy
from tests.deployment.container import Container, free_port
from tests.deployment.image import Image

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
HOST = "localhost"
START_SECONDS = 300
FOLDER_NAMES = re.compile(r"(?<![\w./-])/(venv|site|data|build|tmp|store)(?![\w.-])")
# Options of `docker compose exec` that need nothing here.
FLAGS = {"-T"}


class Compose:
    """One deployment. Use it as a context manager; at the end no process is left."""

    def __init__(self, image: Image, stack: Stack, folder: Path) -> None:
        self.image = image
        self.stack = stack
        self.folder = folder
        self.project = folder / "project"
        self.project.mkdir()
        for name in (".env.example", "docker-compose.yml"):
            (self.project / name).write_text((ROOT / name).read_text())
        self.ports = {name: free_port() for name in ("web", "http", "https", "health")}
        self.containers: dict[str, Container] = {}
        # What ran once and ended well.
        self.ended: dict[str, Container] = {}
        self._may_fail = False
        self._services: dict[str, dict[str, Any]] = {}
        self._read_at = 0
        self.url = f"https://{HOST}:{self.ports['https']}"

    def __enter__(self) -> "Compose":
        return self

    def __exit__(self, *_error: object) -> None:
        self._end(list(self.containers))

    def _end(self, names: list[str]) -> None:
        """Stop some containers side by side."""
        with ThreadPoolExecutor(max(1, len(names))) as pool:
            list(pool.map(lambda name: self.containers.pop(name).stop(), names))

    @property
    def certificate(self) -> Path:
        """The root certificate of the proxy's own authority, which stands for a public one."""
        return proxy.certificate(self.folder / "proxy")

    def fill_in(self, **settings: str) -> None:
        """Fill in `.env` as .env.example asks: the host and the secrets."""
        known = self.stack.secrets
        values = {
            "SITE_HOST": HOST,
            "SECRET_KEY": "only-for-tests-" + "0123456789abcdef" * 3,
            "POSTGRES_PASSWORD": known["postgres"],
            "VALKEY_PASSWORD": known["valkey"],
            "S3_KEY": known["app_key"],
            "S3_SECRET": known["app_secret"],
        } | settings
        lines = (self.project / ".env").read_text().splitlines()
        names = [line.split("=")[0] for line in lines]
        filled = [
            f"{name}={values[name]}" if name in values and "=" in line else line
            for name, line in zip(names, lines, strict=True)
        ]
        left = [f"{name}={value}" for name, value in values.items() if name not in names]
        (self.project / ".env").write_text("\n".join([*filled, *left]) + "\n")

    def services(self) -> dict[str, dict[str, Any]]:
        """The services as the engine would get them."""
        if self._read_at == (mark := (self.project / ".env").stat().st_mtime_ns):
            return self._services
        done = subprocess.run(
            [BIN / "docker-compose", "config", "--format", "json"],
            cwd=self.project,
            env={"PATH": os.environ["PATH"], "HOME": str(self.folder)},
            capture_output=True,
            text=True,
            check=True,
        )
        self._services = json.loads(done.stdout)["services"]
        self._read_at = mark
        return self._services

    def shell(self, line: str, *, may_fail: bool = False) -> str:
        """Carry out one documented command; returns what it printed.

        Raises AssertionError when it fails and may not.
        """
        self._may_fail = may_fail
        words = shlex.split(line, comments=True)
        if words[0] != "docker":
            done = subprocess.run(
                ["bash", "-ec", line], cwd=self.project, capture_output=True, check=False
            )
            return self._finish(words, done)
        with contextlib.ExitStack() as opened:
            streams: dict[str, IO[Any] | int] = {"stdin": subprocess.DEVNULL}
            for sign, name, mode in (("<", "stdin", "rb"), (">", "stdout", "wb")):
                if sign in words:
                    at = words.index(sign)
                    streams[name] = opened.enter_context((self.project / words[at + 1]).open(mode))
                    del words[at : at + 2]
            if words[1] == "run":
                return self._run(words[2:], streams)
            assert words[1] == "compose", line
            return getattr(self, f"_{words[2]}")(words[3:], streams) or ""

    def _finish(self, words: list[str], done: "subprocess.CompletedProcess[bytes]") -> str:
        said = (done.stdout or b"").decode(errors="replace")
        assert self._may_fail or done.returncode == 0, (
            f"{words}\n{said}{(done.stderr or b'').decode()}"
        )
        return said

    def _up(self, words: list[str], _streams: dict[str, Any]) -> None:
        scale = dict(each.split("=") for each in words if "=" in each)
        names = [each for each in words if not each.startswith("-") and "=" not in each]
        services = self.services()
        for name in _in_order(services, names or list(services)):
            for number in range(1, int(scale.get(name, 1)) + 1):
                self._up_one(f"{name}-{number}" if number > 1 else name, services[name])
        awaited = {
            needed
            for service in services.values()
            for needed, how in (service.get("depends_on") or {}).items()
            if how["condition"] == "service_healthy"
        }
        for name in awaited & set(self.containers):
            self._wait_until_healthy(self.containers[name], services[name])

    def _up_one(self, name: str, service: dict[str, Any]) -> None:
        if server := getattr(self.stack, name, None):
            server.start()
            return
        if (running := self.containers.get(name)) and running.image is not self.image:
            # As Docker does when an image was built anew.
            running.stop()
        elif running:
            return
        container = self._container(name, service)
        container.start(self._cwd(service))
        if service["restart"] == "no":
            assert container.process is not None
            assert container.process.wait(START_SECONDS) == 0, f"{name}\n{container.log}"
            self.ended[name] = container
            return
        self.containers[name] = container

    def _wait_until_healthy(self, container: Container, service: dict[str, Any]) -> None:
        deadline = time.monotonic() + START_SECONDS
        while (done := self.health(container.name, service)).returncode:
            assert container.process is not None
            assert container.process.poll() is None, f"{container.name} ended\n{container.log}"
            said = f"{done.stdout}{done.stderr}{container.log}"
            assert time.monotonic() < deadline, f"{container.name} is not healthy\n{said}"
            time.sleep(0.3)

    def health(
        self, name: str, service: dict[str, Any] | None = None
    ) -> "subprocess.CompletedProcess[str]":
        """What the container's own health check says."""
        service = service or self.services()[name.split("-")[0]]
        kind, *command = service["healthcheck"]["test"]
        assert kind == "CMD"
        container = self.containers[name]
        command = [self._map(word, container.folder) for word in command]
        if name == "proxy":
            # The image has wget; not every machine that runs the tests does.
            command = [sys.executable, "-c", _ASK, command[-1]]
        return subprocess.run(
            command,
            cwd=self._cwd(service),
            env=container.env,
            capture_output=True,
            text=True,
            check=False,
        )

    def _down(self, words: list[str], streams: dict[str, Any]) -> None:
        """Stop everything; with `--volumes` its data goes too."""
        self._stop([], streams)
        if "--volumes" in words:
            for server in (self.stack.postgres, self.stack.s3):
                shutil.rmtree(server.folder)
                server.folder.mkdir()
                self.stack.account.own(server.folder, 0o700)

    def _stop(self, words: list[str], _streams: dict[str, Any]) -> None:
        for name in words or [*self.containers, "valkey", "s3", "postgres"]:
            if server := getattr(self.stack, name, None):
                server.stop()
            self._end([each for each in self.containers if each.split("-")[0] == name])

    def _exec(self, words: list[str], streams: dict[str, Any]) -> str:
        """In a running container; the databases' programs come from the stack's package."""
        name, *command = _without_flags(words)
        return self._inside(name, command, streams)

    def _run(self, words: list[str], streams: dict[str, Any]) -> str:
        """`docker run` of the store's image, which has the same programs, on the store's volume."""
        given = dict(itertools.pairwise(words))
        assert given["-v"] == "notes_pictures:/store"
        at = words.index("notes-s3")
        assert self.services()["s3"]["image"] == "notes-s3:latest"
        return self._inside("s3", [given["--entrypoint"], *words[at + 1 :]], streams)

    def _create(self, words: list[str], _streams: dict[str, Any]) -> None:
        """Containers and their volumes; here the servers' folders, which are there."""
        assert set(words) <= set(self.services())

    def _inside(self, name: str, command: list[str], streams: dict[str, Any]) -> str:
        service = self.services()[name]
        if getattr(self.stack, name, None):
            folder, env, cwd = self.folder, self._server_env(), self.folder
        else:
            container = self.containers.get(name) or self._container(name, service)
            folder, cwd = container.folder, self._cwd(service)
            env = container.env | {"SSL_CERT_FILE": str(self.certificate)}
        done = subprocess.run(
            [self._map(word, folder) for word in command],
            cwd=cwd,
            env=env,
            stdin=streams["stdin"],
            stdout=streams.get("stdout", subprocess.PIPE),
            stderr=subprocess.PIPE,
            check=False,
        )
        return self._finish(command, done)

    def _server_env(self) -> dict[str, str]:
        programs = self.stack.programs.postgres.parent
        return {
            "PATH": f"{programs}:{os.environ['PATH']}",
            "PGHOST": "127.0.0.1",
            "PGPORT": str(self.stack.postgres.port),
            "PGPASSWORD": self.stack.secrets["postgres"],
        }

    def _container(self, name: str, service: dict[str, Any]) -> Container:
        folder = self.folder / name
        for part in ("tmp", "data/tmp", "data/media", "data/broker"):
            (folder / part).mkdir(parents=True, exist_ok=True)
        given = {key: str(value) for key, value in (service.get("environment") or {}).items()}
        if name == "proxy":
            env = {key: self._map(value, folder) for key, value in given.items()}
            return Container(name, self.image, folder, *proxy.program(folder, env, self.ports))
        built = {key: value for key, value in self.image.env.items() if key != "PATH"}
        env = {key: self._map(value, folder) for key, value in (built | given).items()}
        env = self.image.environment() | env | {"TMPDIR": str(folder / "tmp")}
        if service.get("image", "").startswith("postgres:"):
            env |= self._server_env()
        static = folder / "data" / "static"
        if not static.exists():
            static.symlink_to(self.image.root / "data" / "static")
        command = [*(service.get("entrypoint") or []), *(service.get("command") or [])]
        mapped = [self._map(word, folder) for word in command or self.image.command]
        return Container(name, self.image, folder, mapped, env)

    def _cwd(self, service: dict[str, Any]) -> Path:
        ours = service.get("build", {}).get("target") == "site"
        return Path(self.image.here(self.image.folder)) if ours else self.folder

    def _map(self, text: str, folder: Path) -> str:
        """The same text with this machine's folders, hosts and ports."""
        places = {"tmp": folder / "tmp", "data": folder / "data", "store": self.stack.s3.folder}

        def place(match: re.Match[str]) -> str:
            return str(places.get(match[1], self.image.root / match[1]))

        text = FOLDER_NAMES.sub(place, text)
        known = {
            "postgres:5432": f"127.0.0.1:{self.stack.postgres.port}",
            "valkey:6379": f"127.0.0.1:{self.stack.valkey.port}",
            "s3:8333": f"127.0.0.1:{self.stack.s3.port}",
            "127.0.0.1:2020": f"127.0.0.1:{self.ports['health']}",
            "web:8000": f"127.0.0.1:{self.ports['web']}",
            f"https://{HOST}": self.url,
        }
        for there, here in known.items():
            text = re.sub(rf"(?<![\w.-]){re.escape(there)}(?![\w:.-])", here, text)
        return str(self.ports["web"]) if text == "8000" else text


_ASK = "import os, sys, urllib.request as u; u.urlopen(sys.argv[1], timeout=5)"


def _without_flags(words: list[str]) -> list[str]:
    at = next(index for index, word in enumerate(words) if word not in FLAGS)
    return words[at:]


def _in_order(services: dict[str, dict[str, Any]], wanted: list[str]) -> Iterator[str]:
    """The wanted services and all they depend on, each after what it depends on."""
    done: list[str] = []

    def take(name: str) -> None:
        for needed in services[name].get("depends_on") or {}:
            take(needed)
        if name not in done:
            done.append(name)

    for name in wanted:
        take(name)
    return iter(done)
