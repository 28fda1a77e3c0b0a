"""Signing up and posting, with scripts and without."""

import io
import re

from PIL import Image
from playwright.sync_api import expect

from tests.browser.composing import (
    Files,
    all_uploaded,
    choose,
    drag,
    names,
    published,
    saved,
    without,
)
from tests.browser.conftest import MakePerson
from tests.pictures import photo
from tests.site import Site
from tests.visitor import PASSWORD


def test_signing_up_in_a_browser(person: MakePerson) -> None:
    someone = person()
    someone.go("/accounts/signup/")
    page = someone.page
    page.get_by_label("Username").fill("browser_person")
    page.get_by_label("Email").fill("b@example.org")
    page.locator("#id_password1").fill(PASSWORD)
    page.locator("#id_password2").fill(PASSWORD)
    page.get_by_role("button", name="Create my account").click()
    page.wait_for_url(lambda url: "/accounts/" not in url)
    someone.go("/settings/profile/")
    assert page.locator("input[name=display_name]").is_visible()


def test_two_photos_reordered_described_and_published(
    site: Site, person: MakePerson, files: Files
) -> None:
    someone = person(site.member())
    someone.go("/new/")
    page = someone.page
    choose(page, files["first.jpg"], files["second.jpg"])
    all_uploaded(page)
    assert names(page) == ["first.jpg", "second.jpg"]
    page.get_by_role("button", name="Move second.jpg, photo 2 of 2").focus()
    page.keyboard.press("ArrowLeft")
    assert names(page) == ["second.jpg", "first.jpg"]
    page.get_by_label("Description of second.jpg, photo 1 of 2").fill("The second file")
    page.get_by_label("Description of first.jpg, photo 2 of 2").fill("The first file")
    page.get_by_label("Title").fill("Two & a half")
    page.get_by_label("Caption").fill("With a #topic and <b>no bold</b>")
    published(page)
    alts = page.locator(".slides img").evaluate_all("all => all.map((one) => one.alt)")
    assert alts == ["The second file", "The first file"]
    assert page.get_by_role("heading", name="Two & a half").is_visible()
    assert page.get_by_role("link", name="#topic").get_attribute("href") == "/topics/topic/"
    assert "<b>no bold</b>" in page.locator("#post").inner_text()


def test_dragging_changes_the_order(site: Site, person: MakePerson, files: Files) -> None:
    someone = person(site.member())
    someone.go("/new/")
    page = someone.page
    choose(page, files["first.jpg"], files["second.jpg"])
    all_uploaded(page)
    drag(page, "first.jpg", "second.jpg")
    assert names(page) == ["second.jpg", "first.jpg"]


def test_a_bad_file_keeps_the_good_ones(site: Site, person: MakePerson, files: Files) -> None:
    someone = person(site.member())
    someone.go("/new/")
    page = someone.page
    choose(page, files["first.jpg"], files["notes.jpg"])
    bad = page.locator(".photo-card[data-name='notes.jpg']")
    expect(bad).to_have_attribute("data-state", "refused")
    expect(bad).to_contain_text("This is not a picture we can read")
    page.get_by_label("Title").fill("One of two")
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.locator("#composer-complaint")).to_contain_text("Not uploaded: notes.jpg")
    page.get_by_role("button", name="Publish without them").click()
    page.wait_for_url(re.compile("/p/"))
    expect(page.locator(".slides .slide img")).to_have_count(1)
    someone.heard()
    # The browser's own line about the refused upload.
    someone.complaints = without(someone.complaints, "status of 415")


def test_a_reload_keeps_words_and_photos(site: Site, person: MakePerson, files: Files) -> None:
    someone = person(site.member())
    someone.go("/new/")
    page = someone.page
    choose(page, files["first.jpg"])
    page.get_by_label("Caption").fill("Typed before the reload")
    page.get_by_label("Description of first.jpg").fill("Circles on a gradient")
    all_uploaded(page)
    page.reload()
    expect(page.get_by_label("Caption")).to_have_value("Typed before the reload")
    expect(page.get_by_label("Description of first.jpg")).to_have_value("Circles on a gradient")
    # A page older than the last save asks for itself again, whatever was pressed on it.
    saved(page)
    published(page)


def test_posting_without_scripts(site: Site, person: MakePerson, files: Files) -> None:
    someone = person(site.member(), java_script_enabled=False)
    page = someone.page
    page.goto("/new/")
    choose(page, files["first.jpg"], files["notes.jpg"], files["second.jpg"])
    page.get_by_label("Title").fill("By hand")
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.locator("main")).to_contain_text("notes.jpg: This is not a picture we can read")
    page.wait_for_load_state()
    assert page.get_by_label("Title").input_value() == "By hand"
    assert names(page) == ["first.jpg", "second.jpg"]
    page.get_by_label("Description of second.jpg").fill("The second file")
    page.get_by_role("button", name="Publish", exact=True).click()
    page.wait_for_url(re.compile("/p/"))
    # While it is being made ready the page reloads itself.
    expect(page.locator(".slides img")).to_have_count(2, timeout=20_000)
    assert page.locator(".slides img").nth(1).get_attribute("alt") == "The second file"


def test_a_link_to_a_public_post_has_a_preview(site: Site, person: MakePerson) -> None:
    member = site.member()
    path = member.new_post(photo(seed=90), title="To be shared", alt_text="Circles")
    site.rest()
    someone = person()
    someone.go(path)

    def told(name: str) -> str:
        tag = someone.page.locator(f"meta[property='og:{name}']")
        return str(tag.get_attribute("content"))

    assert told("title") == "To be shared"
    assert told("image:alt") == "Circles"
    assert told("url") == site.url + path
    picture = Image.open(io.BytesIO(site.visitor().get(told("image")).body))
    assert (picture.format, picture.size) == ("JPEG", (1200, 630))
    hidden = member.new_post(photo(seed=91), title="Mine", audience="self")
    assert "og:image" not in member.get(hidden).text
