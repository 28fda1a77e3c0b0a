"""The quick half of `make test`: lint, types, and the tests that need no server or have changed.

python scripts/check.py
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Run as a file, Python looks for modules next to it only.
sys.path.insert(0, str(ROOT))

from scripts import test  # noqa: E402

# Rendering real pictures, or starting sites, takes longer than somebody waits while writing.
SLOW = {"browser", "corpus", "deployment", "flow"}


def steps() -> list[test.Step]:
    """Return what a person wants to know before each commit."""
    lint = [step for step in test.steps() if step.group == "lint"]
    # One process more than there are cores: some of these wait for half a minute.
    most = f"--numprocesses={test.CORES + 1}"
    pure = test.Step("pure", "check", tests=["-m", "pure and not pipeline", *test.UNIT, most])
    if not (changed := changed_tests()):
        return [pure, *lint]
    left = "not stack and (not pure or pipeline)"
    return [pure, test.Step("changed", "check", tests=["-m", left, *changed]), *lint]


def changed_tests() -> list[str]:
    """Return the tests of every room and the test files that differ from `main`."""
    found = {rooms_tests(Path(name)) for name in changed_files()}
    return sorted(path for path in found if path and (ROOT / path).exists())


def changed_files() -> list[str]:
    """Return the files that differ from `main`, or on `main` itself from its last commit."""
    since = _git("merge-base", "HEAD", "main")[:1] or ["HEAD"]
    return _git("diff", "--name-only", *since) + _git("ls-files", "--others", "--exclude-standard")


def rooms_tests(changed: Path) -> str:
    """Return where the tests of a changed file are, "" for nowhere that is quick."""
    room, *inside = changed.parts
    if room == "tests":
        is_test = changed.name.startswith("test_") and inside[0] not in SLOW
        return str(changed) if is_test else ""
    return f"tests/{inside[0] if room == 'templates' else room}"


def _git(*command: str) -> list[str]:
    done = subprocess.run(
        ["git", *command], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False
    )
    return done.stdout.split()


if __name__ == "__main__":
    try:
        sys.exit(test.run_all(steps(), []))
    except KeyboardInterrupt:
        sys.exit(130)
