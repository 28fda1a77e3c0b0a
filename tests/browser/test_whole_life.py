"""Three people and all that happens between them, from signing up to being erased.

Ada joins with a passkey and keeps her account private; Ben becomes her friend and then no longer
is; Cleo knows neither of them. Each has a browser of their own, 390 pixels wide.
"""

import json
import re
import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.sync_api import expect

from tests.browser.conftest import MakePerson
from tests.browser.people import PHONE, Somebody
from tests.pictures import photo
from tests.site import Site, wait_for
from tests.visitor import Visitor

PIER, CAPTION, ALT = "The pier", "Only friends know this heron", "A heron on a post"
SHED, SHED_CAPTION = "The shed", "Paint for the walls"
KIND_WORDS, ANSWER = "What a quiet morning", "It was colder than it looks"
UNDER_HARBOUR, FROM_CLEO = "Which harbour is this", "The old one behind the mill"
PIECES_OF_ADA = (PIER, CAPTION, ALT, SHED, SHED_CAPTION, ANSWER)


@dataclass
class Story:
    """Who is in it, and the addresses that came up so far."""

    site: Site
    ada: Somebody
    ben: Somebody
    cleo: Somebody
    # Another screen of Ada's.
    desk: Somebody
    files: dict[str, Path]
    harbour: str
    pier: str = ""
    shed: str = ""
    picture: str = ""


def test_a_whole_life(named_site: Site, named_person: MakePerson, files: dict[str, Path]) -> None:
    stranger = Visitor(named_site.url)
    stranger.sign_up("cleo")
    harbour = stranger.new_post(photo(width=900, height=900, seed=61), title="The harbour")
    story = Story(
        named_site,
        Somebody(named_person(viewport=PHONE), "ada"),
        Somebody(named_person(viewport=PHONE), "ben"),
        Somebody(named_person(stranger, viewport=PHONE), "cleo"),
        Somebody(named_person(viewport=PHONE), "ada"),
        files,
        harbour,
    )
    ada_moves_in(story)
    they_become_friends(story)
    friends_talk_under_a_photo(story)
    cleo_sees_none_of_it(story)
    a_list_is_for_cleo_alone(story)
    ada_blocks_ben(story)
    ben_takes_everything_along(story)
    ben_leaves_and_comes_back(story)
    ben_leaves_for_good(story)
    assert named_site.tracebacks() == []


def ada_moves_in(story: Story) -> None:
    ada, page = story.ada, story.ada.page
    ada.joins_with_passkey()
    ada.opens("/settings/privacy/")
    page.get_by_role("switch", name="Private account").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("switch", name="Private account")).to_be_checked()
    ada.opens("/settings/profile/")
    page.get_by_label("Pronouns").fill("she/her")
    page.get_by_label("Name of link 1").fill("My workshop")
    page.get_by_label("Address of link 1").fill("https://workshop.example.org/")
    page.get_by_role("button", name="Save").click()
    ada.opens(ada.profile)
    head = page.locator("header.profile")
    expect(head).to_contain_text("she/her")
    expect(head.get_by_role("link", name="My workshop")).to_be_visible()
    expect(head.get_by_text("Private account")).to_be_attached()


def they_become_friends(story: Story) -> None:
    ada, ben = story.ada, story.ben
    ben.joins_with_password()
    # A clock that is the test's, so half a minute takes no time, on a screen for this alone.
    desk = story.desk
    desk.person.context.add_cookies(ada.person.context.cookies())  # type: ignore[arg-type]
    desk.page.clock.install()
    desk.opens("/")
    # Else it may ask by itself just before it is to.
    desk.page.clock.pause_at(datetime.now(UTC) + timedelta(seconds=5))
    badge = desk.page.locator("[data-unseen-at] .count-badge")
    expect(badge).to_have_text("")

    found = ben.searches("ada", "People")
    found.get_by_role("button", name="Follow @ada").click()
    expect(found.get_by_role("button", name="Requested @ada")).to_be_visible()
    ben.opens(ada.profile)
    expect(ben.page.get_by_text("Once ada accepts")).to_be_visible()

    wait_for(lambda: ada.unseen() == "1", 20, "the notification of the request")
    desk.page.clock.run_for(31_000)
    expect(badge).to_have_text("1")
    ada.page.locator("[data-unseen-at]").click()
    ada.page.get_by_role("button", name="Accept @ben").click()
    ada.page.get_by_role("button", name="Follow back @ben").click()
    expect(ada.page.get_by_role("button", name="Friends @ben")).to_be_visible()
    ada.fits()
    ben.page.reload()
    expect(ben.page.get_by_role("button", name="Friends @ada")).to_be_visible()


def friends_talk_under_a_photo(story: Story) -> None:
    ada, ben = story.ada, story.ben
    story.pier = ada.posts(story.files["first.jpg"], PIER, CAPTION, "Friends", alt=ALT)

    ben.opens("/")
    ben.page.get_by_role("navigation", name="Feed").get_by_text("Following").click()
    ben.page.locator(".card", has_text=PIER).get_by_role("link", name=PIER).click()
    ben.page.wait_for_url(story.pier)
    shown = ben.page.locator(".slides img").first
    story.picture = str(shown.evaluate("image => image.currentSrc"))
    assert ben.status_of(story.picture) == 200
    ben.like.click()
    expect(ben.like).to_have_attribute("value", "delete")
    ben.comments(KIND_WORDS)

    ada.page.reload()
    ada.replies(KIND_WORDS, ANSWER)
    thread = ada.comment(KIND_WORDS)
    thread.get_by_label("This comment").click()
    thread.get_by_role("button", name="Pin to the top").click()
    expect(thread.get_by_text("Pinned", exact=True)).to_be_visible()
    ada.fits()

    ben.opens(story.pier)
    expect(ben.comment(KIND_WORDS).get_by_text("Pinned", exact=True)).to_be_visible()
    ben.page.get_by_role("link", name="Collections with this post").click()
    ben.page.get_by_label("A new collection").fill("Birds")
    ben.fits()
    ben.page.get_by_role("button", name="Done").click()
    expect(ben.page.get_by_role("button", name="Save")).to_have_attribute("aria-pressed", "true")
    opens_collection(ben, "Birds")
    expect(ben.page.locator(".card")).to_contain_text(PIER)


def opens_collection(someone: Somebody, name: str) -> None:
    someone.opens("/collections/")
    someone.page.locator(".shelf-card", has_text=name).get_by_role("link").click()
    expect(someone.page.get_by_role("heading", name=name)).to_be_visible()


def cleo_sees_none_of_it(story: Story) -> None:
    cleo = story.cleo
    cleo.opens(story.ada.profile)
    expect(cleo.page.get_by_text("This account is private")).to_be_visible()
    assert PIER not in cleo.page.content()
    cleo.finds_nothing_at(story.pier)
    assert cleo.status_of(story.picture) == 404
    # Her own photo is found, so the search does look.
    expect(cleo.searches("harbour", "Photos").locator(".card")).to_have_count(1)
    for words in ("pier", "heron"):
        found = cleo.searches(words, "Photos")
        expect(found.get_by_role("heading", name="Nothing found")).to_be_visible()
    cleo.opens("/notifications/")
    expect(cleo.page.locator(".line")).to_have_count(0)
    assert cleo.unseen() == ""


def a_list_is_for_cleo_alone(story: Story) -> None:
    ada, ben, cleo = story.ada, story.ben, story.cleo
    ada.opens_menu_about(cleo)
    ada.page.get_by_role("link", name="Lists…").click()
    ada.page.get_by_label("Add a new list").fill("Painters")
    ada.page.get_by_role("button", name="Save").click()
    story.shed = ada.posts(story.files["second.jpg"], SHED, SHED_CAPTION, "Painters")
    cleo.opens(story.shed)
    expect(cleo.page.locator(".caption")).to_have_text(SHED_CAPTION)
    assert "Painters" not in cleo.page.content(), "nobody learns the name of a list"
    ben.finds_nothing_at(story.shed)
    ben.opens(ada.profile)
    expect(ben.page.locator(".card")).to_contain_text([PIER])


def ada_blocks_ben(story: Story) -> None:
    ada, ben, cleo = story.ada, story.ben, story.cleo
    ben.opens(story.pier)
    ben.like.click()
    expect(ben.like).to_have_attribute("aria-pressed", "false")
    expect(ben.like).not_to_have_attribute("value", "delete")
    told_of_each_other(story, yes=True)

    ada.opens_menu_about(ben)
    ada.page.get_by_text("Block…").click()
    ada.fits()
    ada.page.get_by_role("button", name="Block @ben").click()
    expect(ada.page.get_by_role("heading", name="You blocked @ben")).to_be_visible()

    # His page still shows the heart; the site no longer knows of him here.
    ben.like.click()
    expect(ben.page.locator("#toasts")).to_contain_text("no longer here")
    expect(ben.like).to_have_attribute("aria-pressed", "false")
    ben.was_told("status of 404", "Error Code 404")
    for path in (ada.profile, story.pier, story.shed):
        ben.finds_nothing_at(path)
    assert ben.status_of(story.picture) == 404
    opens_collection(ben, "Birds")
    expect(ben.page.get_by_text("1 post is no longer visible to you")).to_be_visible()
    assert PIER not in ben.page.content()
    told_of_each_other(story, yes=False)

    # The photo is opened to Cleo: what Ben wrote below is gone for her as for Ada.
    ada.opens(f"{story.pier}edit/")
    ada.chooses_audience("Painters")
    ada.page.get_by_role("button", name="Save", exact=True).click()
    ada.page.wait_for_url(story.pier)
    cleo.opens(story.pier)
    for someone in (ada, cleo):
        expect(someone.page.get_by_role("heading", name=PIER)).to_be_visible()
        expect(someone.page.get_by_role("heading", name="Comments")).to_be_visible()
        expect(someone.page.locator("article.comment")).to_have_count(0)


def told_of_each_other(story: Story, *, yes: bool) -> None:
    """Whether the notifications of Ada and Ben name the other."""
    for someone, other in ((story.ada, story.ben), (story.ben, story.ada)):
        page = someone.person.context.new_page()
        page.goto("/notifications/")
        lines = page.locator(".line", has_text=re.compile(rf"\b{other.name}\b"))
        assert (lines.count() > 0) is yes, (someone.name, page.locator("main").inner_text())
        page.close()


def ben_takes_everything_along(story: Story) -> None:
    ben, cleo = story.ben, story.cleo
    ben.opens(story.harbour)
    ben.comments(UNDER_HARBOUR)
    cleo.opens(story.harbour)
    cleo.replies(UNDER_HARBOUR, FROM_CLEO)

    ben.opens("/settings/data/")
    with story.site.workers_asleep():
        ben.page.get_by_role("button", name="Prepare my download").click()
        ben.shows_it_is_them()
        expect(ben.page.get_by_text("in the queue and will start soon")).to_be_visible()
        ben.fits()
    expect(ben.page.get_by_role("heading", name="Your download is ready")).to_be_visible()
    ben.fits()
    with ben.page.expect_download() as download:
        ben.page.get_by_role("link", name="Download", exact=True).click()
    with zipfile.ZipFile(download.value.path()) as archive:
        assert archive.testzip() is None
        texts = {name: archive.read(name).decode() for name in archive.namelist()}
    written = [each["text"] for each in json.loads(texts["comments.json"])]
    assert written == [KIND_WORDS, UNDER_HARBOUR]
    [birds] = json.loads(texts["collections.json"])
    assert birds["name"] == "Birds"
    assert "ben@example.org" in texts["account.json"]
    told = [(name, words) for name in texts for words in PIECES_OF_ADA if words in texts[name]]
    assert told == []


def ben_leaves_and_comes_back(story: Story) -> None:
    ben, cleo = story.ben, story.cleo
    other = ben.person.context.new_page()
    other.goto("/")
    ben.asks_to_leave()
    ben.is_gone()
    other.goto("/settings/profile/")
    assert "/accounts/login/" in other.url, "signed out at once"
    other.close()
    cleo.finds_nothing_at(ben.profile)
    cleo.opens(story.harbour)
    expect(cleo.comment(UNDER_HARBOUR)).to_have_count(0)

    ben.tries_to_sign_in()
    ben.page.wait_for_url("**/settings/leaving/")
    for path in ("/", story.harbour, ben.profile):
        ben.opens(path)
        assert ben.page.url.endswith("/settings/leaving/"), path
    ben.page.get_by_role("button", name="Keep my account").click()
    expect(ben.page.get_by_text("Everything is as it was")).to_be_visible()
    opens_collection(ben, "Birds")
    cleo.opens(ben.profile)
    cleo.opens(story.harbour)
    expect(cleo.comment(UNDER_HARBOUR)).to_be_visible()


def ben_leaves_for_good(story: Story) -> None:
    site, ben, cleo = story.site, story.ben, story.cleo
    ben.asks_to_leave()
    ben.shows_it_is_them()
    receipt = ben.is_gone()
    # The days of grace are over, and the schedule strikes.
    site.python(
        "from django.utils import timezone\n"
        "from accounts.models import User\n"
        "from leaving.models import Departure\n"
        "from leaving.tasks import sweep\n"
        "User.objects.filter(username='ben').update(leaving_at=timezone.now())\n"
        "Departure.objects.filter(stayed_at=None).update(due_at=timezone.now())\n"
        "sweep.delay()"
    )
    passer_by = site.visitor()

    def told() -> dict[str, object]:
        return dict(passer_by.get(receipt, Accept="application/json").json())

    wait_for(lambda: told()["state"] == "erased", 40, "Ben to be erased")
    ben.opens(receipt)
    expect(ben.page.get_by_role("heading", name="Everything is erased")).to_be_visible()
    expect(ben.page.get_by_text("Account and words erased").locator("..")).to_contain_text("20")
    counts = ben.page.locator(".leaving-counts")
    for words in ("Comments 2", "Collections 1", "Downloads 1"):
        what, number = words.split()
        expect(counts.locator("div", has_text=re.compile(f"^{what}"))).to_contain_text(number)
    assert "ben" not in ben.page.locator("main").inner_text()

    ben.tries_to_sign_in()
    expect(ben.page.get_by_role("alert")).to_contain_text("not correct")
    assert site.rows("SELECT username FROM accounts_user WHERE username = %s", "ben") == []
    cleo.finds_nothing_at(ben.profile)
    cleo.opens(story.harbour)
    expect(cleo.page.get_by_text("This comment was deleted")).to_be_visible()
    assert UNDER_HARBOUR not in cleo.page.content()
    cleo.page.get_by_text("1 reply").click()
    expect(cleo.comment(FROM_CLEO)).to_be_visible()
