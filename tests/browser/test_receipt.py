"""The fidelity receipt as people see it: on a phone, on a desk, on paper; and its original."""

import hashlib
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import MakePerson
from tests.site import Site

pytestmark = pytest.mark.once

WIDTHS = (390, 820, 1440)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_every_screen_and_paper(
    scheme: str, site: Site, person: MakePerson, files: dict[str, Path]
) -> None:
    member = site.member()
    upload = member.kept_upload(files["first.jpg"].read_bytes(), "first.jpg")
    member.settled(upload["id"])
    someone = person(member, color_scheme=scheme)
    page = someone.page
    photo = upload["original"].rpartition("/")[2]
    someone.go(f"/photos/{photo}/receipt/")
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        overflow = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert overflow <= 0, width
        expect(page.get_by_text("Your original is kept byte for byte.")).to_be_visible()
    page.emulate_media(media="print")
    assert page.locator(".site-nav").is_hidden()
    assert page.get_by_role("link", name="Download the original").is_hidden()


def test_the_fingerprint_is_copied_and_is_that_of_the_download(
    site: Site, person: MakePerson, files: dict[str, Path]
) -> None:
    member = site.member()
    content = files["second.jpg"].read_bytes()
    upload = member.kept_upload(content, "second.jpg")
    member.settled(upload["id"])
    someone = person(member, permissions=["clipboard-read", "clipboard-write"])
    page = someone.page
    photo = upload["original"].rpartition("/")[2]
    someone.go(f"/photos/{photo}/receipt/")
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    digest = hashlib.sha256(content).hexdigest()
    assert page.evaluate("navigator.clipboard.readText()") == digest
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the original").click()
    assert download.value.path().read_bytes() == content
