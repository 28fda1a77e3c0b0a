"""Drafts that keep themselves: across reloads, devices, lost connections and two tabs at once."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.composing import (
    Files,
    all_uploaded,
    choose,
    heard,
    names,
    published,
    saved,
    without,
)
from tests.browser.conftest import MakePerson, Person
from tests.pictures import CANARY, photo
from tests.site import Site
from tests.visitor import Visitor

pytestmark = pytest.mark.once

LOST = ("ERR_INTERNET_DISCONNECTED", "ERR_FAILED")
STALE = "status of 409"


def posts_of(site: Site, member: Visitor) -> list[tuple[str, str]]:
    """State and title of everything a member made."""
    return site.rows(
        "SELECT state, title FROM posts_post WHERE author_id ="
        " (SELECT id FROM accounts_user WHERE username = %s) ORDER BY id",
        member.username,
    )


def begin(someone: Person, files: Files, title: str = "Begun") -> Page:
    """A draft of one photo with a title, saved by itself."""
    someone.go("/new/")
    page = someone.page
    choose(page, files["first.jpg"])
    page.get_by_label("Title").fill(title)
    all_uploaded(page)
    saved(page)
    return page


def test_a_draft_saves_itself_and_goes_on_elsewhere(
    site: Site, person: MakePerson, files: Files
) -> None:
    someone = person(site.member())
    page = begin(someone, files, "Begun at the desk")
    page.get_by_label("Description of first.jpg").fill("Circles")
    expect(page.locator("#composer-saved")).not_to_have_text("Saved")
    saved(page)
    assert re.search(r"/new/\?draft=\w+$", page.url)
    page.reload()
    expect(page.get_by_label("Title")).to_have_value("Begun at the desk")
    assert posts_of(site, someone.visitor) == [("draft", "Begun at the desk")]

    other = person(someone.visitor, viewport={"width": 390, "height": 844})
    other.go("/drafts/")
    other.page.get_by_role("link", name="Begun at the desk").click()
    # What is typed before the script is there is not saved by itself.
    other.page.wait_for_load_state()
    expect(other.page.get_by_label("Description of first.jpg")).to_have_value("Circles")
    other.page.get_by_label("Caption").fill("Ended on the phone")
    saved(other.page)
    published(other.page)
    assert posts_of(site, someone.visitor) == [("published", "Begun at the desk")]


def test_an_untouched_form_saves_nothing(site: Site, person: MakePerson) -> None:
    someone = person(site.member())
    someone.go("/new/")
    someone.page.get_by_label("Only me").check()
    someone.page.get_by_label("Title").fill("  ")
    someone.page.wait_for_timeout(1_800)
    assert posts_of(site, someone.visitor) == []
    assert someone.page.url.endswith("/new/")


def test_words_outlive_a_lost_connection(site: Site, person: MakePerson, files: Files) -> None:
    someone = person(site.member())
    page = begin(someone, files)
    someone.context.set_offline(True)
    page.get_by_label("Caption").fill("Typed in a tunnel")
    expect(page.locator("#composer-saved")).to_contain_text("Not saved yet: no connection")
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.locator("#composer-complaint")).to_contain_text("kept in this browser")
    someone.context.set_offline(False)
    saved(page)

    someone.context.set_offline(True)
    page.get_by_label("Caption").fill("Typed before a reload")
    expect(page.locator("#composer-saved")).to_contain_text("Not saved yet")
    page.once("dialog", lambda dialog: dialog.accept())
    someone.context.set_offline(False)
    page.reload()
    expect(page.get_by_label("Caption")).to_have_value("Typed before a reload")
    saved(page)
    someone.heard()
    someone.complaints = without(someone.complaints, STALE, *LOST)


def test_an_answer_that_got_lost_is_no_conflict(
    site: Site, person: MakePerson, files: Files
) -> None:
    someone = person(site.member())
    page = begin(someone, files)

    lost: list[int] = []

    def lose(route: Route) -> None:
        if lost or route.request.method != "POST":
            route.continue_()
            return
        lost.append(route.fetch().status)
        route.abort()

    page.route("**/new/**", lose)
    page.get_by_label("Caption").fill("Saved, but nobody told")
    expect(page.locator("#composer-saved")).to_contain_text("Not saved yet")
    page.get_by_label("Title").fill("And then more")
    saved(page)
    assert lost == [200]
    assert page.locator("#composer-complaint").inner_text() == ""
    assert posts_of(site, someone.visitor) == [("draft", "And then more")]
    someone.heard()
    someone.complaints = without(someone.complaints, STALE, *LOST)


def test_publishing_waits_for_the_save_on_its_way(
    site: Site, person: MakePerson, files: Files
) -> None:
    someone = person(site.member())
    page = begin(someone, files)
    held: list[Route] = []

    def hold(route: Route) -> None:
        is_save = "save=draft" in (route.request.post_data or "")
        held.append(route) if is_save else route.continue_()

    page.route("**/new/", hold)
    page.get_by_label("Caption").fill("The last words")
    expect(page.locator("#composer-saved")).to_have_text("Saving…")
    page.get_by_role("button", name="Publish", exact=True).click()
    page.wait_for_timeout(300)
    assert "/new/" in page.url
    heard(page, lambda: len(held) == 1, "the request")
    held[0].continue_()
    page.wait_for_url(re.compile("/p/[^/]+/$"))
    expect(page.locator(".caption")).to_have_text("The last words")
    assert len(posts_of(site, someone.visitor)) == 1


def test_a_reload_during_the_first_save_finds_the_draft(
    site: Site, person: MakePerson, files: Files
) -> None:
    someone = person(site.member())
    someone.go("/new/")
    page = someone.page
    held: list[Route] = []
    page.route("**/new/", lambda route: held.append(route))
    page.get_by_label("Caption").fill("Typed before the reload")
    heard(page, lambda: len(held) == 1, "the save")
    page.evaluate("void setTimeout(() => location.reload())")
    heard(page, lambda: len(held) == 2, "the page")
    held[0].continue_()
    heard(page, lambda: "draft=" in page.url, "the answer to the save")
    held[1].continue_()
    page.wait_for_url("**/new/?draft=*")
    expect(page.get_by_label("Caption")).to_have_value("Typed before the reload")
    assert len(posts_of(site, someone.visitor)) == 1


def test_two_tabs_and_the_author_decides(site: Site, person: MakePerson, files: Files) -> None:
    someone = person(site.member())
    first = begin(someone, files, "One")
    other = person(someone.visitor)
    other.go(first.url)
    second = other.page
    first.get_by_label("Title").fill("One, changed")
    saved(first)
    second.get_by_label("Title").fill("Two")
    complaint = second.locator("#composer-complaint")
    expect(complaint).to_contain_text("This draft was changed elsewhere")
    assert posts_of(site, someone.visitor) == [("draft", "One, changed")]
    second.get_by_role("button", name="Keep mine").click()
    saved(second)
    assert posts_of(site, someone.visitor) == [("draft", "Two")]

    first.get_by_label("Title").fill("One once more")
    first.get_by_role("button", name="Show that version").click()
    expect(first.get_by_label("Title")).to_have_value("Two")
    first.get_by_label("Title").fill("Agreed")
    saved(first)
    for one in (someone, other):
        one.heard()
        one.complaints = without(one.complaints, STALE)


def test_scheduling_in_the_readers_own_zone(site: Site, person: MakePerson, files: Files) -> None:
    tokyo = ZoneInfo("Asia/Tokyo")
    someone = person(site.member(), timezone_id="Asia/Tokyo")
    page = begin(someone, files, "Tomorrow")
    chosen = (datetime.now(tokyo) + timedelta(days=1)).replace(hour=7, minute=30)
    page.get_by_text("License, labels and time").click()
    page.get_by_label("Publish at").fill(chosen.strftime("%Y-%m-%dT%H:%M"))
    expect(page.get_by_role("button", name="Publish", exact=True)).to_be_hidden()
    page.get_by_role("button", name="Schedule").click()
    page.wait_for_url(re.compile("/p/"))
    expect(page.locator(".unpublished")).to_contain_text("7:30")
    row = site.rows("SELECT state, publish_at FROM posts_post WHERE title = 'Tomorrow'")[0]
    when = datetime.fromisoformat(str(row[1]))
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    assert row[0] == "scheduled"
    assert when.astimezone(tokyo).strftime("%d %H:%M") == chosen.strftime("%d %H:%M")

    page.get_by_role("link", name="Change").click()
    expect(page.get_by_label("Publish at")).to_have_value(chosen.strftime("%Y-%m-%dT%H:%M"))
    page.get_by_label("Publish at").fill("")
    published(page)


def test_drafts_and_schedules_without_scripts(site: Site, person: MakePerson, files: Files) -> None:
    someone = person(site.member(), java_script_enabled=False)
    page = someone.page
    page.goto("/new/")
    choose(page, files["first.jpg"])
    page.get_by_label("Title").fill("By hand")
    page.get_by_role("button", name="Save draft").click()
    expect(page.locator(".unpublished")).to_contain_text("Only you see it")
    page.get_by_role("link", name="Change").click()
    page.get_by_text("License, labels and time").click()
    page.get_by_label("Made with AI").check()
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")
    page.get_by_label("Publish at").fill(tomorrow)
    page.get_by_role("button", name="Schedule").click()
    expect(page.locator(".unpublished")).to_contain_text(
        "This post will be published automatically"
    )
    expect(page.locator(".labels")).to_contain_text("Made with AI")
    page.goto("/drafts/")
    expect(page.locator(".draft")).to_contain_text("Will be published")
    page.get_by_label("Delete this draft").click()
    page.get_by_role("button", name="Delete it").click()
    page.goto("/drafts/")
    expect(page.get_by_role("heading", name="No drafts")).to_be_visible()


def test_how_far_each_photo_is(site: Site, person: MakePerson, files: Files) -> None:
    someone = person(site.member())
    someone.go("/new/")
    page = someone.page
    network = someone.context.new_cdp_session(page)
    network.send("Network.enable")
    slow = {"offline": False, "latency": 20, "downloadThroughput": -1, "uploadThroughput": 60_000}
    network.send("Network.emulateNetworkConditions", slow)
    choose(page, files["second.jpg"])
    expect(page.locator("[data-part=percent]")).to_have_text(re.compile(r"^[1-9]\d? ?%$"))
    network.send("Network.emulateNetworkConditions", slow | {"uploadThroughput": -1})
    all_uploaded(page)
    expect(page.locator("#tray [data-part=percent]")).to_have_text("")


def test_a_reload_names_the_photos_that_were_on_their_way(
    site: Site, person: MakePerson, files: Files
) -> None:
    someone = person(site.member())
    page = begin(someone, files)
    # As on a link so slow that it never ends.
    page.route(
        "**/uploads/**", lambda route: None if route.request.method != "GET" else route.continue_()
    )
    choose(page, files["second.jpg"])
    page.get_by_label("Caption").fill("While it is sent")
    saved(page)
    page.once("dialog", lambda dialog: dialog.accept())
    page.reload()
    expect(page.locator("#composer-complaint")).to_contain_text("add them again: second.jpg")
    expect(page.get_by_label("Caption")).to_have_value("While it is sent")
    assert names(page) == ["first.jpg"]
    someone.heard()
    someone.complaints = without(someone.complaints, *LOST)


def test_a_photo_chosen_while_the_tab_looks_back_stays(
    site: Site, person: MakePerson, files: Files
) -> None:
    someone = person(site.member())
    someone.go("/new/")
    page = someone.page
    choose(page, files["first.jpg"])
    all_uploaded(page)
    published(page)
    # The tab still has what it sent, and asks after its photo before it forgets it.
    held: list[Route] = []
    page.route("**/uploads/*/", lambda route: route.continue_() if held else held.append(route))
    someone.go("/new/")
    heard(page, lambda: bool(held), "the tab to look back")
    choose(page, files["second.jpg"])
    expect(page.locator("#composer-status")).not_to_be_empty()
    held[0].continue_()
    all_uploaded(page)
    assert names(page) == ["second.jpg"]


def test_what_the_file_carries_and_what_is_shown_of_it(
    site: Site, person: MakePerson, files: Files
) -> None:
    someone = person(site.member())
    page = begin(someone, files, "With details")
    page.get_by_text("Details", exact=True).click()
    inspector = page.locator("#tray .inspector")
    expect(inspector).to_contain_text("52.5164, 13.3775: removed from everything we show")
    camera = inspector.get_by_label("Camera")
    assert not camera.is_checked()
    camera.check()
    page.reload()
    saved_or_restored = page.locator("#tray .inspector").get_by_label("Camera")
    expect(saved_or_restored).to_be_checked()
    saved(page)
    published(page)
    expect(page.locator(".shown-details")).to_contain_text(f"Model {CANARY}")
    assert "52.5" not in page.content()


def test_the_same_picture_again_is_pointed_out(
    site: Site, person: MakePerson, files: Files
) -> None:
    member = site.member()
    path = member.new_post(photo(width=1200, height=1000, seed=50), title="The first time")
    someone = person(member)
    someone.go("/new/")
    page = someone.page
    choose(page, files["first.jpg"])
    link = page.locator("#tray").get_by_role("link", name="The first time")
    expect(link).to_have_attribute("href", path)
    all_uploaded(page)
    saved(page)
    page.reload()
    expect(link).to_be_visible()
    expect(link).to_have_attribute("href", path)
    published(page)


def test_others_are_offered_to_go_on_with(site: Site, person: MakePerson, files: Files) -> None:
    someone = person(site.member())
    page = begin(someone, files, "An older one")
    someone.go("/new/")
    page.get_by_role("navigation", name="Drafts").get_by_role("link", name="An older one").click()
    expect(page.get_by_label("Title")).to_have_value("An older one")
    assert names(page) == ["first.jpg"]
