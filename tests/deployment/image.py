"""The Dockerfile's own steps, carried out in a folder instead of by Docker.

Every absolute folder that the Dockerfile makes (`/venv`, `/site`, …) lies below one temporary
folder. Three things differ: Python is the one that runs the tests, the account is not made
(`useradd` and the ownership), and nothing is downloaded: the virtual environment gets from ours
exactly the distributions that requirements.txt names, in those versions.
"""

import json
import os
import re
import shlex
import subprocess
import sys
import sysconfig
from dataclasses import dataclass, field
from importlib.metadata import Distribution, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

FOLDERS = ("venv", "site", "data", "build")
PLACES = re.compile(rf"(?<![\w./-])/({'|'.join(FOLDERS)})(?![\w.-])")
STEP_SECONDS = 300


@dataclass
class Image:
    """What a build left: a folder for `/`, the environment, the working folder and the command."""

    root: Path
    env: dict[str, str] = field(default_factory=dict)
    folder: str = "/"
    command: list[str] = field(default_factory=list)
    user: str = ""

    def here(self, text: str) -> str:
        """The same text with the image's folders where they lie on this machine."""
        return PLACES.sub(lambda match: f"{self.root}/{match[1]}", text)

    def environment(self) -> dict[str, str]:
        """The environment of a process in a container of this image."""
        machine = {"PATH": f"{self.root}/bin:{os.defpath}", "LANG": "C.UTF-8"}
        return machine | {name: self.here(value) for name, value in self.env.items()}

    def run(self, command: list[str], **env: str) -> "subprocess.CompletedProcess[str]":
        """Run a command as `docker run` would; what it says is captured."""
        return subprocess.run(
            [self.here(word) for word in command],
            cwd=self.here(self.folder),
            env=self.environment() | env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=STEP_SECONDS,
        )


class Build:
    """Carries out stages one after the other."""

    def __init__(self, context: Path, root: Path) -> None:
        self._context = context
        self._root = root
        programs = root / "bin"
        programs.mkdir(parents=True)
        base = getattr(sys, "_base_executable", sys.executable)
        _script(programs / "python", f'exec {shlex.quote(base)} "$@"')
        _script(programs / "useradd", "exit 0")
        # Not the options that name an owner.
        _script(programs / "install", 'shift 5; exec mkdir -p "$@"')

    def stage(self, name: str) -> Image:
        """Carry out a stage of the context's Dockerfile; raises AssertionError if a step fails."""
        image = Image(self._root)
        for word, rest in steps((self._context / "Dockerfile").read_text(), name):
            getattr(self, f"_{word.lower()}")(image, rest)
        return image

    def _env(self, image: Image, rest: str) -> None:
        known = {"PATH": image.environment()["PATH"]} | image.env
        for pair in shlex.split(rest):
            name, value = pair.split("=", 1)
            image.env[name] = re.sub(r"\$(\w+)", lambda match: known.get(match[1], ""), value)

    def _workdir(self, image: Image, rest: str) -> None:
        image.folder = rest
        Path(image.here(rest)).mkdir(parents=True, exist_ok=True)

    def _copy(self, image: Image, rest: str) -> None:
        *sources, target = shlex.split(rest)
        if sources[0].startswith("--from="):
            # Both stages have the same folder for `/`.
            assert sources[1:] == [target], rest
            assert Path(image.here(target)).is_dir(), f"the earlier stage made no {target}"
            return
        place = Path(image.here(image.folder), image.here(target))
        for source in sources:
            found = self._context / source
            assert found.exists(), f"COPY {source}: it is not in the build context"
            # GNU's cp and Docker agree on a file into a folder, and on the contents of a folder.
            names = [f"{found}/."] if found.is_dir() else [str(found)]
            subprocess.run(["cp", "-a", *names, str(place)], check=True)

    def _run(self, image: Image, rest: str) -> None:
        if match := re.fullmatch(r"/venv/bin/pip install --only-binary=:all: -r (\S+)", rest):
            install(Path(image.here(image.folder), match[1]), self._root / "venv")
            return
        if rest == "python -m venv /venv":
            rest = "python -m venv --without-pip /venv"
        done = image.run(["sh", "-ec", rest])
        assert done.returncode == 0, f"RUN {rest}\n{done.stdout}{done.stderr}"

    def _cmd(self, image: Image, rest: str) -> None:
        image.command = json.loads(rest)

    def _user(self, image: Image, rest: str) -> None:
        image.user = rest

    def _expose(self, image: Image, rest: str) -> None:
        pass

    _healthcheck = _expose


def steps(dockerfile: str, stage: str) -> list[tuple[str, str]]:
    """The instructions of one stage, each as its word and the rest, continued lines joined."""
    lines = [line for line in dockerfile.splitlines() if not line.lstrip().startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    found: dict[str, list[tuple[str, str]]] = {}
    name = ""
    for line in filter(None, map(str.strip, joined.splitlines())):
        word, rest = line.split(maxsplit=1)
        if word == "FROM":
            name = rest.split(" AS ")[1]
        else:
            found.setdefault(name, []).append((word, " ".join(rest.split())))
    return found[stage]


def install(requirements: Path, venv: Path) -> None:
    """Put the named distributions into the environment, and no other.

    Raises AssertionError when ours has another version of one, or when one of them needs a
    distribution that the file doesn't name.
    """
    lines = [line for line in requirements.read_text().splitlines() if line and line[0] != "#"]
    wanted = [Requirement(line) for line in lines]
    extras = {canonicalize_name(each.name): each.extras for each in wanted}
    python = Path(sysconfig.get_path("purelib")).parent.name
    for each in wanted:
        found = distribution(each.name)
        assert each.specifier.contains(found.version), f"{each} is wanted, {found.version} is here"
        for need in map(Requirement, found.requires or []):
            asked = [*extras[canonicalize_name(each.name)], ""]
            if not need.marker or any(need.marker.evaluate({"extra": name}) for name in asked):
                assert canonicalize_name(need.name) in extras, f"{each.name} needs {need}"
    for each in wanted:
        _link(distribution(each.name), venv / "lib" / python / "site-packages", venv / "bin")


def _link(found: Distribution, packages: Path, programs: Path) -> None:
    for path in found.files or []:
        if ".." not in path.parts:
            place = packages / str(path)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.symlink_to(Path(str(found.locate_file(path))).absolute())
    for entry in found.entry_points.select(group="console_scripts"):
        code = f"import sys; from {entry.module} import {entry.attr} as main; sys.exit(main())"
        _script(programs / entry.name, f'exec {programs}/python -c "{code}" "$@"')


def _script(path: Path, line: str) -> None:
    path.write_text(f"#!/bin/sh\n{line}\n")
    path.chmod(0o755)
