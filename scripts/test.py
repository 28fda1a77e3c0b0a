"""The one command that people and CI run: lint, types, tests on both stacks, a real browser.

    python scripts/test.py [GROUP | STEP …]

Without names every step runs, also after one has failed. With CI set, a step or a test that was
left out is a failure.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parent.parent
# Run as a file, Python looks for modules next to it only.
sys.path.insert(0, str(ROOT))

from scripts.chromium import PACKAGES, chromium_path  # noqa: E402
from scripts.servers import MAX_PROCESSES  # noqa: E402

BIN = Path(sys.executable).parent
# What a person may have exported, and what would lead a test to a real database.
SETTINGS = (
    "DATABASE_URL",
    "REDIS_URL",
    "STORAGE_URL",
    "STORAGE_PUBLIC_URL",
    "SITE_URL",
    "ALLOWED_HOSTS",
)
PRODUCTION = {
    "SITE_URL": "https://notes.example.org",
    "ALLOWED_HOSTS": "notes.example.org",
    "SECRET_KEY": "only-for-the-deployment-check-0123456789-abcdefghijklmnopqrstuvwxyz",
    "EMAIL_URL": "submission://user:password@mail.example.org:587",
    "HOST": "0.0.0.0",  # noqa: S104
    "TRUSTED_PROXIES": "1",
}
_running: set[subprocess.Popen[bytes]] = set()
_printing = threading.Lock()
COMPOSE_SECRETS = ("SECRET_KEY", "POSTGRES_PASSWORD", "VALKEY_PASSWORD", "S3_KEY", "S3_SECRET")
# These start sites and wait for them; the unit tests are the others.
RUNNING_SITES = ("browser", "corpus", "deployment", "flow")
CORES = os.cpu_count() or 1
UNIT = [
    "--numprocesses",
    str(min(MAX_PROCESSES, CORES)),
    "--dist=loadscope",
    *(f"--ignore=tests/{folder}" for folder in RUNNING_SITES),
    "tests",
]
# One more than there are cores: those that drive a site also wait for it.
STEPS_AT_ONCE = CORES + 1
# With the slowest tests named, for whoever wants a run to take less.
PYTEST = ["-q", "--durations=10", "--durations-min=5"]


@dataclass
class Step:
    """One command; `tests` are pytest's arguments, and then `command` is not used."""

    name: str
    group: str
    command: Sequence[str | Path] = ()
    tests: Sequence[str] = ()
    stack: bool = False
    env: dict[str, str] = field(default_factory=dict)


@dataclass
class Result:
    """How a step went; the counts are tests."""

    ok: bool
    seconds: float
    passed: int = 0
    failed: int = 0
    skipped: int = 0


def steps() -> list[Step]:
    """Return every step in the order in which a full run takes them."""
    manage: list[str | Path] = [BIN / "python", "manage.py"]
    templates = sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("templates/**/*.html"))
    compose: list[str | Path] = [
        BIN / "docker-compose",
        "--env-file",
        ".env.example",
        "-f",
        "docker-compose.yml",
    ]
    corpus = os.environ.get("CORPUS", "")
    return [
        Step("ruff", "lint", [BIN / "ruff", "check", "."]),
        Step("format", "lint", [BIN / "ruff", "format", "--check", "."]),
        Step("mypy", "lint", [BIN / "mypy", "."]),
        Step("imports", "lint", [BIN / "lint-imports", "--no-cache"]),
        Step(
            "templates", "lint", [BIN / "djade", "--target-version", "5.2", "--check", *templates]
        ),
        Step("migrations", "lint", [*manage, "makemigrations", "--check", "--dry-run"]),
        Step(
            "deploy",
            "lint",
            [*manage, "check", "--deploy", "--fail-level", "WARNING"],
            env=PRODUCTION,
        ),
        Step("dockerfile", "lint", [BIN / "hadolint", "--config", ".hadolint.yaml", "Dockerfile"]),
        Step(
            "compose",
            "lint",
            [*compose, "config", "-q"],
            env=dict.fromkeys(COMPOSE_SECRETS, "secret"),
        ),
        # The unit tests, which compute, beside those that wait for a site.
        Step("unit-stack", "stack", tests=["-m", "not pure", *UNIT], stack=True),
        Step("browser-stack", "stack", tests=["tests/browser"], stack=True),
        Step("flow-stack", "stack", tests=["tests/flow"], stack=True),
        Step("unit", "unit", tests=["-m", "not stack", *UNIT]),
        Step("browser", "browser", tests=["-m", "not once", "tests/browser"]),
        Step("flow", "flow", tests=["-m", "not stack and not once", "tests/flow"]),
        # It brings its own servers, one set for the compose file's commands.
        Step("deployment", "stack", tests=["tests/deployment"]),
        Step("corpus", "corpus", tests=["tests/corpus"], env={"CORPUS": corpus}),
    ]


def choose(names: list[str]) -> tuple[list[Step], list[str]]:
    """Return the steps to run and the names of those that a full run leaves out."""
    every = steps()
    known = {step.name for step in every} | {step.group for step in every}
    for name in names:
        if name not in known:
            sys.exit(f"There is no step {name}. There are: {', '.join(sorted(known))}.")
    if names:
        return [step for step in every if {step.name, step.group} & set(names)], []
    left_out = [] if os.environ.get("CORPUS") else ["corpus"]
    return [step for step in every if step.name not in left_out], left_out


def install_tools() -> dict[str, str]:
    """Return the variable that names Chromium; install it and exiftool, or stop."""
    chromium = chromium_path()
    missing = [] if chromium and Path(chromium).exists() else [PACKAGES[0]]
    if not shutil.which("exiftool"):
        missing.append("libimage-exiftool-perl")
    if missing and not (shutil.which("apt-get") and os.geteuid() == 0):
        sys.exit(
            f"The tests need {' and '.join(missing)} (the names of the Debian packages): install "
            "them and run this again. CHROMIUM=/path names a Chromium that is somewhere else."
        )
    if missing:
        print(f"Installing {' and '.join(missing)} with apt-get.", flush=True)
        for command in (["update", "-q"], ["install", "-qy", "--no-install-recommends", *missing]):
            env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
            if subprocess.call(["apt-get", *command], env=env, stdout=subprocess.DEVNULL):
                sys.exit(f"apt-get {command[0]} failed; install {' and '.join(missing)} by hand.")
    return {"CHROMIUM": chromium_path() or ""}


def execute(command: Sequence[str | Path], env: dict[str, str], output: IO[str]) -> int:
    """Run the command to its end, its words to `output`; return its exit code.

    Nothing it started is left running. There is no limit of time: a step may be slow, and a test
    that hangs ends by pytest's own `timeout` (pyproject.toml).
    """
    process = subprocess.Popen(
        command, cwd=ROOT, env=env, start_new_session=True, stdout=output, stderr=output
    )
    _running.add(process)
    try:
        return process.wait()
    finally:
        _running.discard(process)
        for number in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, number)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(15)


def run(chosen: list[Step], folder: Path, tools: dict[str, str]) -> dict[str, Result]:
    """Run the steps, some at a time, and return how each of them went, in their order."""
    work = partial(run_and_print, folder=folder, tools=tools)
    with ThreadPoolExecutor(STEPS_AT_ONCE) as pool:
        try:
            results = list(pool.map(work, chosen))
        except KeyboardInterrupt:
            pool.shutdown(wait=False, cancel_futures=True)
            for process in list(_running):
                # As Ctrl-C does: pytest then stops the sites that its tests have started.
                os.killpg(process.pid, signal.SIGINT)
            raise
    return {step.name: result for step, result in zip(chosen, results, strict=True)}


def run_and_print(step: Step, folder: Path, tools: dict[str, str]) -> Result:
    """Run one step and print what it said in one piece, so that several stay readable."""
    log = folder / f"{step.name}.log"
    with log.open("w", encoding="utf-8") as output:
        result = run_step(step, folder, tools, output)
    with _printing:
        print(f"\n=== {step.name}: {result.seconds:.0f} s")
        print(log.read_text(encoding="utf-8", errors="replace"), end="", flush=True)
    return result


def run_step(step: Step, folder: Path, tools: dict[str, str], output: IO[str]) -> Result:
    """Run one step with a data folder of its own and return how it went."""
    data, report = folder / f"{step.name}-data", folder / f"{step.name}.xml"
    env = {name: value for name, value in os.environ.items() if name not in SETTINGS}
    # Else each of some hundred processes compiles every module again, and pytest each test.
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    env |= {"DATA_DIR": str(data), **tools, **step.env}
    command: list[str | Path] = list(step.command)
    if step.tests:
        command = [BIN / "python", "-m", "pytest", *PYTEST, f"--junitxml={report}", *step.tests]
    if step.stack:
        stack: list[str | Path] = [
            BIN / "python",
            "scripts/stack.py",
            "--fast",
            "--data",
            folder / f"{step.name}-servers",
        ]
        command = [*stack, "run", "--", *command]
    start = time.monotonic()
    code = execute(command, env, output)
    result = Result(code == 0, time.monotonic() - start)
    if step.tests:
        count(report, result)
    return result


def count(report: Path, result: Result) -> None:
    """Fill in the numbers of tests from pytest's report; none at all is a failure."""
    suites = ElementTree.parse(report).getroot().iter("testsuite") if report.exists() else ()  # noqa: S314
    for suite in suites:
        total, skipped = int(suite.get("tests", 0)), int(suite.get("skipped", 0))
        failed = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
        result.failed += failed
        result.skipped += skipped
        result.passed += total - skipped - failed
    if not result.passed:
        result.ok = False


def summarise(results: dict[str, Result], left_out: list[str]) -> int:
    """Print the table and the totals; return the exit code."""
    print()
    for name, result in results.items():
        tests = f"{result.passed} passed, {result.failed} failed, {result.skipped} skipped"
        counted = tests if result.passed or result.failed or result.skipped else ""
        print(f"{'ok' if result.ok else 'FAILED':<7}{name:<15}{result.seconds:7.1f} s  {counted}")
    passed, failed, skipped = (
        sum(getattr(result, name) for result in results.values())
        for name in ("passed", "failed", "skipped")
    )
    broken = [name for name, result in results.items() if not result.ok]
    if broken:
        print(f"Failed: {', '.join(broken)}.")
    if left_out:
        print(f"Left out: {', '.join(left_out)} (needs CORPUS=DIR, the folder of test pictures).")
    if skipped:
        print(f"Left out: {skipped} tests, each named above with its reason.")
    incomplete = bool(os.environ.get("CI")) and bool(left_out or skipped)
    if incomplete:
        print("In CI nothing may be left out.")
    # Steps without tests of their own count as one, so that the last line can't look green alone.
    failed += sum(1 for name in broken if not results[name].failed)
    print(f"{passed} passed, {failed} failed, {skipped} skipped", flush=True)
    return 1 if broken or incomplete else 0


def run_all(chosen: list[Step], left_out: list[str]) -> int:
    """Run the steps and say how they went; return the exit code."""
    tools = install_tools() if any(step.tests for step in chosen) else {}
    with tempfile.TemporaryDirectory(prefix="notes-test-") as name:
        # The stack's servers run as another user when we are root, and must get to their data.
        Path(name).chmod(0o711)
        results = run(chosen, Path(name), tools)
    return summarise(results, left_out)


if __name__ == "__main__":
    try:
        sys.exit(run_all(*choose(sys.argv[1:])))
    except KeyboardInterrupt:
        sys.exit(130)
