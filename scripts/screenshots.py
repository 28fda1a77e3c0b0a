"""The pictures in the README, taken from a running demo site with headless Chromium.

PORT=8000 make run                 (in one terminal)
make screenshots                   (in another; SITE=http://localhost:8000)
"""

import os
import sys
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
# Run as a file, Python looks for modules next to it only.
sys.path.insert(0, str(ROOT))

from scripts.chromium import chromium_path  # noqa: E402

PICTURES = ROOT / "docs" / "pictures"
SITE = os.environ.get("SITE", f"http://localhost:{os.environ.get('PORT', '8000')}")
DATA = Path(os.environ.get("DATA_DIR", ROOT / "var"))
# Chromium won't run as root with its sandbox.
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
PHONE, DESKTOP = (390, 844), (1440, 900)


def main() -> None:
    """Take every picture, or say what is missing."""
    password = DATA / "demo-password"
    if not password.exists():
        sys.exit("There is no demo here. Start the site with `make run` first.")
    PICTURES.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=FLAGS)
        _visitor(browser)
        _member(browser, password.read_text().strip())
        browser.close()


def _visitor(browser: Browser) -> None:
    for name, size, scheme in (("stream", DESKTOP, "light"), ("stream-phone", PHONE, "dark")):
        page = _page(browser, size, scheme)
        page.goto(SITE)
        _shoot(page, name)
        if name == "stream":
            page.locator(".card:has(.badge) .card-link").first.click()
            page.wait_for_url("**/p/**")
            _shoot(page, "post")
        page.context.close()


def _member(browser: Browser, password: str) -> None:
    page = _page(browser, DESKTOP, "light")
    page.goto(f"{SITE}/accounts/login/")
    page.fill("[name=login]", "june")
    page.fill("[name=password]", password)
    page.locator("main form button").first.click()
    page.wait_for_url(f"{SITE}/")
    page.goto(f"{SITE}/new/")
    photos = ROOT / "demo" / "photos"
    names = ("lake-sherburne", "coffee", "casa-mila", "perched-osprey")
    page.set_input_files("#id_photos", [photos / f"{name}.jpg" for name in names])
    page.fill("[name=title]", "Four mornings")
    page.fill("[name=caption]", "One of them began with #coffee, thanks to @ane.")
    page.wait_for_timeout(4_000)
    _shoot(page, "composer")
    # No second factor is asked for where only this machine reaches the site (decision 4).
    page.goto(f"{SITE}/admin/posts/post/")
    _shoot(page, "moderation")
    page.context.close()


def _page(browser: Browser, size: tuple[int, int], scheme: str) -> Page:
    width, height = size
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    return context.new_page()


def _shoot(page: Page, name: str) -> None:
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(500)
    page.screenshot(path=PICTURES / f"{name}.jpg", type="jpeg", quality=82)


if __name__ == "__main__":
    main()
