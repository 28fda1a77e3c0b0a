"""A new member's first minutes, with a script and without: a picture, topics, people, the feed."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import MakePerson
from tests.browser.people import Somebody
from tests.pictures import photo
from tests.site import Site
from tests.visitor import Visitor

PHONE = {"width": 390, "height": 844}
TOPICS = ("fog", "harbor", "otters", "spires", "tea")


@pytest.fixture(scope="module")
def authors(named_site: Site) -> list[Visitor]:
    """Two people with posts about five topics."""
    made = [named_site.member(), named_site.member()]
    for number, topic in enumerate(TOPICS):
        picture = photo(width=900, height=1100, seed=90 + number)
        made[number % 2].new_post(picture, title=topic.title(), caption=f"#{topic}")
    return made


@pytest.mark.parametrize("scripts", [True, False])
def test_a_new_member_chooses_and_ends_on_the_feed(
    named_site: Site,
    authors: list[Visitor],
    named_person: MakePerson,
    tmp_path: Path,
    scripts: bool,
) -> None:
    someone = named_person(viewport=PHONE, java_script_enabled=scripts)
    newcomer, page = Somebody(someone, f"newcomer{scripts}".lower()), someone.page
    newcomer.joins_with_password()
    page.wait_for_url("**/welcome/picture/")
    expect(page.get_by_text("Step 1 of 3")).to_be_visible()
    face = tmp_path / "face.jpg"
    face.write_bytes(photo(width=600, height=600, seed=99))
    page.locator("#id_avatar").set_input_files(face)
    if scripts:
        expect(page.locator("#avatar-now canvas")).to_be_visible()
    page.get_by_role("button", name="Use this picture").click()

    page.wait_for_url("**/welcome/topics/")
    for topic in TOPICS[:4]:
        page.locator(".picks").get_by_role("checkbox", name=f"#{topic}", exact=True).check()
    tile = page.locator(".tap", has_text=f"#{TOPICS[4]}")
    tile.click()
    expect(tile.get_by_role("checkbox")).to_be_checked()
    page.get_by_role("button", name="Continue").click()

    page.wait_for_url("**/welcome/people/")
    cards = page.locator(".suggested-person")
    expect(cards).to_have_count(2)
    first, second = (each.username for each in authors)
    card = cards.filter(has_text=f"@{first}").first
    expect(card).to_contain_text("Posts about #")
    dismiss = page.get_by_role("button", name=f"Don’t suggest @{second} again")
    dismiss.click()
    expect(page.get_by_text(f"We won’t suggest @{second} again.")).to_be_visible()
    if scripts:
        page.get_by_role("button", name="Undo").click()
        expect(dismiss).to_be_visible()
    page.get_by_role("button", name=f"Follow @{first}").click()
    if scripts:
        expect(page.get_by_role("button", name=f"Following @{first}")).to_be_visible()
        page.get_by_role("link", name="Done").click()
    else:
        # Nobody is left to suggest, so the step is over.
        page.wait_for_url(f"{named_site.url}/")

    page.wait_for_url(f"{named_site.url}/")
    expect(page.locator(".stream-tabs")).to_be_visible()
    newcomer.opens("/settings/muted/")
    for topic in TOPICS:
        expect(page.locator(".person-list").get_by_role("link", name=f"#{topic}")).to_be_visible()
    newcomer.opens("/?tab=following")
    expect(page.locator(".card-link")).to_have_count(3)


def test_all_of_it_is_skipped_by_three_clicks(
    named_site: Site, authors: list[Visitor], named_person: MakePerson
) -> None:
    someone = named_person(viewport=PHONE)
    Somebody(someone, "hurried").joins_with_password()
    for step in ("picture", "topics", "people"):
        someone.page.wait_for_url(f"**/welcome/{step}/")
        someone.page.get_by_role("link", name="Skip", exact=True).click()
    someone.page.wait_for_url(f"{named_site.url}/")
