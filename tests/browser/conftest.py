"""A Chromium, the running site, and pages that complain about themselves."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    expect,
    sync_playwright,
)

from scripts.chromium import chromium_path
from tests.browser import fonts
from tests.pictures import photo
from tests.site import ROOT, Site
from tests.visitor import Visitor

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# Told by the page itself, before any of its own scripts runs.
WITNESS = """
window.complaints = [];
addEventListener('securitypolicyviolation', (event) =>
  complaints.push(`CSP ${event.violatedDirective} ${event.blockedURI}`));
window.shifts = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifts += entry.value;
}).observe({ type: 'layout-shift', buffered: true });
"""
HERE = Path(__file__).parent
# Milliseconds; a busy machine is slow, and no test waits longer than it has to.
PATIENCE = 15_000


@dataclass
class Person:
    """Somebody with a browser: their page, and what the browser complained about."""

    page: Page
    context: BrowserContext
    visitor: Visitor
    complaints: list[str] = field(default_factory=list)

    def go(self, path: str) -> None:
        """Open a page of the site and wait for all of it."""
        self.page.goto(path, wait_until="load")

    def heard(self) -> list[str]:
        """Every complaint so far, of this page and of those before it."""
        self.complaints += self.page.evaluate("window.complaints ?? []")
        return self.complaints


MakePerson = Callable[..., Person]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test here is a browser test."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def site() -> Iterator[Site]:
    """One site for all browser tests of a run."""
    with Site() as running:
        yield running


@pytest.fixture(scope="session")
def browsers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Browser]]:
    """The one Chromium of a run that knows only the `wide` font, or only the `narrow` one."""
    path = chromium_path()
    assert path, "the tests need a Chromium; `make test` installs one"
    folder = tmp_path_factory.mktemp("fonts")
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright, ExitStack() as stack:

        @cache
        def with_font(width: str) -> Browser:
            env: dict[str, str | float | bool] = {**fonts.environment(width, folder)}
            browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS, env=env)
            stack.callback(browser.close)
            return browser

        yield with_font


@pytest.fixture
def font() -> str:
    """The width of every font; a test that is about the layout is parametrised with both."""
    return "wide"


@pytest.fixture
def chromium(browsers: Callable[[str], Browser], font: str) -> Browser:
    """A Chromium that knows one font."""
    return browsers(font)


@pytest.fixture(scope="module")
def named_site() -> Iterator[Site]:
    """A site with a name: a passkey belongs to a host name, never to a number."""
    running = Site()
    running.url = f"http://localhost:{running.port}"
    with running:
        yield running


@pytest.fixture
def person(site: Site, chromium: Browser) -> Iterator[MakePerson]:
    """Makes people with browsers; afterwards none of their pages has complained."""
    yield from _people(site, chromium)


@pytest.fixture
def named_person(named_site: Site, chromium: Browser) -> Iterator[MakePerson]:
    """The same on the site with a name, where a browser can make passkeys."""
    yield from _people(named_site, chromium)


def _people(site: Site, chromium: Browser) -> Iterator[MakePerson]:
    made: list[Person] = []

    def make(visitor: Visitor | None = None, **options: object) -> Person:
        settings = {"viewport": {"width": 1280, "height": 900}, "reduced_motion": "reduce"}
        context = chromium.new_context(base_url=site.url, **(settings | options))  # type: ignore[arg-type]
        context.set_default_timeout(PATIENCE)
        context.add_init_script(WITNESS)
        visitor = visitor or site.visitor()
        for name, value in visitor.cookies.items():
            context.add_cookies([{"name": name, "value": value, "url": site.url}])
        someone = Person(context.new_page(), context, visitor)
        _listen(someone)
        made.append(someone)
        return someone

    yield make
    complaints = [complaint for someone in made for complaint in someone.heard()]
    for someone in made:
        someone.context.close()
    assert complaints == []


def _listen(someone: Person) -> None:
    def console(message: ConsoleMessage) -> None:
        expected = message.type == "error" and "status of 422" in message.text
        if message.type in ("error", "warning") and not expected:
            someone.complaints.append(f"{message.type}: {message.text} ({message.location})")

    someone.page.on("console", console)
    someone.page.on("pageerror", lambda error: someone.complaints.append(f"uncaught: {error}"))


@pytest.fixture(scope="session")
def stream(site: Site) -> list[str]:
    """The paths of 30 posts of real photos, oldest first: the stream then has a second page."""
    member = site.member()
    photos = sorted((ROOT / "demo" / "photos").glob("*.jpg"))[:30]
    assert len(photos) == 30
    uploads = [member.kept_upload(path.read_bytes(), path.name)["id"] for path in photos]
    paths = []
    for number, upload in enumerate(uploads):
        member.settled(upload)
        answer = member.publish([upload], [("title", f"Number {number}"), ("alt_text", "Circles")])
        paths.append(answer.location)
    site.rest()
    return paths


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Files to choose: two photos and one that is none."""
    folder = tmp_path_factory.mktemp("files")
    found = {}
    for number, name in enumerate(("first.jpg", "second.jpg")):
        found[name] = folder / name
        found[name].write_bytes(photo(width=1200 + 400 * number, height=1000, seed=50 + number))
    found["notes.jpg"] = folder / "notes.jpg"
    found["notes.jpg"].write_text("These are only words.")
    return found
