"""The badge keeps itself up, and the page answers requests where they stand."""

import re

from playwright.sync_api import Request, Route, expect

from tests.browser.composing import heard
from tests.browser.conftest import MakePerson
from tests.pictures import photo
from tests.site import Site, wait_for
from tests.visitor import Visitor

BADGE = ".site-nav [data-unseen-at] .count-badge"
# The clock of the page is the test's, so half a minute takes no time.
MINUTE = 60_000


def posted(member: Visitor) -> str:
    """A post of one photo; its path."""
    upload = member.kept_upload(photo(width=900, height=900, seed=77))["id"]
    member.settled(upload)
    return member.publish([upload], [("title", "Quay"), ("alt_text", "A quay")]).location


def test_the_badge_is_right_without_a_reload(site: Site, person: MakePerson) -> None:
    author, liker = site.member(), site.member()
    path = posted(author)
    site.rest()
    someone = person(author)
    page = someone.page
    page.clock.install()
    someone.go("/")
    title = page.title()
    expect(page.locator(BADGE)).to_have_text("")
    assert liker.post(f"{path}like").status == 303
    wait_for(lambda: author.get("/notifications/badge").json()["count"], 30, "the notification")
    # No further: the same clock would give the answer no time to come.
    page.clock.run_for(31_000)
    expect(page.locator(BADGE)).to_have_text("1")
    expect(page).to_have_title(f"(1) {title}")
    page.locator("[data-unseen-at]").click()
    expect(page.locator(".line.new")).to_contain_text("liked your post")
    expect(page.locator(BADGE)).to_have_text("")
    page.reload()
    expect(page.locator(".line")).to_have_count(1)
    expect(page.locator(".line.new")).to_have_count(0)


def test_a_page_out_of_sight_does_not_ask(site: Site, person: MakePerson) -> None:
    someone = person(site.member())
    page = someone.page
    asked: list[str] = []
    answered: list[Request] = []

    def trouble(route: Route) -> None:
        asked.append(route.request.url)
        route.fulfill(status=200, content_type="application/json", body="no badge")

    page.route("**/notifications/badge", trouble)
    for end in ("requestfinished", "requestfailed"):
        page.on(end, lambda one: answered.append(one) if "badge" in one.url else None)
    page.clock.install()
    someone.go("/")
    page.evaluate(
        """() => {
            Object.defineProperty(document, 'hidden', { value: true, configurable: true });
            document.dispatchEvent(new Event('visibilitychange'));
        }"""
    )
    page.clock.run_for(10 * MINUTE)
    assert asked == []
    page.evaluate(
        """() => {
            Object.defineProperty(document, 'hidden', { value: false, configurable: true });
            document.dispatchEvent(new Event('visibilitychange'));
        }"""
    )
    for _minute in range(20):
        page.clock.run_for(MINUTE)
        # The next question is planned with the answer to this one, which takes its own time.
        page.wait_for_timeout(50)
        heard(page, lambda: len(answered) == len(asked), "the answer")
    # After trouble more and more seldom: at 0, 1, 3, 7 and 15 minutes.
    assert 3 <= len(asked) <= 6


def test_a_visitor_is_not_asked_for(site: Site, person: MakePerson) -> None:
    someone = person()
    someone.go("/")
    assert someone.page.locator("[data-unseen-at]").count() == 0
    assert someone.page.locator("script[src*='unseen']").count() == 0


def test_a_request_is_answered_where_it_stands(site: Site, person: MakePerson) -> None:
    private, asking = site.member(), site.member()
    site.python(
        "from accounts.models import User\n"
        f"User.objects.filter(username={private.username!r}).update(is_private=True)"
    )
    asking.post(f"/@{private.username}/follow")
    wait_for(lambda: private.get("/notifications/badge").json()["count"], 30, "the notification")
    someone = person(private)
    someone.go("/notifications/")
    line = someone.page.locator(".line")
    expect(line).to_contain_text("wants to follow you")
    line.get_by_role("button", name=re.compile("Accept")).click()
    expect(line).to_contain_text("Accepted")
    someone.go("/notifications/")
    expect(line).to_contain_text("started following you")
