"""Changing a post that is out: its photos, words and labels, with scripts and without."""

import re

from playwright.sync_api import Page, expect

from tests.browser.composing import (
    Files,
    all_uploaded,
    choose,
    drag,
    names,
    published,
    replace,
    without,
)
from tests.browser.conftest import MakePerson
from tests.pictures import photo
from tests.site import Site
from tests.visitor import Visitor

PHONE = {"width": 390, "height": 844}
OVERFLOWS = """() => [...document.querySelectorAll('main *')]
  .filter((one) => one.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
  .filter((one) => !one.closest('.visually-hidden, .slides, .composer-drafts ul'))
  .map((one) => one.className)"""


def post_of(member: Visitor, photos: int = 2) -> str:
    """Publish a post of several photos, called a.jpg, b.jpg and so on; returns its path."""
    ids = [
        member.kept_upload(photo(width=900, height=700, seed=n), f"{'abcdef'[n]}.jpg")["id"]
        for n in range(photos)
    ]
    for upload in ids:
        member.settled(upload)
    alts = [("alt_text", f"Photo {n}") for n in range(1, photos + 1)]
    return member.publish(ids, [("title", "Before"), ("caption", "As it was"), *alts]).location


def alts(page: Page) -> list[str]:
    """The alt texts of a post's photos, once all of them are there."""
    expect(page.locator(".slide-empty")).to_have_count(0, timeout=20_000)
    return list(page.locator(".slides img").evaluate_all("all => all.map((one) => one.alt)"))


def test_photos_come_go_and_move(site: Site, person: MakePerson, files: Files) -> None:
    someone = person(site.member())
    path = post_of(someone.visitor, 3)
    before = someone.visitor.get(path).text
    someone.go(f"{path}edit/")
    page = someone.page
    assert names(page) == ["a.jpg", "b.jpg", "c.jpg"]
    choose(page, files["first.jpg"])
    all_uploaded(page)
    replace(page, "b.jpg", files["second.jpg"])
    expect(page.locator(".photo-card[data-name='second.jpg']")).to_be_visible()
    all_uploaded(page)
    page.get_by_role("button", name="Remove c.jpg").click()
    page.get_by_label("Description of first.jpg").fill("New here")
    page.get_by_role("button", name="Move first.jpg, photo 3 of 3").focus()
    page.keyboard.press("Home")
    assert names(page) == ["first.jpg", "a.jpg", "second.jpg"]
    drag(page, "a.jpg", "first.jpg")
    assert names(page) == ["a.jpg", "first.jpg", "second.jpg"]
    # Nothing of it is out before it is saved.
    assert someone.visitor.get(path).text.count("<img") == before.count("<img")
    page.get_by_label("Title").fill("After")
    page.get_by_text("License and labels").click()
    page.get_by_label("How can others use it?").select_option("cc-by-sa")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url(re.compile("/p/[^/]+/$"))
    assert alts(page) == ["Photo 1", "New here", "Photo 2"]
    licence = page.get_by_role("link", name="CC BY-SA")
    href = "https://creativecommons.org/licenses/by-sa/4.0/"
    expect(licence).to_have_attribute("href", href)

    page.get_by_role("link", name="edited").click()
    changes = page.locator(".version").first
    expect(changes).to_contain_text("2 photos were added")
    expect(changes.locator("del").first).to_have_text("Before")
    expect(changes.locator("ins").first).to_have_text("After")


def test_a_new_photo_comes_in_by_itself(site: Site, person: MakePerson, files: Files) -> None:
    someone = person(site.member())
    path = post_of(someone.visitor, 1)
    someone.go(f"{path}edit/")
    page = someone.page
    with site.workers_asleep():
        choose(page, files["first.jpg"])
        all_uploaded(page)
        page.get_by_role("button", name="Save", exact=True).click()
        page.wait_for_url(re.compile("/p/[^/]+/$"))
        expect(page.locator(".slide-empty .ring")).to_contain_text("0%")
        assert page.locator(".slides img").count() == 1
    expect(page.locator(".slides img")).to_have_count(2, timeout=30_000)
    expect(page.locator(".slide-empty")).to_have_count(0)


def test_the_same_without_scripts(site: Site, person: MakePerson, files: Files) -> None:
    someone = person(site.member(), java_script_enabled=False)
    path = post_of(someone.visitor, 3)
    page = someone.page
    page.goto(f"{path}edit/")
    cards = page.locator("#tray .photo-card")
    cards.nth(0).get_by_label("Place").fill("3")
    cards.nth(1).get_by_label("Leave it out").check()
    cards.nth(2).get_by_label("Place").fill("1")
    page.get_by_label("Description of c.jpg").fill("The third, now first")
    choose(page, files["first.jpg"])
    page.get_by_label("Title").fill("By hand")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url(re.compile("/p/[^/]+/$"))
    expect(page.get_by_role("heading", name="By hand")).to_be_visible()
    site.rest()
    page.reload()
    assert alts(page) == ["The third, now first", "Photo 1", ""]


def test_a_post_is_never_saved_by_itself_but_its_words_are_kept(
    site: Site, person: MakePerson
) -> None:
    someone = person(site.member())
    path = post_of(someone.visitor, 1)
    someone.go(f"{path}edit/")
    page = someone.page
    page.get_by_label("Caption").fill("Half a senten")
    page.wait_for_timeout(1_800)
    assert "As it was" in someone.visitor.get(path).text
    page.reload()
    expect(page.get_by_label("Caption")).to_have_value("Half a senten")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url(re.compile("/p/[^/]+/$"))
    page.go_back()
    someone.go(f"{path}edit/")
    expect(page.get_by_label("Caption")).to_have_value("Half a senten")
    expect(page.locator("#composer-complaint")).to_be_empty()


def test_of_two_who_edit_the_second_is_asked(site: Site, person: MakePerson) -> None:
    someone = person(site.member())
    path = post_of(someone.visitor, 1)
    other = person(someone.visitor)
    for one in (someone, other):
        one.go(f"{path}edit/")
    someone.page.get_by_label("Title").fill("The first")
    published(someone.page, "Save")
    other.page.get_by_label("Title").fill("The second")
    other.page.get_by_role("button", name="Save", exact=True).click()
    expect(other.page.locator(".composer-problems")).to_contain_text("changed in another tab")
    expect(other.page.get_by_label("Title")).to_have_value("The second")
    published(other.page, "Save")
    expect(other.page.get_by_role("heading", name="The second")).to_be_visible()


def test_a_refused_replacement_leaves_the_photo(
    site: Site, person: MakePerson, files: Files
) -> None:
    someone = person(site.member())
    someone.go(f"{post_of(someone.visitor, 1)}edit/")
    page = someone.page
    replace(page, "a.jpg", files["notes.jpg"])
    card = page.locator("#tray .photo-card")
    expect(card).to_contain_text("This is not a picture we can read")
    published(page, "Save")
    assert alts(page) == ["Photo 1"]
    someone.heard()
    someone.complaints = without(someone.complaints, "status of 415")


def test_a_photo_is_edited_from_its_card(site: Site, person: MakePerson) -> None:
    someone = person(site.member())
    path = post_of(someone.visitor, 1)
    someone.go(f"{path}edit/")
    page = someone.page
    picture = page.locator("#tray .photo-frame img")
    first = picture.get_attribute("src")
    page.get_by_role("link", name="Edit a.jpg").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Right", exact=True).click()
    dialog.get_by_role("button", name="Apply").first.click()
    expect(dialog).to_have_count(0)
    expect(picture).not_to_have_attribute("src", str(first))
    # Another address is there before its picture is.
    ratio = picture.evaluate(
        "async (one) => { await one.decode(); return one.naturalWidth / one.naturalHeight; }"
    )
    assert ratio < 1


def test_the_longest_post_and_names_fit_a_phone(site: Site, person: MakePerson) -> None:
    someone = person(site.member(), viewport=PHONE)
    member = someone.visitor
    endless = "a" * 180 + ".jpg"
    small = [photo(width=160 + 8 * n, height=200, seed=n) for n in range(35)]
    ids = [member.kept_upload(data, endless)["id"] for data in small]
    draft = member.publish(ids, [("title", "W" * 90), ("save", "draft"), ("submission_key", "35")])
    page = someone.page
    someone.go(draft.location)
    assert page.evaluate(OVERFLOWS) == []
    page.get_by_role("link", name="Change").click()
    expect(page.locator("#tray .photo-card")).to_have_count(35)
    expect(page.locator(".tray-add")).to_be_hidden()
    assert page.evaluate(OVERFLOWS) == []
    last = page.locator(".photo-card").last
    last.get_by_text("Details", exact=True).click()
    expect(last.locator(".inspector")).to_be_visible()
    assert page.evaluate(OVERFLOWS) == []
    someone.go("/drafts/")
    assert page.evaluate(OVERFLOWS) == []
