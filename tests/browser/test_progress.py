"""The page of a post whose photos are being made ready: live, and never under one's fingers."""

from playwright.sync_api import expect

from tests.browser.conftest import MakePerson
from tests.pictures import photo
from tests.site import Site

TICKS_MS = 3_000
FOCUSED = "document.activeElement.id"


def test_it_is_live_but_takes_nothing_away(site: Site, person: MakePerson) -> None:
    someone = person(site.member(), viewport={"width": 1280, "height": 400})
    member, page = someone.visitor, someone.page
    with site.workers_asleep():
        ids = [
            member.kept_upload(photo(width=600, height=500, seed=n), f"{n}.jpg")["id"]
            for n in range(12)
        ]
        someone.go(member.publish(ids, [("title", "On its way")]).location)
        expect(page.get_by_role("progressbar")).to_be_visible()
        page.locator(".progress-photos li").last.scroll_into_view_if_needed()
        page.wait_for_timeout(TICKS_MS)
        expect(page.locator(".progress-photos li").last).to_be_in_viewport()
        menu = page.get_by_label("This post")
        menu.focus()
        page.wait_for_timeout(TICKS_MS)
        assert page.evaluate(FOCUSED) == "post-menu", "the keyboard stays where it is"
        page.keyboard.press("Enter")
        page.wait_for_timeout(TICKS_MS)
        expect(page.get_by_role("link", name="Edit", exact=True)).to_be_visible()
        page.keyboard.press("Escape")
    expect(page.locator(".slides .slide img").first).to_be_visible(timeout=30_000)
