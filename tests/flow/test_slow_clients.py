"""Hundreds of slow clients at once, straight and through the proxy: the site stays quick."""

import re
import statistics
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest

from notes_site.serving import bodies, worker
from tests.cutting_proxy import CuttingProxy
from tests.pictures import photo
from tests.proxy import ROOT, proxy
from tests.site import Site
from tests.slow_clients import SlowClients, kinds
from tests.visitor import Answer, Visitor

pytestmark = pytest.mark.once

CLIENTS = 200
# A phone at the edge of its network, and a photo that takes it 15 s.
PHONE_RATE = 20_000
PHOTO_BYTES = 300_000
# The site and a busy machine's 8,000 other things.
WORST_SECONDS = 5.0


@dataclass
class Door:
    """One way to the site, and what was measured there."""

    name: str
    url: str
    seconds: dict[str, list[float]]

    @property
    def port(self) -> int:
        return urlsplit(self.url).port or 0


def as_slow_phone(door: Door, member: Visitor) -> Answer:
    """Upload a photo over a link of PHONE_RATE."""
    picture = photo(width=640, height=480, seed=len(door.name))
    picture += bytes(PHOTO_BYTES - len(picture))
    with CuttingProxy(door.port, bytes_a_second=PHONE_RATE) as link:
        phone = Visitor(link.url)
        phone.cookies = dict(member.cookies)
        return phone.upload(picture)


def measure(doors: list[Door], is_over: Callable[[], bool]) -> None:
    """Ask both pages at every door, again and again."""
    while not is_over():
        for door in doors:
            for path in ("/healthz", "/"):
                started = time.monotonic()
                assert Visitor(door.url).get(path).status == 200
                door.seconds[path].append(time.monotonic() - started)
        time.sleep(0.3)


@pytest.fixture(scope="module")
def doors(running_site: Site) -> Iterator[list[Door]]:
    """The site itself and the deployment's proxy in front of it."""
    with proxy(web=f"127.0.0.1:{running_site.port}") as url:
        names = {"straight": running_site.url, "through the proxy": url}
        yield [Door(name, url, {"/healthz": [], "/": []}) for name, url in names.items()]


def test_slow_clients_hold_up_nobody(site: Site, doors: list[Door]) -> None:
    member = site.member()
    page = member.get("/new/").text
    found = re.search(r'"(/static/[^"]*\.js)"', page)
    assert found
    with ThreadPoolExecutor() as pool:
        swarms = [
            SlowClients(
                door.port,
                CLIENTS,
                kinds(
                    f"127.0.0.1:{door.port}",
                    found[1],
                    "; ".join(f"{name}={value}" for name, value in member.cookies.items()),
                    member.csrf(),
                ),
            )
            for door in doors
        ]
        with swarms[0], swarms[1]:
            photos = [pool.submit(as_slow_phone, door, member) for door in doors]
            measure(doors, lambda: all(each.done() for each in photos))
            answers = [each.result() for each in photos]
            closed = [dict(swarm.closed) for swarm in swarms]
    assert member.delete("/uploads/incoming/slow/").status == 200
    for door in doors:
        for path, seconds in door.seconds.items():
            told = f"{door.name} {path}: {sorted(seconds)}"
            assert statistics.median(seconds) <= 1, told
            assert max(seconds) <= WORST_SECONDS, told
    assert [answer.status for answer in answers] == [201, 201], answers
    assert len(doors[0].seconds["/"]) > 5
    for gone in closed:
        assert gone.get("head", 0) >= CLIENTS // len(kinds("", "")), "a slow head ends in 10 s"
    # Refused for its headers, before a body came; the proxy sends nothing on before 64 kB of it.
    for kind in ("upload", "forged", "expecting"):
        assert swarms[0].heard[kind].startswith(b"HTTP/1.1 401"), swarms[0].heard
    assert swarms[0].heard["long form"].startswith(b"HTTP/1.1 413"), swarms[0].heard


def test_five_megabytes_at_twenty_kilobytes_a_second_are_fast_enough() -> None:
    """The same rule stands in the proxy's configuration."""
    size = 5_000_000
    for received in range(0, size + 1, 50_000):
        assert bodies.seconds_allowed(received) > received / PHONE_RATE + 1
    caddyfile = (ROOT / "deploy" / "Caddyfile").read_text()
    rule = f"{bodies.STALL_SECONDS:.0f}s {bodies.LEAST_RATE}"
    assert re.findall(r"(?:read|write)_timeout (.+)", caddyfile) == [rule, rule]
    assert re.findall(r"read_header (.+)", caddyfile) == [f"{worker.HEAD_SECONDS:.0f}s"]
