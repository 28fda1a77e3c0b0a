"""Big photos over a link that breaks every few seconds, in a real browser."""

import hashlib
import os
import re
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import MakePerson, Person
from tests.cutting_proxy import CuttingProxy
from tests.memory import Memory
from tests.pictures import photo
from tests.site import Site

pytestmark = pytest.mark.once

MB = 1_000_000
PHOTOS = 35
PHOTO_BYTES = 20 * MB
IN_ORDER = (
    "SELECT u.name, p.sha256, p.original_key FROM posts_photo p"
    " JOIN posts_upload u ON u.photo_id = p.id WHERE p.owner_id ="
    " (SELECT id FROM accounts_user WHERE username = %s) AND p.post_id IS NOT NULL"
    " ORDER BY p.position"
)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder for hundreds of megabytes that are gone after the test."""
    with tempfile.TemporaryDirectory(prefix="notes-photos-") as name:
        yield Path(name)


def big_photos(folder: Path, number: int, size: int) -> list[Path]:
    """Different photos of `size` bytes: small pictures with bytes behind them, quick to decode."""
    paths = [folder / f"photo {each:02}.jpg" for each in range(number)]
    for seed, path in enumerate(paths):
        picture = photo(width=800, height=600, seed=seed)
        path.write_bytes(picture + os.urandom(size - len(picture)))
    return paths


def composer(someone: Person, link: CuttingProxy) -> Page:
    """The composer, opened over the link."""
    someone.page.goto(f"{link.url}/new/", wait_until="load")
    return someone.page


def choose(page: Page, paths: list[Path]) -> None:
    page.locator("#id_photos").set_input_files([str(path) for path in paths])


def uploaded(page: Page, number: int, seconds: float) -> None:
    """Wait until so many photos have been received."""
    cards = page.locator("#tray .photo-card[data-state=received]")
    expect(cards).to_have_count(number, timeout=seconds * 1000)


def publish(page: Page) -> None:
    page.get_by_role("button", name="Publish", exact=True).click()
    page.wait_for_url(re.compile("/p/"), timeout=30_000)


def warm_up(site: Site) -> None:
    """Have every thread of the site's web processes talk to the storage once.

    Each then holds the client it keeps for good (17 MB with S3), which is no file's doing.
    """
    member, small = site.member(), photo(width=64, height=48)
    with ThreadPoolExecutor(48) as pool:
        list(pool.map(lambda _number: member.kept_upload(small), range(144)))


def leave(someone: Person) -> None:
    """Close the page while the link still is; forgive the browser's own lines about the cuts."""
    lines = someone.heard()
    # A page of a post being made ready asks again and again how far it is.
    someone.page.goto("about:blank")
    # A draft whose answer was lost is told 409, and saved anew.
    draft = re.compile(r"status of 409 .*/new/")
    someone.complaints[:] = [
        line for line in lines if "net::ERR_" not in line and not draft.search(line)
    ]


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def test_35_photos_of_20_mb_over_a_link_that_breaks_every_10_seconds(
    site: Site, person: MakePerson, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    someone, paths = person(site.member()), big_photos(folder, PHOTOS, PHOTO_BYTES)
    total = PHOTOS * PHOTO_BYTES
    warm_up(site)
    with CuttingProxy(site.port, bytes_a_second=14 * MB) as link:
        page = composer(someone, link)
        with Memory(site.processes("web")) as memory:
            link.cut_every(10)
            started = time.monotonic()
            choose(page, paths)
            uploaded(page, PHOTOS, 240)
            seconds = time.monotonic() - started
            link.stay_calm()
        publish(page)
        sent, cuts = link.sent, link.cuts
        leave(someone)
    with capsys.disabled():
        print(  # noqa: T201
            f"\n{sent / MB:.0f} MB sent for {total / MB:.0f} MB ({sent / total:.3f}), {cuts} cuts,"
            f" {seconds:.0f} s, web process grew by {memory.growth / MB:.1f} MB"
        )
    rows = site.rows(IN_ORDER, someone.visitor.username)
    assert [(name, digest) for name, digest, _key in rows] == [
        (path.name, sha256(path)) for path in paths
    ]
    for _name, digest, key in rows:
        assert hashlib.sha256(site.stored(key)).hexdigest() == digest
    assert cuts >= 3
    assert total < sent <= 1.1 * total
    assert memory.growth <= 60 * MB


def test_a_file_for_which_no_window_is_long_enough(
    site: Site, person: MakePerson, folder: Path
) -> None:
    """Sent from its beginning each time, this file would never arrive."""
    someone, paths = person(site.member()), big_photos(folder, 1, 12 * MB)
    with CuttingProxy(site.port, bytes_a_second=1.5 * MB) as link:
        page = composer(someone, link)
        link.cut_every(3)
        choose(page, paths)
        uploaded(page, 1, 90)
        link.stay_calm()
        publish(page)
        assert link.sent < 1.5 * 12 * MB
        leave(someone)
    (row,) = site.rows(IN_ORDER, someone.visitor.username)
    assert row[:2] == (paths[0].name, sha256(paths[0]))
