"""Searching in a browser: suggestions while one types, and recent searches that stay there."""

import re

from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import MakePerson
from tests.site import Site

OPTIONS = "#suggestions [role=option]"


def test_suggestions_by_keys(person: MakePerson, stream: list[str]) -> None:
    page = person().page
    page.goto("/search/")
    field = page.get_by_role("combobox", name="Search")
    expect(page.get_by_role("heading", name="Popular people")).to_be_visible()
    page.keyboard.type("number 2")
    expect(page.locator(OPTIONS)).to_have_count(6)
    expect(field).to_have_attribute("aria-expanded", "true")
    expect(page.locator("[data-suggested]")).to_have_text("6 suggestions")
    first = page.locator(OPTIONS).first
    expect(first).to_contain_text("Number 2")
    page.keyboard.press("ArrowDown")
    expect(first).to_have_attribute("aria-selected", "true")
    expect(field).to_have_attribute("aria-activedescendant", str(first.get_attribute("id")))
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(page.locator(OPTIONS).last).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Escape")
    expect(page.locator("#suggestions")).to_be_hidden()
    assert field.input_value() == "number 2"
    page.keyboard.type("0")
    expect(page.locator(OPTIONS)).to_have_count(1)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{stream[20]}")
    page.go_back()
    page.wait_for_url("**/search/")
    expect(page.locator("#suggestions")).to_be_hidden()


def test_one_question_a_pause_and_only_the_last_answer_counts(
    person: MakePerson, stream: list[str]
) -> None:
    page, asked, held = person().page, [], []

    def hold(route: Route) -> None:
        asked.append(route.request.url.partition("q=")[2])
        if len(asked) == 1:
            held.append(route)
        else:
            route.continue_()

    page.route("**/search/suggest?*", hold)
    page.goto("/search/")
    page.keyboard.type("n")
    page.wait_for_timeout(400)
    assert asked == []
    page.keyboard.type("um", delay=20)
    page.wait_for_timeout(400)
    page.keyboard.type("ber 29", delay=20)
    expect(page.locator(OPTIONS)).to_have_count(1)
    assert asked == ["num", "number+29"]
    expect(page.locator(OPTIONS)).to_contain_text("Number 29")


def test_recent_searches_stay_in_this_browser_until_sign_out(
    site: Site, person: MakePerson, stream: list[str]
) -> None:
    someone = person(site.member())
    page = someone.page
    for number in (*range(11), 9):
        page.goto(f"/search/?q=number+{number}")
    shown = recent(page)
    assert shown == [f"number {number}" for number in (9, 10, *range(8, 0, -1))]
    page.get_by_role("button", name="Remove from recent searches: number 10").click()
    expect(page.locator("#recent li")).to_have_count(9)
    assert "number 10" not in recent(page)
    page.locator("#recent").get_by_role("link", name="number 9").click()
    page.wait_for_url(re.compile(r"/search/\?q=number[+]9$"))
    recent(page)
    page.get_by_role("button", name="Clear all").click()
    expect(page.locator("#recent")).to_be_hidden()
    assert (
        page.evaluate("Object.keys(localStorage).filter(key => key.startsWith('searches'))") == []
    )
    page.goto("/search/?q=secret")
    page.goto("/accounts/logout/")
    page.locator("main").get_by_role("button").first.click()
    page.wait_for_url(lambda url: "logout" not in url)
    assert page.evaluate("JSON.stringify(localStorage)").find("secret") < 0


def recent(page: Page) -> list[str]:
    """The recent searches on the page before anything is asked."""
    page.goto("/search/")
    expect(page.get_by_role("heading", name="Recent searches")).to_be_visible()
    return page.locator("#recent li a").all_text_contents()


def test_whoever_comes_next_sees_none_of_them(person: MakePerson, stream: list[str]) -> None:
    page = person().page
    page.goto("/search/")
    page.evaluate("localStorage.setItem('searches:somebody', '[\"secret\"]')")
    page.reload()
    page.wait_for_function("localStorage.getItem('searches:somebody') === null")
    expect(page.locator("#recent")).to_be_hidden()


def test_without_scripts_it_is_a_form(person: MakePerson, stream: list[str]) -> None:
    page = person(java_script_enabled=False).page
    page.goto("/search/")
    page.get_by_role("searchbox", name="Search").fill("number 7")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search/?q=number+7")
    expect(page.locator(".card").first).to_contain_text("Number 7")
    page.get_by_label("How to search").click()
    expect(page.get_by_text("exactly these words")).to_be_visible()
