"""Somebody with a phone: what people do on the site again and again, by the words they read."""

import json
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.browser.composing import all_uploaded, choose, published, without
from tests.browser.conftest import Person
from tests.visitor import PASSWORD

PHONE = {"width": 390, "height": 844}
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
# Every page of the story that is wider than the screen is a complaint.
MEASURE = """
addEventListener('load', () => {
  const over = document.documentElement.scrollWidth - innerWidth;
  if (over > 0) console.error(`${location.pathname} is ${over} px wider than the screen`);
});
"""


def with_reader(someone: Person, **changes: Any) -> tuple[Any, str]:
    """Put a fingerprint reader into the browser; returns its session and id."""
    devtools = someone.context.new_cdp_session(someone.page)
    devtools.send("WebAuthn.enable")
    made = devtools.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR | changes})
    return devtools, made["authenticatorId"]


def shows_passkey(page: Page, button: str) -> None:
    """Press a button that asks the reader, once the page has its script."""
    page.wait_for_load_state()
    page.get_by_role("button", name=button).click()


class Somebody:
    """One of the people of a story."""

    def __init__(self, person: Person, name: str) -> None:
        self.person = person
        self.name = name
        self.profile = f"/@{name}/"
        person.context.add_init_script(MEASURE)

    @property
    def page(self) -> Page:
        """What they see."""
        return self.person.page

    # --- Looking ---------------------------------------------------------------------------------

    def opens(self, path: str) -> None:
        """Open a page that is there for them."""
        answer = self.page.goto(path, wait_until="load")
        assert answer
        assert answer.status == 200, (self.name, path, answer.status)

    def finds_nothing_at(self, path: str) -> None:
        """Open a page that is the same for them as one that never was."""
        bodies = []
        for address in (path, "/p/11111111111/"):
            answer = self.page.goto(address, wait_until="load")
            assert answer
            assert answer.status == 404, (self.name, address, answer.status)
            expect(self.page.get_by_role("heading", name="Page not found")).to_be_visible()
            bodies.append(self.page.locator("main").inner_html())
            self.was_told("status of 404")
        assert bodies[0] == bodies[1]

    def status_of(self, address: str) -> int:
        """What their browser is answered for the address of a picture."""
        return self.person.context.request.get(address).status

    def was_told(self, *words: str) -> None:
        """Forget the browser's own lines about a refusal; there was one of each."""
        self.person.heard()
        for each in words:
            left = without(self.person.complaints, each)
            assert len(left) < len(self.person.complaints), (each, self.person.complaints)
            self.person.complaints[:] = left

    def fits(self) -> None:
        """Nothing that came since the page was loaded is wider than the screen."""
        root = "document.documentElement.scrollWidth - innerWidth"
        assert self.page.evaluate(root) <= 0, self.page.url

    def searches(self, words: str, where: str) -> Locator:
        """Search; returns the main part of what was found."""
        self.opens("/search/")
        self.page.get_by_role("combobox", name="Search").fill(words)
        self.page.keyboard.press("Enter")
        tab = self.page.get_by_role("navigation", name="What to search").get_by_text(where)
        tab.click()
        expect(tab).to_have_attribute("aria-current", "page")
        return self.page.locator("main")

    def unseen(self) -> str:
        """The badge of their notifications; asked aside, no page of theirs hears of it."""
        answer = self.person.context.request.get("/notifications/badge")
        return str(json.loads(answer.body())["count"])

    # --- Coming and going ------------------------------------------------------------------------

    def joins_with_passkey(self) -> None:
        """Sign up with nothing but a fingerprint."""
        with_reader(self.person)
        self.opens("/accounts/signup/")
        self.page.get_by_role("link", name="Join with a passkey instead").click()
        self.page.get_by_label("Username").fill(self.name)
        self.page.locator("#id_email").fill(f"{self.name}@example.org")
        self.page.get_by_role("button", name="Continue").click()
        shows_passkey(self.page, "Create passkey and sign in")
        self.page.wait_for_url(lambda url: "/accounts/" not in url)

    def joins_with_password(self) -> None:
        """Sign up the usual way."""
        self.opens("/accounts/signup/")
        self.page.get_by_label("Username").fill(self.name)
        self.page.locator("#id_email").fill(f"{self.name}@example.org")
        self.page.locator("#id_password1").fill(PASSWORD)
        self.page.locator("#id_password2").fill(PASSWORD)
        self.page.get_by_role("button", name="Create my account").click()
        self.page.wait_for_url(lambda url: "/accounts/" not in url)

    def tries_to_sign_in(self) -> None:
        """Send name and password."""
        self.opens("/accounts/login/")
        self.page.get_by_label("Username or email").fill(self.name)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Sign in", exact=True).click()

    def shows_it_is_them(self) -> None:
        """Give the password once more, and go on with what they were about to do."""
        expect(self.page.get_by_role("heading", name="Is this you?")).to_be_visible()
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Continue").click()

    def asks_to_leave(self) -> None:
        """Press the button; who has not shown lately that it is them is asked to."""
        self.opens("/settings/leaving/")
        self.page.get_by_role("button", name="Leave", exact=True).click()

    def is_gone(self) -> str:
        """Be told so; returns the address of the receipt."""
        expect(
            self.page.get_by_role("heading", name="You no longer appear on any page")
        ).to_be_visible()
        return self.page.url

    # --- People and posts ------------------------------------------------------------------------

    def opens_menu_about(self, other: "Somebody") -> None:
        """The menu "…" on somebody's profile."""
        self.opens(other.profile)
        self.page.locator("summary", has=self.page.locator("svg")).and_(
            self.page.get_by_label(f"More about @{other.name}")
        ).click()

    def posts(self, photo: Path, title: str, caption: str, audience: str, alt: str = "") -> str:
        """Post a photo for some people; returns the address of the post."""
        self.opens("/new/")
        choose(self.page, photo)
        all_uploaded(self.page)
        self.page.get_by_label(f"Description of {photo.name}").fill(alt)
        self.page.get_by_label("Title").fill(title)
        self.page.get_by_label("Caption").fill(caption)
        self.chooses_audience(audience)
        return published(self.page)

    def chooses_audience(self, audience: str) -> None:
        """Say in the composer who can see it: "Friends", or a list by its name."""
        kinds = self.page.locator(".composer-audience")
        if kinds.get_by_role("radio", name=audience, exact=True).count():
            kinds.get_by_role("radio", name=audience, exact=True).check()
            return
        kinds.get_by_role("radio", name="One of my lists", exact=True).check()
        kinds.get_by_label("Which list").select_option(label=f"{audience} (1)")

    def comments(self, words: str) -> None:
        """Write under the post that is open."""
        self.page.get_by_label("Your comment").fill(words)
        self.page.get_by_role("button", name="Send").click()
        expect(self.comment(words)).to_be_visible()

    def replies(self, to: str, words: str) -> None:
        """Answer a comment under the post that is open."""
        self.comment(to).get_by_text("Reply").first.click()
        self.page.get_by_label("Your reply").fill(words)
        self.page.locator(".reply-form").get_by_role("button", name="Reply").click()
        expect(self.comment(words)).to_be_visible()

    def comment(self, words: str) -> Locator:
        """A comment on the page, by its words."""
        return self.page.locator("article.comment", has_text=words)

    @property
    def like(self) -> Locator:
        """The heart of the post that is open."""
        return self.page.locator(".post-acts").get_by_role("button", name="Like")
