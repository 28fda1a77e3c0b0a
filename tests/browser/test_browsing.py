"""Reading the stream, a post and the admin: likes, comments, keys, and nothing that jumps."""

import itertools
import re

from playwright.sync_api import Page, Route, expect

from tests.browser.composing import heard
from tests.browser.conftest import MakePerson
from tests.pictures import photo
from tests.site import Site
from tests.visitor import Visitor

CARDS = "#cards > .card"


def carousel(member: Visitor, photos: int = 3) -> str:
    """Publish a post of several photos; returns its path."""
    ids = [member.kept_upload(photo(width=1000, height=800, seed=n))["id"] for n in range(photos)]
    for upload in ids:
        member.settled(upload)
    alts = [("alt_text", f"Photo {n}") for n in range(1, photos + 1)]
    return member.publish(ids, [("title", "A carousel"), *alts]).location


def scroll_to_end(page: Page) -> None:
    page.mouse.move(300, 300)
    page.mouse.wheel(0, 200)
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")


def test_the_stream_goes_on_by_itself(person: MakePerson, stream: list[str]) -> None:
    someone = person()
    someone.go("/?tab=latest")
    expect(someone.page.locator(CARDS)).to_have_count(24)
    scroll_to_end(someone.page)
    expect(someone.page.locator(f"{CARDS} >> nth=28")).to_be_attached()
    links = someone.page.locator(f"{CARDS} .card-link").evaluate_all("all => all.map(a => a.href)")
    assert len(links) == len(set(links))
    assert len(links) >= len(stream)


def test_without_scripts_a_link_leads_on(person: MakePerson, stream: list[str]) -> None:
    page = person(java_script_enabled=False).page
    page.goto("/?tab=latest")
    expect(page.locator(CARDS)).to_have_count(24)
    first = page.locator(f"{CARDS} .card-link").first.get_attribute("href")
    page.get_by_role("link", name="More").click()
    page.wait_for_url("**cursor=**")
    assert page.locator(CARDS).count() >= 6
    assert page.locator(f"{CARDS} .card-link[href='{first}']").count() == 0


def test_a_like_shows_at_once_and_stays(site: Site, person: MakePerson, stream: list[str]) -> None:
    someone = person(site.member())
    someone.go(stream[0])
    page = someone.page
    like = page.locator("button.like").first
    assert like.get_attribute("aria-pressed") == "false"
    held: list[Route] = []
    page.route("**/like", lambda route: held.append(route))
    like.click()
    # Shown before the site has even heard of it.
    expect(like).to_have_attribute("aria-pressed", "true")
    expect(like.locator(".count")).to_have_text("1")
    assert site.visitor().get(stream[0]).text.count('class="count">1<') == 0
    heard(page, lambda: len(held) == 1, "the request")
    with page.expect_response(re.compile("/like$")):
        held[0].continue_()
    page.unroute("**/like")
    page.reload()
    expect(page.locator("button.like").first).to_have_attribute("aria-pressed", "true")
    with page.expect_response(re.compile("/like$")):
        page.keyboard.press("l")
    page.reload()
    expect(page.locator("button.like").first).to_have_attribute("aria-pressed", "false")


def test_a_comment_appears_and_can_be_deleted(
    site: Site, person: MakePerson, stream: list[str]
) -> None:
    someone = person(site.member())
    someone.go(stream[1])
    page = someone.page
    page.get_by_label("Your comment").fill("Lovely <i>circles</i> #round")
    page.get_by_role("button", name="Send").click()
    comment = page.locator(".comment")
    expect(comment).to_contain_text("Lovely <i>circles</i> #round")
    page.reload()
    expect(comment).to_have_count(1)
    comment.get_by_label("This comment").click()
    page.get_by_role("button", name="Delete this comment").click()
    expect(comment).to_have_count(0)


def test_the_focus_stays_in_the_conversation(
    site: Site, person: MakePerson, stream: list[str]
) -> None:
    page = person(site.member(), viewport={"width": 390, "height": 844}).page
    page.goto(stream[3])
    said = page.locator("article.comment")
    page.fill("#comment-form textarea", "The first words")
    page.locator("#comment-form").get_by_role("button").click()
    expect(said.filter(has_text="The first words")).to_be_focused()
    page.get_by_role("link", name="Reply").click()
    expect(page.get_by_label("Your reply")).to_be_focused()
    page.keyboard.type("And an answer")
    page.keyboard.press("Control+Enter")
    expect(said.filter(has_text="And an answer")).to_be_focused()


def test_a_slash_leads_to_the_search(person: MakePerson, stream: list[str]) -> None:
    page = person().page
    page.goto("/")
    page.keyboard.press("/")
    page.wait_for_url("**/search/")
    field = page.get_by_role("combobox", name="Search")
    expect(field).to_be_focused()
    page.keyboard.type("number 7")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search/?q=number+7")
    page.locator("main").focus()
    page.keyboard.press("/")
    expect(field).to_be_focused()
    assert field.input_value() == "number 7"


def test_a_carousel_turns_by_keys_and_counts(site: Site, person: MakePerson) -> None:
    member = site.member()
    someone = person(member)
    someone.go(carousel(member))
    page = someone.page
    counter = page.locator(".carousel .counter")
    expect(counter).to_contain_text("1/3")
    page.keyboard.press("ArrowRight")
    expect(counter).to_contain_text("2/3")
    page.get_by_role("button", name="Next photo").click()
    expect(counter).to_contain_text("3/3")
    expect(page.get_by_role("button", name="Next photo")).to_be_disabled()
    page.keyboard.press("ArrowLeft")
    expect(counter).to_contain_text("2/3")
    expect(page.get_by_alt_text("Photo 2")).to_be_in_viewport()


def test_the_author_deletes_a_post(site: Site, person: MakePerson) -> None:
    member = site.member()
    path = member.new_post(photo(seed=70), title="To be deleted")
    someone = person(member)
    someone.go(path)
    page = someone.page
    page.get_by_label("This post").click()
    page.get_by_text("Delete…").click()
    page.get_by_role("button", name="Delete this post").click()
    expect(page.locator("main")).to_contain_text("Your post was deleted")
    assert member.get(path).status == 404


def test_every_page_keeps_the_content_security_policy(
    site: Site, person: MakePerson, stream: list[str]
) -> None:
    someone, visitor = person(site.member()), person()
    author = site.rows("SELECT username FROM accounts_user ORDER BY id")[0][0]
    for path in ("/", "/?tab=latest", stream[2], f"/@{author}/", "/accounts/login/"):
        visitor.go(path)
        assert visitor.heard() == [], path
    for path in ("/", "/?tab=following", "/new/", stream[2], "/settings/profile/", f"/@{author}/"):
        someone.go(path)
        assert someone.heard() == [], path
    for path in ("/accounts/password/change/", "/accounts/email/", "/accounts/2fa/"):
        someone.go(path)
        assert someone.heard() == [], path


def test_the_admin_keeps_it_too(site: Site, person: MakePerson, stream: list[str]) -> None:
    someone = person(site.moderator())
    someone.go("/admin/")
    lists = someone.page.locator("#content a[href^='/admin/']").evaluate_all(
        "all => [...new Set(all.map((a) => a.pathname))]"
    )
    changes = [path for path in lists if re.fullmatch(r"/admin/\w+/\w+/", path)]
    assert len(changes) >= 3
    for path in changes:
        someone.go(path)
        assert someone.heard() == [], path
        row = someone.page.locator("#result_list th a").first
        if row.count():
            row.click()
            someone.page.wait_for_load_state()
            assert someone.heard() == [], someone.page.url


def test_a_moderator_hides_a_post_and_restores_it(site: Site, person: MakePerson) -> None:
    author = site.member()
    path = author.new_post(photo(seed=80), title="To be hidden")
    someone, stranger = person(site.moderator()), site.visitor()
    page = someone.page
    for deed, status in (("Hide", 404), ("Restore", 200)):
        someone.go("/admin/posts/post/")
        row = page.locator("#result_list tr", has_text="To be hidden")
        row.get_by_role("link", name=re.compile(f"^{deed}")).click()
        page.locator("[name=reason]").fill("It shows a neighbour")
        page.locator("form").get_by_role("button", name=re.compile(f"^{deed}")).click()
        expect(page.locator(".messagelist .success")).to_be_visible()
        assert stranger.get(path).status == status


def test_nothing_jumps(person: MakePerson, stream: list[str]) -> None:
    for size, motion in itertools.product(((390, 844), (1280, 900)), ("reduce", "no-preference")):
        view = {"width": size[0], "height": size[1]}
        someone = person(viewport=view, reduced_motion=motion)
        for path in ("/", stream[3]):
            someone.go(path)
            someone.page.wait_for_load_state("networkidle")
            someone.page.mouse.move(size[0] / 2, size[1] / 2)
            for _screen in range(12):
                someone.page.mouse.wheel(0, 500)
                someone.page.wait_for_timeout(80)
            shifted = someone.page.evaluate("window.shifts")
            assert shifted <= 0.02, (size, motion, path, shifted)
