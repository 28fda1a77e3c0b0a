"""Topics as hands follow, pin and mute them, with a script and without."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import MakePerson
from tests.pictures import photo
from tests.site import Site

PHONE = {"width": 390, "height": 844}


@pytest.mark.parametrize("scripts", [True, False])
def test_a_topic_becomes_a_tab_and_is_muted(person: MakePerson, site: Site, scripts: bool) -> None:
    word = f"harbor{scripts}".lower()
    picture = photo(width=900, height=600, seed=71 + scripts)
    path = site.member().new_post(picture, title="At the harbor", caption=f"#{word}")
    page = person(site.member(), java_script_enabled=scripts).page
    page.goto(f"/topics/{word}/")
    follow = page.locator(".topic-head .follow")
    follow.click()
    expect(follow).to_contain_text("Following")
    page.locator(".topic-head summary").first.click()
    page.get_by_role("button", name="Pin as a tab").click()
    expect(page.get_by_text(f"#{word} is now a tab in your feed.")).to_be_visible()
    page.goto(f"/?tab=topic&topic={word}")
    page.goto("/")
    expect(page.locator(".stream-tabs [aria-current]")).to_have_text(f"#{word}")
    expect(page.locator(f'.card-link[href="{path}"]')).to_be_visible()
    page.goto("/settings/muted/")
    page.fill("#muted-text", f"#{word}")
    page.get_by_role("button", name="Mute", exact=True).click()
    expect(page.get_by_text("Muted. Nobody will be notified.")).to_be_visible()
    page.goto("/?tab=latest")
    expect(page.locator(f'.card-link[href="{path}"]')).to_have_count(0)


def test_of_many_tabs_the_open_one_is_in_sight_on_a_phone(person: MakePerson, site: Site) -> None:
    member = site.member()
    site.python(
        "from accounts.models import User\n"
        "from feed import topics\n"
        "from posts.models import Topic\n"
        f"me = User.objects.get(username={member.username!r})\n"
        "for number in range(8):\n"
        "    topic, _new = Topic.objects.get_or_create(name=f'longtopic{number}')\n"
        "    topics.pin(person=me, topic=topic)"
    )
    page = person(member, viewport=PHONE).page
    for number in (7, 0, 4):
        page.goto(f"/?tab=topic&topic=longtopic{number}")
        box = page.locator(".stream-tabs [aria-current]").bounding_box()
        assert box
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= PHONE["width"]
