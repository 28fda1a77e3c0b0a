"""Saving, collecting, ordering and sharing, as hands and keys do it."""

from playwright.sync_api import Locator, expect

from tests.browser.conftest import MakePerson, Person
from tests.site import Site

PRESSED = "aria-pressed"


def names(rows: Locator) -> list[str]:
    return [row.strip() for row in rows.locator(".order-post b").all_inner_texts()]


def put_into(someone: Person, path: str, name: str) -> None:
    """Put a post into a collection through the dialog on its page."""
    someone.go(path)
    someone.page.locator(".post-acts a[aria-haspopup=dialog]").click()
    ticks = someone.page.locator("dialog[open] .check", has_text=name)
    expect(someone.page.locator("dialog[open] form.collect")).to_be_visible()
    if ticks.count():
        ticks.locator("input").check()
    else:
        someone.page.fill("dialog[open] #collect-name", name)
    someone.page.get_by_role("button", name="Done").click()
    expect(someone.page.locator("#collect")).not_to_be_visible()
    expect(someone.page.get_by_text("Your collections are saved.")).to_be_visible()
    expect(someone.page.locator(".post-acts .save")).to_have_attribute(PRESSED, "true")


def test_a_bookmark_answers_at_once_and_stays(
    person: MakePerson, site: Site, stream: list[str]
) -> None:
    someone = person(site.member())
    page = someone.page
    someone.go("/?tab=latest")
    bookmark = page.locator(".card .save").first
    held = []
    page.route("**/save", lambda route: held.append(route))
    bookmark.click()
    expect(bookmark).to_have_attribute(PRESSED, "true")
    assert len(held) == 1, "shown before the site answered"
    held[0].continue_()
    page.unroute("**/save")
    expect(bookmark).to_have_attribute("value", "delete")
    page.reload()
    expect(page.locator(".card .save").first).to_have_attribute(PRESSED, "true")
    page.keyboard.press("j")
    page.keyboard.press("s")
    expect(page.locator(".card .save").first).to_have_attribute(PRESSED, "false")


def test_posts_are_collected_and_dragged_into_order(
    person: MakePerson, site: Site, stream: list[str]
) -> None:
    someone = person(site.member())
    page = someone.page
    for path in stream[:3]:
        put_into(someone, path, "Circles")
    someone.go("/collections/")
    page.locator(".shelf-card", has_text="Circles").locator("a").click()
    page.get_by_role("link", name="Edit").click()
    rows = page.locator(".order-row")
    assert names(rows) == ["Number 2", "Number 1", "Number 0"]
    grip, target = rows.nth(2).locator(".grip").bounding_box(), rows.nth(0).bounding_box()
    assert grip
    assert target
    with page.expect_response("**/place"):
        page.mouse.move(grip["x"] + 10, grip["y"] + 10)
        page.mouse.down()
        page.mouse.move(target["x"] + 20, target["y"] + 20, steps=12)
        page.mouse.up()
    moved = ["Number 0", "Number 2", "Number 1"]
    assert names(rows) == moved
    page.reload()
    assert names(rows) == moved
    rows.nth(0).get_by_role("button", name="Later").click()
    expect(rows.nth(0)).to_contain_text("Number 2")
    assert names(rows) == ["Number 2", "Number 0", "Number 1"]


def test_a_link_is_copied_and_without_scripts_it_stands_there(
    person: MakePerson, stream: list[str]
) -> None:
    someone = person(permissions=["clipboard-read", "clipboard-write"])
    someone.go(stream[0])
    someone.page.evaluate("delete Navigator.prototype.share")
    someone.page.locator(".post-acts [data-share]").click()
    expect(someone.page.locator("#toasts")).to_contain_text("Link copied")
    copied = someone.page.evaluate("navigator.clipboard.readText()")
    assert copied.endswith(stream[0])
    plain = person(java_script_enabled=False)
    plain.go(stream[0])
    expect(plain.page.get_by_label("Link to this post")).to_have_value(copied)
