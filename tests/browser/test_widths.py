"""No page is wider than a phone, however long the words on it and however wide the font."""

import json
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from django.urls import URLResolver, get_resolver, reverse
from playwright.sync_api import Browser

from tests.browser.conftest import PATIENCE
from tests.browser.fonts import FAMILIES
from tests.pictures import photo
from tests.site import Site
from tests.visitor import Visitor

pytestmark = pytest.mark.once

WORD = "W" * 120
# Django's own pages have their own layout.
FOREIGN = ("admin",)
# What is no page: files, and answers to programs.
NO_PAGES = {"posts:rendition", "posts:media", "posts:original", "posts:incoming"}
# What an address names that is nobody's row: the page then says so.
NOBODYS = {
    "token": "x" * 40,
    "key": "x" * 40,
    "uidb36": "1",
    "year": "2026",
    "month": "1",
}
OF_ANOTHER_ROW = {"posts:deletion": {"post_id": "deleted"}}
# What somebody else sees of the member, and what a visitor who is nobody yet sees.
NEAR = {
    "posts:post": ["post_id"],
    "posts:profile": ["username"],
    "posts:collection": ["collection_id"],
    "moderation:report_post": ["post_id"],
    "accounts:followers": ["username"],
    "notifications:page": [],
}
ENTRANCE = ("feed:stream", "account_login", "account_signup", "account_reset_password")
LEAST_PAGES = 60
World = tuple[Visitor, Visitor, dict[str, str]]
MEASURE = """
() => {
  const over = document.scrollingElement.scrollWidth - innerWidth;
  if (over <= 0) return null;
  const scrolls = (element) => element && element !== document.body
    && (getComputedStyle(element).overflowX !== 'visible' || scrolls(element.parentElement));
  const wide = [...document.querySelectorAll('body *')].filter((element) => {
    const box = element.getBoundingClientRect();
    return box.width && box.right > innerWidth + 0.5 && !scrolls(element.parentElement);
  });
  const names = wide.map((each) => `${each.tagName}.${each.getAttribute('class') ?? ''}`);
  return `${over} px too wide at ${innerWidth}: ${names.join(', ')}`;
}
"""
OPEN = "document.querySelectorAll('details').forEach((each) => { each.open = true; })"


def addresses(
    resolver: URLResolver, space: str = "", above: frozenset[str] = frozenset()
) -> Iterator[tuple[str, frozenset[str]]]:
    """Each named address of the site, and what it names things by."""
    for entry in resolver.url_patterns:
        names = above | set(entry.pattern.converters) | set(entry.pattern.regex.groupindex)
        if isinstance(entry, URLResolver):
            yield from addresses(entry, entry.namespace or space, names)
        elif entry.name and space not in FOREIGN:
            name = f"{space}:{entry.name}" if space else entry.name
            if name not in NO_PAGES:
                yield name, names


class Tour:
    """What somebody's browser finds too wide, page by page."""

    def __init__(self, site: Site, chromium: Browser, who: Visitor, given: dict[str, str]) -> None:
        self.context = chromium.new_context(base_url=site.url, reduced_motion="reduce")
        self.context.set_default_timeout(PATIENCE)
        for name, value in who.cookies.items():
            self.context.add_cookies([{"name": name, "value": value, "url": site.url}])
        self.page = self.context.new_page()
        self.who = who
        self.given = given
        self.seen: list[str] = []
        self.faults: list[str] = []

    def visit(self, address: str, name: str = "") -> None:
        """Open a page and measure it at both widths, with all that unfolds folded and unfolded."""
        answer = self.who.get(address)
        is_page = answer.headers.get("Content-Type", "").startswith("text/html")
        if not (is_page and answer.body) or answer.location:
            return
        self.page.goto(address, wait_until="load")
        self.seen.append(name or address)
        self.measure(name or address)

    def measure(self, name: str) -> None:
        """Measure what is on the screen."""
        for unfold in ("", OPEN):
            if unfold:
                self.page.evaluate(unfold)
            for width in (390, 320):
                self.page.set_viewport_size({"width": width, "height": 844})
                if fault := self.page.evaluate(MEASURE):
                    self.faults.append(f"{name}: {fault}")

    def everywhere(self) -> None:
        """Visit every address of the site."""
        for name, names in sorted(addresses(get_resolver())):
            given = self.given | {
                each: self.given[other] for each, other in OF_ANOTHER_ROW.get(name, {}).items()
            }
            assert names <= set(given), f"{name} names something that this test does not know"
            self.visit(reverse(name, kwargs={each: given[each] for each in names}), name=name)


@pytest.fixture(scope="module")
def world(site: Site) -> Iterator[World]:
    """Two members with long words everywhere, and what their things are called in addresses."""
    person, guest = site.member(), site.member()
    picture = photo(width=900, height=600, seed=31)
    for title in ("Kept", "Deleted"):
        person.new_post(picture, title=title, submission_key=title)
    draft = person.kept_upload(picture, f"{WORD}.jpg")["id"]
    words = [("title", WORD[:90]), ("caption", WORD), ("alt_text", WORD), ("save", "draft")]
    person.publish([draft], words)
    names = json.dumps([person.username, guest.username])
    given = site.python(f"from tests.browser.long_words import fill\nanswer(fill(*{names}))")
    yield person, guest, given | NOBODYS
    site.python("from notes_site.models import SiteSettings\nSiteSettings.objects.update(name='')")


@pytest.mark.parametrize("font", FAMILIES)
def test_no_page_scrolls_sideways(site: Site, world: World, chromium: Browser, font: str) -> None:
    member, guest, given = world
    mine, theirs, nobodys = (
        Tour(site, chromium, who, given) for who in (member, guest, site.visitor())
    )
    mine.everywhere()
    mine.visit(f"/new/?draft={given['draft']}")
    mine.visit("/?tab=following")
    mine.visit(f"/?tab=topic&topic={given['name']}")
    for where in ("posts", "people", "topics"):
        mine.visit("/search/?" + urlencode({"q": WORD, "in": where}))
    for name, names in NEAR.items():
        theirs.visit(reverse(name, kwargs={each: given[each] for each in names}), name)
    for name in ENTRANCE:
        nobodys.visit(reverse(name), name)
    nobodys.visit(f"/{WORD}/", "not found")
    for tour in (mine, theirs, nobodys):
        tour.context.close()
    assert len(mine.seen) >= LEAST_PAGES, mine.seen
    faults = [*mine.faults, *theirs.faults, *nobodys.faults]
    assert not faults, "\n".join(["", *faults])
