"""Saving, collecting, ordering and sharing, as hands and keys do it."""

from playwright.sync_api import Locator, Route, expect

from tests.browser.composing import heard
from tests.browser.conftest import MakePerson, Person
from tests.site import Site

PRESSED = "aria-pressed"


def stand(rows: Locator, *names: str) -> None:
    """The posts of a collection stand in this order."""
    expect(rows.locator(".order-post b")).to_have_text(names)


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
    held: list[Route] = []
    page.route("**/save", lambda route: held.append(route))
    bookmark.click()
    expect(bookmark).to_have_attribute(PRESSED, "true")
    # Shown before the site answered.
    heard(page, lambda: len(held) == 1, "the request")
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
    # Dragging needs the script of that page.
    page.wait_for_url("**/edit/")
    rows = page.locator(".order-row")
    stand(rows, "Number 2", "Number 1", "Number 0")
    grip, target = rows.nth(2).locator(".grip").bounding_box(), rows.nth(0).bounding_box()
    assert grip
    assert target
    with page.expect_response("**/place"):
        page.mouse.move(grip["x"] + 10, grip["y"] + 10)
        page.mouse.down()
        page.mouse.move(target["x"] + 20, target["y"] + 20, steps=12)
        page.mouse.up()
    stand(rows, "Number 0", "Number 2", "Number 1")
    page.reload()
    stand(rows, "Number 0", "Number 2", "Number 1")
    rows.nth(0).get_by_role("button", name="Later").click()
    stand(rows, "Number 2", "Number 0", "Number 1")


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
