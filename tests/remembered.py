"""What the decoding child answered, remembered: the same job on the same bytes is done once."""

import copy
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from posts.imaging.sandbox import Sandbox

Request = dict[str, Any]
Made = Callable[[dict[str, Any]], None]


@dataclass(frozen=True)
class Answer:
    """The child's last line, and each of its `made` lines with the bytes of that rendition."""

    done: dict[str, Any]
    files: list[tuple[dict[str, Any], bytes]]

    def give_again(self, folder: Path, made: Made) -> dict[str, Any]:
        """Do as the child did: write each file into `folder`, then tell of it."""
        for told, content in self.files:
            path = folder / Path(told["path"]).name
            path.write_bytes(content)
            made({**told, "path": str(path)})
        return copy.deepcopy(self.done)


_in_the_child = Sandbox._run
_answers: dict[str, Answer] = {}


def run(sandbox: Sandbox, request: Request, made: Made) -> dict[str, Any]:
    """Stand in for `Sandbox._run`; only what went well is remembered."""
    job = _job(request)
    if answer := _answers.get(job):
        return answer.give_again(Path(request.get("folder", "")), made)
    files = []

    def keep(told: dict[str, Any]) -> None:
        files.append((told, Path(told["path"]).read_bytes()))
        made(told)

    done = _in_the_child(sandbox, request, keep)
    _answers[job] = Answer(copy.deepcopy(done), files)
    return done


def _job(request: Request) -> str:
    """The request without its places, and the bytes that lie there."""
    places = {"path", "folder"}
    asked = {name: value for name, value in request.items() if name not in places}
    digest = hashlib.sha256(Path(request["path"]).read_bytes()).hexdigest()
    return f"{json.dumps(asked, sort_keys=True)} {digest}"
