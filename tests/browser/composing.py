"""What tests do in the composer again and again."""

import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.site import wait_for

Files = dict[str, Path]


def choose(page: Page, *paths: Path) -> None:
    """Add files, as the file dialog does."""
    page.locator("#id_photos").set_input_files([str(path) for path in paths])


def replace(page: Page, name: str, path: Path) -> None:
    """Choose another file for the card of that name."""
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name=f"Replace {name}").click()
    chooser.value.set_files(str(path))


def names(page: Page) -> list[str]:
    """The file names in the tray, in its order."""
    cards = page.locator("#tray .photo-card")
    return [str(cards.nth(n).get_attribute("data-name")) for n in range(cards.count())]


def drag(page: Page, name: str, onto: str) -> None:
    """Drag one card onto another with the mouse."""
    one, other = (
        page.locator(f".photo-card[data-name='{each}'] .photo-frame").bounding_box()
        for each in (name, onto)
    )
    assert one is not None
    assert other is not None
    page.mouse.move(one["x"] + one["width"] / 2, one["y"] + one["height"] / 2)
    page.mouse.down()
    page.mouse.move(other["x"] + other["width"] / 2, other["y"] + 40, steps=8)
    page.mouse.up()


def all_uploaded(page: Page) -> None:
    """Wait until every photo has arrived."""
    expect(page.locator("#composer-status")).to_have_text("All photos are uploaded.")


def saved(page: Page) -> None:
    """Wait until the draft is on the server with all that was typed."""
    expect(page.locator("#composer-saved")).to_have_text("Saved")


def published(page: Page, button: str = "Publish") -> str:
    """Publish; returns the address of the post once its pictures are there."""
    page.get_by_role("button", name=button, exact=True).click()
    page.wait_for_url(re.compile("/p/[^/]+/$"))
    expect(page.locator(".slides .slide img").first).to_be_visible()
    return page.url


def heard(page: Page, condition: Callable[[], bool], what: str) -> None:
    """Wait for what a route or a listener of the test hears: they only do while a page waits."""

    def holds() -> bool:
        page.wait_for_timeout(20)
        return condition()

    wait_for(holds, 10, what)


def without(complaints: list[str], *expected: str) -> list[str]:
    """The complaints but for the browser's own lines about what a test provoked."""
    return [one for one in complaints if not any(words in one for words in expected)]
