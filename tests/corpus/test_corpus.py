"""A fixed slice of the corpus through HTTP and worker: each file ends as its row expects."""

import hashlib
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from scripts.corpus import MAX_BYTES, Costs, Outcome, faults, paths, rows, send, unlike_upright
from tests.exiftool import telling, told_by_exiftool
from tests.site import Site
from tests.visitor import Visitor

pytestmark = pytest.mark.pipeline

WHOLE_FOLDERS = ("photos/", "orientation/", "exif-gps/")
# Of every other folder the first files by a hash of their path: fixed, and of all kinds.
OF_EACH = 2
OF_SOME = {"bombs/": 15, "polyglots/": 7, "confusion/": 8, "names/": 1, "metadata/": 6, "heif/": 5}


def slice_of(folder: Path) -> list[str]:
    """The paths to send, in the manifest's order."""
    every = list(paths(folder))
    chosen = {path for path in every if path.startswith(WHOLE_FOLDERS)}
    for name in sorted({path.split("/")[0] + "/" for path in every}):
        here = [path for path in every if path.startswith(name)]
        here.sort(key=lambda path: hashlib.sha256(path.encode()).digest())
        chosen |= set(here[: OF_SOME.get(name, OF_EACH)])
    return [path for path in every if path in chosen]


@dataclass
class Run:
    """The site after the slice, who sent it, and how each file ended."""

    site: Site
    member: Visitor
    outcomes: dict[str, Outcome]
    workers: set[int]
    memory: int

    def state(self, path: str) -> dict[str, Any]:
        """The upload's JSON."""
        return dict(self.member.get(f"/uploads/{self.outcomes[path].upload}/").json())


@pytest.fixture(scope="module")
def run() -> Iterator[Run]:
    """Send the slice, two files at a time."""
    folder = Path(os.environ["CORPUS"])
    with Site() as site:
        workers = {process.pid for process in site.processes("worker")}
        member = site.member()
        with ThreadPoolExecutor(2) as pool, Costs(site).watched() as costs:
            sent = pool.map(lambda row: send(member, row), rows(folder, slice_of(folder)))
            outcomes = {outcome.row.path: outcome for outcome in sent}
            _cpu, memory = costs.since_last()
        yield Run(site, member, outcomes, workers, memory)


def test_every_file_ends_as_its_row_expects(run: Run) -> None:
    assert len(run.outcomes) >= 160
    wrong = {
        path: (outcome.row.expected, outcome.got, outcome.reason)
        for path, outcome in run.outcomes.items()
        if outcome.problem
    }
    assert wrong == {}


def test_nothing_takes_long_dies_or_logs_a_traceback(run: Run) -> None:
    assert faults(run.site, run.workers) == []
    slow = {path: each.seconds for path, each in run.outcomes.items() if each.seconds > 30}
    assert slow == {}
    assert run.memory <= MAX_BYTES


def test_originals_are_kept_and_renditions_are_bare(run: Run, tmp_path: Path) -> None:
    ready = [each for each in run.outcomes.values() if each.got == "ready"]
    assert len(ready) >= 100
    for number, outcome in enumerate(ready):
        sha256 = hashlib.sha256(outcome.row.data).hexdigest()
        state = run.state(outcome.row.path)
        assert state["sha256"] == sha256
        if outcome.row.path.startswith(WHOLE_FOLDERS):
            assert run.member.get(state["original"]).body == outcome.row.data
        made = run.site.rows(
            "SELECT r.spec, r.key FROM posts_rendition r JOIN posts_photo p ON p.id = r.photo_id"
            " WHERE p.sha256 = %s",
            sha256,
        )
        for spec, key in made:
            (tmp_path / f"{number}-{spec}{Path(key).suffix}").write_bytes(run.site.stored(key))
    tags = told_by_exiftool(tmp_path)
    assert len(tags) >= 2 * len({each.row.data for each in ready})
    assert {each["SourceFile"]: telling(each) for each in tags if telling(each)} == {}


@pytest.mark.parametrize("shape", ["Landscape", "Portrait"])
def test_oriented_photos_all_stand_as_the_upright_one(run: Run, shape: str) -> None:
    turned = [path for path in run.outcomes if path.startswith(f"orientation/{shape}_")]
    assert len(turned) >= 5
    previews = {path: run.member.get(run.state(path)["preview"]).body for path in turned}
    assert unlike_upright(previews) == {}
