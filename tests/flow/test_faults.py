"""Processes killed, messages lost, storage away: nothing acknowledged is lost or made twice.

The faults strike one after the other, each while uploads are being rendered; then one waits.
"""

import hashlib
import os
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import pytest

from posts.imaging.specs import targets
from tests.pictures import photo
from tests.site import Site, on_own_stack, wait_for
from tests.visitor import Visitor

UPLOADS = 20
RECOVERY_SECONDS = 120
STORAGE_AWAY_SECONDS = 20


@dataclass
class Trial:
    """One fault: what had been acknowledged when it struck, and when it was over."""

    acknowledged: dict[str, str] = field(default_factory=dict)
    over: float = 0.0
    killed: int = 0
    refused: list[tuple[int, str]] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    states: dict[str, dict[str, Any]] = field(default_factory=dict)


def pictures(seed: int) -> list[bytes]:
    return [photo(width=2400, height=1600, seed=seed * 100 + n) for n in range(UPLOADS)]


def upload_all(member: Visitor, files: list[bytes], trial: Trial) -> None:
    """Upload the files, three at a time; what the site acknowledges is noted with its sha256."""

    def send(data: bytes) -> None:
        answer = member.upload(data)
        if answer.status == 201:
            trial.acknowledged[answer.json()["id"]] = hashlib.sha256(data).hexdigest()
        else:
            trial.refused.append((answer.status, answer.json().get("error", "")))

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(send, files))


def some_ready(site: Site, member: Visitor) -> bool:
    """Whether rendering has begun and is not over."""
    query = (
        "SELECT count(*) FROM posts_photo p JOIN accounts_user u ON u.id = p.owner_id"
        " WHERE u.username = %s AND p.state <> 'pending'"
    )
    return bool(site.rows(query, member.username)[0][0])


def kill_workers(site: Site, trial: Trial) -> None:
    wait_for(lambda: site.processes("worker"), 30, "a worker to kill")
    for process in site.processes("worker"):
        process.kill()
        trial.killed += 1


def kill_children(site: Site, trial: Trial) -> None:
    workers = {process.pid for process in site.processes("worker")}
    for process in site.processes("child"):
        if process.ppid() in workers:
            os.kill(process.pid, signal.SIGKILL)
            trial.killed += 1


def strike(site: Site, seed: int, fault: Callable[[Trial], None], times: int = 1) -> Trial:
    """Let the fault happen while uploads come in and render."""
    trial, member, files = Trial(), site.member(), pictures(seed)
    with ThreadPoolExecutor(1) as pool:
        sending = pool.submit(upload_all, member, files, trial)
        for _time in range(times):
            wait_for(lambda: some_ready(site, member), 60, "rendering to begin")
            time.sleep(0.3)
            fault(trial)
        sending.result()
    trial.over = time.monotonic()
    return trial


def take_storage_away(site: Site, servers: Any, trial: Trial) -> None:
    """Storage does not answer for a while; uploads in that time are refused in a sentence."""
    media, away = site.data / "media", site.data / "media-elsewhere"
    if servers:
        servers.s3.stop()
    else:
        media.rename(away)
    late, answer = site.member(), None
    try:
        end = time.monotonic() + STORAGE_AWAY_SECONDS
        answer = late.upload(photo(seed=990))
        trial.refused.append((answer.status, answer.json().get("error", "")))
        assert site.visitor().get("/readyz").status == 503
        assert site.visitor().get("/").status == 200
        time.sleep(max(0.0, end - time.monotonic()))
    finally:
        if servers:
            servers.s3.start()
        else:
            away.rename(media)


def wait_for_all(site: Site, member: Visitor, trial: Trial) -> None:
    """Note for each acknowledged upload how it ended and how long after the fault."""
    waiting = set(trial.acknowledged)
    while waiting and time.monotonic() < trial.over + RECOVERY_SECONDS:
        for upload_id in sorted(waiting):
            found = site.rows(
                "SELECT p.state, p.reason, p.sha256, p.original_key, p.width, p.height, p.id"
                " FROM posts_upload u JOIN posts_photo p ON p.id = u.photo_id WHERE u.id = %s",
                decoded(upload_id),
            )
            names = ("state", "reason", "sha256", "original_key", "width", "height", "id")
            state = dict(zip(names, found[0], strict=True)) if found else {"state": "lost"}
            trial.states[upload_id] = state
            if state["state"] in ("ready", "failed", "lost"):
                trial.seconds[upload_id] = time.monotonic() - trial.over
                waiting.discard(upload_id)
        time.sleep(0.5)


def decoded(code: str) -> int:
    from notes_site.ids import decode

    return decode(code)


@dataclass
class Storm:
    """The site after all faults, and each fault's trial."""

    site: Site
    trials: dict[str, Trial]


@pytest.fixture(scope="module")
def storm() -> Iterator[Storm]:
    """Strike with every fault, then wait for the recovery from each."""
    with ExitStack() as end:
        servers = end.enter_context(on_own_stack()) if os.environ.get("STORAGE_URL") else None
        site = end.enter_context(Site(servers.env if servers else {}))
        trials = {
            "worker killed": strike(site, 1, lambda trial: kill_workers(site, trial), times=2),
            "children killed": strike(site, 2, lambda trial: kill_children(site, trial), times=3),
            "queue lost": strike(site, 3, lambda _trial: site.forget_queue(), times=2),
            "storage away": strike(site, 4, lambda trial: take_storage_away(site, servers, trial)),
        }
        member = site.member()
        for trial in trials.values():
            wait_for_all(site, member, trial)
        yield Storm(site, trials)


FAULTS = ("worker killed", "children killed", "queue lost", "storage away")


@pytest.mark.parametrize("fault", FAULTS)
def test_all_that_was_acknowledged_is_ready_within_two_minutes(storm: Storm, fault: str) -> None:
    trial = storm.trials[fault]
    assert len(trial.acknowledged) >= 2
    assert {state["state"] for state in trial.states.values()} == {"ready"}, trial.states
    assert set(trial.states) == set(trial.acknowledged)
    assert max(trial.seconds.values()) <= RECOVERY_SECONDS


@pytest.mark.parametrize("fault", FAULTS)
def test_originals_and_renditions_are_whole_and_there_once(storm: Storm, fault: str) -> None:
    site, trial = storm.site, storm.trials[fault]
    for upload_id, sha256 in trial.acknowledged.items():
        state = trial.states[upload_id]
        assert state["sha256"] == sha256
        assert hashlib.sha256(site.stored(state["original_key"])).hexdigest() == sha256
        made = site.rows(
            "SELECT spec, bytes, key FROM posts_rendition WHERE photo_id = %s", state["id"]
        )
        wanted = sorted(target.spec.name for target in targets(state["width"], state["height"]))
        assert sorted(spec for spec, _bytes, _key in made) == wanted
        for _spec, size, key in made:
            assert len(site.stored(key)) == size


def test_the_faults_struck_while_there_was_work(storm: Storm) -> None:
    assert storm.trials["worker killed"].killed == 2
    assert storm.trials["children killed"].killed >= 2
    for fault in FAULTS[:3]:
        assert len(storm.trials[fault].acknowledged) == UPLOADS
        assert storm.trials[fault].refused == []
    late = storm.trials["storage away"].refused
    assert late
    for status, sentence in late:
        assert status == 503
        assert sentence.startswith("The photo storage isn’t responding right now.")


def test_what_the_killed_left_in_storage_is_found_and_erased(storm: Storm) -> None:
    site = storm.site
    named = set(site.named_keys())
    assert len(named) == len(site.named_keys())
    assert named <= site.keys()
    left = site.keys() - named
    # At most what each killed worker's two threads had in hand, an object and a file half written.
    assert len(left) <= 4 * storm.trials["worker killed"].killed
    site.python(
        "from datetime import timedelta\n"
        "from posts import sweep\nfrom posts.pipeline import erase, quarantine, reconcile\n"
        "sweep.A_DAY = reconcile.A_DAY = quarantine.KEPT = timedelta(0)\n"
        # Put aside by the first run, and by the second let go after its week.
        "sweep.collect_orphans()\n"
        "sweep.collect_orphans()\n"
        "erase.erase_due()"
    )
    assert site.keys() == named == set(site.named_keys())


def test_the_supervisor_keeps_one_of_each_and_stops_them_all(storm: Storm) -> None:
    site = storm.site
    assert len(site.processes("worker")) == len(site.processes("schedule")) == 1
    assert "The worker 1 ended with status -9 and starts again" in site.log("serve.log")
    site.stop()
    assert "Stopped. Everything is kept" in site.log("serve.log")
