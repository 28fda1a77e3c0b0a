"""Which files Docker would send as the build context.

The rules are those of Docker's documentation on `.dockerignore` and of Go's `filepath.Match`: `*`
and `?` stop at a slash, `**` doesn't, `!` takes files back in, a pattern also covers what lies
below what it matches, and the last line that matches decides.
"""

import os
import posixpath
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Pattern:
    """One line of the file; `keeps` are the lines that begin with `!`."""

    regex: re.Pattern[str]
    keeps: bool


class Ignore:
    """The patterns of a `.dockerignore`."""

    def __init__(self, text: str) -> None:
        """Raises ValueError for a line that Docker would refuse."""
        self._patterns = list(_patterns(text))
        self._takes_back = any(pattern.keeps for pattern in self._patterns)

    def excludes(self, path: str) -> bool:
        """Whether a path, relative to the context and with slashes, stays outside."""
        names = path.split("/")
        lineage = ["/".join(names[: depth + 1]) for depth in range(len(names))]
        excluded = False
        for pattern in self._patterns:
            if any(pattern.regex.fullmatch(each) for each in lineage):
                excluded = not pattern.keeps
        return excluded

    def files(self, folder: Path) -> Iterator[str]:
        """Every file and link below a folder that would be sent."""
        for where, folders, names in os.walk(folder):
            here = Path(where).relative_to(folder)
            links = [name for name in folders if (Path(where) / name).is_symlink()]
            if not self._takes_back:
                folders[:] = [each for each in folders if not self.excludes(str(here / each))]
            for name in [*names, *links]:
                path = (here / name).as_posix()
                if not self.excludes(path):
                    yield path


def make(source: Path, target: Path) -> list[str]:
    """Copy what Docker would send from one folder into another; returns the paths."""
    ignore = Ignore((source / ".dockerignore").read_text())
    paths = sorted(ignore.files(source))
    for path in paths:
        place = target / path
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source / path, place, follow_symlinks=False)
    return paths


def _patterns(text: str) -> Iterator[Pattern]:
    for line in text.removeprefix("\ufeff").splitlines():
        words = line.strip()
        if line.startswith("#") or not words:
            continue
        keeps = words.startswith("!")
        words = words.removeprefix("!").strip()
        if not words:
            raise ValueError("a line holds only an exclamation mark")
        cleaned = posixpath.normpath(words).lstrip("/")
        if cleaned in ("", "."):
            continue
        yield Pattern(re.compile(_regex(cleaned), re.DOTALL), keeps)


def _regex(pattern: str) -> str:
    parts = []
    at = 0
    while at < len(pattern):
        if pattern.startswith("**", at):
            at += 3 if pattern.startswith("/", at + 2) else 2
            parts.append(".*" if at >= len(pattern) else "(?:.*/)?")
            continue
        sign = pattern[at]
        at += 1
        if sign == "*":
            parts.append("[^/]*")
        elif sign == "?":
            parts.append("[^/]")
        elif sign == "[":
            end = pattern.index("]", at + 1)
            inside = pattern[at:end].replace("\\", "\\\\")
            parts.append(f"[{inside}]")
            at = end + 1
        elif sign == "\\" and at < len(pattern):
            parts.append(re.escape(pattern[at]))
            at += 1
        else:
            parts.append(re.escape(sign))
    return "".join(parts)
