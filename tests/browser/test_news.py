"""New since the last visit: a line above what was seen, a button for what comes, nothing jumps."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import MakePerson
from tests.pictures import photo
from tests.site import Site
from tests.visitor import Visitor

CARDS = "#cards > .card"
LINE = "#cards > .seen-below"
# As the page looks after an hour away.
AN_HOUR_LATER = """() => {
  for (const key of Object.keys(localStorage).filter((key) => key.startsWith("seen:"))) {
    const visit = JSON.parse(localStorage.getItem(key));
    localStorage.setItem(key, JSON.stringify({ ...visit, at: visit.at - 3_600_000 }));
  }
}"""


def posted(author: Visitor, number: int) -> str:
    picture = photo(width=900, height=900 + 100 * number, seed=140 + number)
    return author.new_post(picture, title=f"News {number}")


def follows(site: Site, reader: Visitor, author: Visitor) -> None:
    site.python(
        "from accounts.models import User\n"
        "from accounts.social import follows\n"
        f"me = User.objects.get(username={reader.username!r})\n"
        f"them = User.objects.get(username={author.username!r})\n"
        "follows.follow(follower=me, followee=them)"
    )


def leave(page: Page) -> None:
    """Go elsewhere and stay there for an hour."""
    page.goto("/settings/profile/")
    page.evaluate(AN_HOUR_LATER)


def in_order(page: Page) -> list[str]:
    """What stands in the list, from the top: titles of posts, and the line."""
    found: list[str] = page.locator("#cards > :is(.card, .seen-below)").evaluate_all(
        "all => all.map((one) => (one.querySelector('.card-title') ?? one).textContent.trim())"
    )
    return found


@pytest.mark.parametrize("width", [390, 1280])
def test_new_since_the_last_visit(site: Site, person: MakePerson, width: int) -> None:
    author, reader = site.member(), site.member()
    follows(site, reader, author)
    for number in (1, 2):
        posted(author, number)
    page = person(reader, viewport={"width": width, "height": 844}).page
    page.goto("/?tab=following")
    expect(page.locator(CARDS)).to_have_count(2)
    expect(page.locator(LINE)).to_have_count(0)
    leave(page)
    posted(author, 3)
    page.goto("/?tab=following", wait_until="networkidle")
    seen = ["News 3", "You’ve seen the posts below", "News 2", "News 1"]
    assert in_order(page) == seen
    line, below = page.locator(LINE).bounding_box(), page.locator(CARDS).nth(1).bounding_box()
    assert line
    assert below
    assert line["y"] + line["height"] <= below["y"] + 1
    assert page.evaluate("window.shifts") == 0
    page.reload()
    assert in_order(page) == seen, "it is still the same visit"
    leave(page)
    page.goto("/?tab=following")
    expect(page.locator(LINE)).to_have_count(0)


def test_what_comes_meanwhile_waits_to_be_asked_for(site: Site, person: MakePerson) -> None:
    author, reader = site.member(), site.member()
    follows(site, reader, author)
    for number in (1, 2):
        posted(author, number)
    page = person(reader, viewport={"width": 390, "height": 844}).page
    page.clock.install()
    page.goto("/?tab=following", wait_until="networkidle")
    button = page.locator("#news")
    expect(button).to_be_hidden()
    before = page.locator(CARDS).first.bounding_box()
    posted(author, 3)
    page.clock.run_for(31_000)
    expect(button).to_have_text("1 new post")
    assert page.locator(CARDS).first.bounding_box() == before
    assert page.evaluate("window.shifts") == 0
    button.click()
    expect(page.locator(CARDS)).to_have_count(3)
    expect(button).to_be_hidden()
    assert in_order(page) == ["News 3", "News 2", "News 1"]
    expect(page.locator(f"{CARDS} .card-link").first).to_be_focused()
    # What was put in works like the rest.
    like = page.locator(f"{CARDS} button.like").first
    with page.expect_response("**/like"):
        like.click()
    expect(like).to_have_attribute("aria-pressed", "true")
    leave(page)
    page.goto("/?tab=following")
    expect(page.locator(LINE)).to_have_count(0)


def test_signing_out_forgets_what_was_seen(site: Site, person: MakePerson) -> None:
    author, reader = site.member(), site.member()
    follows(site, reader, author)
    posted(author, 1)
    page = person(reader).page
    kept = "Object.keys(localStorage).filter((key) => key.startsWith('seen:')).length"
    page.goto("/?tab=following")
    assert page.evaluate(kept) == 1
    page.goto("/?tab=for-you")
    assert page.evaluate(kept) == 1, "it has no order by time"
    page.goto("/accounts/logout/")
    page.locator("main").get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/")
    assert page.evaluate(kept) == 0
