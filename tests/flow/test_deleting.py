"""A post deleted while the storage is away: hidden at once, gone soon after it is back."""

import os
import re
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest

from tests.flow.test_whole_way import public_addresses
from tests.pictures import photo
from tests.site import Site, on_own_stack, wait_for
from tests.visitor import Answer, Visitor

# Long enough for the waits between two attempts to have grown to the longest.
AWAY_SECONDS = 40
PROMISED_SECONDS = 60


@dataclass
class Scene:
    """A site, its storage's servers if it has any, a post on it and who looks at it."""

    site: Site
    servers: Any
    author: Visitor
    friend: Visitor
    stranger: Visitor
    path: str
    pictures: list[str]
    keys: set[str]

    @property
    def viewers(self) -> tuple[Visitor, ...]:
        return self.author, self.friend, self.stranger

    @property
    def pages(self) -> tuple[str, ...]:
        profile = f"/@{self.author.username}/"
        return "/", "/?tab=latest", "/topics/dawn/", profile, self.path


def traces(scene: Scene, answer: Answer) -> list[str]:
    """What of the post is still in a page."""
    found = ["Harbour &amp; fog", "Boats in the fog", "Three boats", scene.path]
    found += [address.rpartition("/")[2] for address in scene.pictures]
    return [each for each in found if each in answer.text]


@pytest.fixture
def scene() -> Iterator[Scene]:
    """A public post that everybody has seen."""
    with ExitStack() as end:
        servers = end.enter_context(on_own_stack()) if os.environ.get("STORAGE_URL") else None
        site = end.enter_context(Site(servers.env if servers else {}))
        author, friend, stranger = site.member(), site.member(), site.visitor()
        before = site.keys()
        path = author.new_post(
            photo(), title="Harbour & fog", caption="Boats in the fog #dawn", alt_text="Three boats"
        )
        pictures = public_addresses(site, path)
        site.rest()
        yield Scene(site, servers, author, friend, stranger, path, pictures, site.keys() - before)


def storage(scene: Scene, there: bool) -> None:
    """Take the storage away, or bring it back."""
    media, away = scene.site.data / "media", scene.site.data / "media-elsewhere"
    if scene.servers:
        scene.servers.s3.start() if there else scene.servers.s3.stop()
    elif there:
        away.rename(media)
    else:
        media.rename(away)


def gone(scene: Scene, receipt: str) -> tuple[int, int]:
    """How many objects the receipt says are gone, and of how many."""
    found = re.search(r"(\d+) of (\d+) gone\.", scene.author.get(receipt).words)
    assert found
    return int(found[1]), int(found[2])


def test_through_an_outage(scene: Scene) -> None:
    assert len(scene.pictures) >= 3
    assert all(scene.stranger.get(address).status == 200 for address in scene.pictures)
    for person in scene.viewers:
        assert all(traces(scene, person.get(page)) for page in scene.pages)

    storage(scene, there=False)
    try:
        began = time.monotonic()
        answer = scene.author.delete(scene.path)
        assert (answer.status, answer.location[:11]) == (303, "/deletions/")
        # Hidden with the answer, on every page and for everyone, kept pages included.
        for person in scene.viewers:
            assert person.get(scene.path).status == 404
            for page in scene.pages:
                assert traces(scene, person.get(page)) == [], page
        assert gone(scene, answer.location) == (0, len(scene.keys))
        wait_for(
            lambda: "ask again every half minute" in scene.author.get(answer.location).words,
            AWAY_SECONDS,
            "the receipt to tell of the outage",
        )
        time.sleep(max(0.0, AWAY_SECONDS - (time.monotonic() - began)))
        assert gone(scene, answer.location) == (0, len(scene.keys))
    finally:
        storage(scene, there=True)
    back = time.monotonic()
    wait_for(lambda: not scene.site.keys() & scene.keys, PROMISED_SECONDS, "the objects to be gone")
    print(f"gone {time.monotonic() - back:.1f} s after the storage was back")  # noqa: T201
    number = len(scene.keys)
    wait_for(lambda: gone(scene, answer.location) == (number, number), 10, "the receipt")
    assert not any(scene.stranger.get(address).status == 200 for address in scene.pictures)
    assert "Nothing is left in storage." in scene.author.get(answer.location).words
    assert scene.friend.get(answer.location).status == 404
    listed = scene.author.get("/settings/deletions/")
    assert f"all {number} files gone" in listed.words
    assert scene.site.is_tidy()
