"""The bar with the composer's buttons: in one line on a phone, and in sight on a big screen."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.composing import Files, choose, without
from tests.browser.conftest import MakePerson
from tests.browser.fonts import FAMILIES
from tests.pictures import photo
from tests.site import Site

pytestmark = pytest.mark.once

BUTTONS = ".composer-actions > .button"


def lines(buttons: Locator) -> int:
    """On how many lines the visible ones stand, and each of them reads."""
    boxes = [box for box in (one.bounding_box() for one in buttons.all()) if box]
    assert len(boxes) > 1
    assert max(box["height"] for box in boxes) < 50, "words on two lines"
    return len({round(box["y"]) for box in boxes})


@pytest.mark.parametrize("font", FAMILIES)
@pytest.mark.parametrize("width", [360, 390])
def test_the_buttons_stand_side_by_side_on_a_phone(
    site: Site, person: MakePerson, width: int, font: str
) -> None:
    member = site.member()
    path = member.new_post(photo(width=600, height=500, seed=91), title="Out")
    kept = member.kept_upload(photo(width=600, height=500, seed=92), "later.jpg")["id"]
    soon = (datetime.now(UTC) + timedelta(days=30)).isoformat()
    when = [("publish_at", soon), ("save", "schedule"), ("submission_key", f"bar{width}{font}")]
    later = member.publish([kept], [("title", "Later"), *when]).location
    size = {"width": width, "height": 800}
    live, plain = (
        person(member, viewport=size),
        person(member, viewport=size, java_script_enabled=False),
    )
    for someone in (live, plain):
        someone.go(f"{path}edit/")
        assert lines(someone.page.locator(BUTTONS)) == 1
    live.go(later)
    live.page.get_by_role("link", name="Change").click()
    expect(live.page.get_by_role("button", name="Make it a draft")).to_be_visible()
    if width == 390:
        assert lines(live.page.locator(BUTTONS)) == 1


def open_everything(page: Page) -> None:
    """As tall as the column of words gets."""
    page.get_by_text("License, labels and time").click()
    page.get_by_label("Caption").fill("A line\n" * 40)


def test_what_went_wrong_is_in_sight_beside_much_text(
    site: Site, person: MakePerson, files: Files
) -> None:
    someone = person(site.member(), viewport={"width": 1280, "height": 640})
    page = someone.page
    someone.go("/new/")
    choose(page, files["first.jpg"], files["notes.jpg"])
    open_everything(page)
    publish = page.get_by_role("button", name="Publish", exact=True)
    expect(page.locator(".photo-card[data-state=refused]")).to_have_count(1)
    page.get_by_label("Title").focus()
    expect(publish).to_be_in_viewport(ratio=1)
    page.keyboard.press("Control+Enter")
    complaint = page.locator("#composer-complaint")
    expect(complaint).to_contain_text("notes.jpg")
    expect(complaint).to_be_in_viewport(ratio=0.9)
    someone.complaints = without(someone.complaints, "status of 415")
