"""The photo editor by mouse, touch, keyboard and without scripts, as a page and as a dialog."""

import io
import random
import re
from typing import Any

import pytest
from PIL import ImageFilter
from playwright.sync_api import Page, expect

from tests.browser.conftest import MakePerson, Person
from tests.pictures import drawing
from tests.site import Site, wait_for

pytestmark = pytest.mark.once


def smooth(seed: int = 3, size: tuple[int, int] = (1600, 1200)) -> bytes:
    """A photo without hard edges."""
    file = io.BytesIO()
    picture = drawing(*size, seed=seed).filter(ImageFilter.GaussianBlur(14))
    picture.save(file, "JPEG", quality=95)
    return file.getvalue()


def opened(someone: Person, photo: str, next_path: str = "/new/") -> Page:
    """The editor, live, with its picture."""
    someone.go(f"/photos/{photo}/edit/?next={next_path}")
    page = someone.page
    expect(page.locator("#editor.has-picture canvas[data-part='canvas']")).to_be_visible()
    return page


def edits_of(site: Site, photo: str) -> dict[str, Any]:
    found = site.python(
        "from notes_site.ids import decode\nfrom posts.models import Photo\n"
        f"answer(Photo.objects.get(pk=decode({photo!r})).edits)"
    )
    return dict(found)


def shown_size(page: Page) -> tuple[int, int]:
    """The attributes of the post's first picture."""
    image = page.locator(".slides .slide img").first
    return int(image.get_attribute("width") or 0), int(image.get_attribute("height") or 0)


@pytest.fixture
def posted(site: Site, person: MakePerson) -> tuple[Person, str, str]:
    """Somebody, the code of their photo, and the path of their post of it."""
    member = site.member()
    told = member.settled(member.kept_upload(smooth(seed=random.randint(0, 200)))["id"])
    path = member.publish([told["id"]], [("alt_text", "Circles")]).location
    return person(member), told["photo"], path


def drag(page: Page, selector: str, dx: float, dy: float) -> None:
    box = page.locator(selector).bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + dx / 2, y + dy / 2, steps=4)
    page.mouse.move(x + dx, y + dy, steps=4)
    page.mouse.up()


def test_the_whole_way_by_mouse(site: Site, posted: tuple[Person, str, str]) -> None:
    someone, photo, path = posted
    page = opened(someone, photo, path)
    page.get_by_role("button", name="Right", exact=True).click()
    view = page.locator(".editor-view").bounding_box()
    assert view is not None
    drag(page, ".crop-corner.se", -view["width"] / 4, -view["height"] / 2)
    page.get_by_role("tab", name="Adjust").click()
    page.get_by_label("Warmth").fill("35")
    page.get_by_role("tab", name="Filters").click()
    page.locator(".filter", has_text="Ember").click()
    page.get_by_label("Intensity").fill("70")
    page.get_by_role("tab", name="Focus").click()
    page.locator(".editor-view").click(position={"x": 10, "y": 10})
    expect(page.locator("[data-part='voice']")).to_contain_text("Focal point")
    page.get_by_role("button", name="Apply").click()
    page.wait_for_url(f"**{path}")
    edits = edits_of(site, photo)
    assert edits["crop"] == pytest.approx([0, 0, 0.75, 0.5], abs=0.01)
    assert max(edits["focal"]) < 0.1
    del edits["crop"], edits["focal"]
    assert edits == {"rotate": 90, "warmth": 35, "filter": "ember", "intensity": 70}
    # 900 by 800 of the turned picture.
    wait_for(lambda: _settled(someone, path, (900, 800)), 30, "the post's picture to change")
    opened(someone, photo, path)
    page.get_by_role("button", name="Reset all").click()
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("button", name="Redo").click()
    page.get_by_role("button", name="Apply").click()
    page.wait_for_url(f"**{path}")
    assert edits_of(site, photo) == {}
    wait_for(lambda: _settled(someone, path, (1600, 1200)), 30, "the original to come back")


def _settled(someone: Person, path: str, size: tuple[int, int]) -> bool:
    someone.go(path)
    width, height = shown_size(someone.page)
    return abs(width / height - size[0] / size[1]) < 0.03


def tab_to(page: Page, name: str) -> None:
    """Press Tab until the control of that name has the focus."""
    seen = []
    for _ in range(60):
        page.keyboard.press("Tab")
        found = page.evaluate(
            "() => { const it = document.activeElement; return it.ariaLabel ||"
            " [...(it.labels ?? [])].map((one) => one.textContent).join(' ').trim() ||"
            " it.textContent.trim(); }"
        )
        if found == name:
            shown = page.evaluate("() => document.activeElement.matches(':focus-visible')")
            assert shown, name
            return
        seen.append(found)
    pytest.fail(f"no way by Tab to {name!r}: {seen}")


def test_the_whole_way_by_keyboard(site: Site, posted: tuple[Person, str, str]) -> None:
    someone, photo, path = posted
    page = opened(someone, photo, path)
    tab_to(page, "Bottom right corner of the crop")
    page.keyboard.press("Shift+ArrowLeft")
    page.keyboard.press("ArrowUp")
    tab_to(page, "Crop")
    tab_to(page, "Left")
    page.keyboard.press("Enter")
    tab_to(page, "Straighten")
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+Tab")
    for _ in range(3):
        page.keyboard.press("Shift+Tab")
    assert page.evaluate("document.activeElement.id") == "tab-crop"
    page.keyboard.press("ArrowRight")
    tab_to(page, "Contrast")
    page.keyboard.press("ArrowLeft")
    tab_to(page, "Saturation")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("0")
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+Shift+z")
    for _ in range(3):
        page.keyboard.press("Shift+Tab")
    page.keyboard.press("ArrowRight")
    tab_to(page, "None")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("radio", name="Daylight")).to_be_checked()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("End")
    page.evaluate("document.querySelector('.skip').focus()")
    tab_to(page, "Focal point")
    page.keyboard.press("Shift+ArrowRight")
    page.evaluate("document.querySelector('.skip').focus()")
    tab_to(page, "Apply")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{path}")
    assert edits_of(site, photo) == {
        "rotate": 270,
        "straighten": 0.5,
        "crop": [0, 0.05, 0.99, 0.95],
        "contrast": -1,
        "filter": "daylight",
        "focal": [0.55, 0.5],
    }


def test_by_touch_on_a_phone(
    site: Site, posted: tuple[Person, str, str], person: MakePerson
) -> None:
    someone, photo, path = posted
    phone = person(
        someone.visitor, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    page = opened(phone, photo, path)
    for name in ("Crop", "Adjust", "Filters", "Focus"):
        page.get_by_role("tab", name=name).tap()
        # The picture and all tools of a tab, without scrolling.
        assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")
        inside = page.locator("[data-panel]:visible").evaluate(
            "(panel) => panel.scrollHeight <= panel.clientHeight + 1"
        )
        assert inside, name
        assert too_small(page) == [], name
        assert nameless(page) == [], name
    page.locator(".editor-view").tap(position={"x": 300, "y": 20})
    page.get_by_role("button", name="Apply").tap()
    page.wait_for_url(f"**{path}")
    focal = edits_of(site, photo)["focal"]
    assert focal[0] > 0.8
    assert focal[1] < 0.2


def nameless(page: Page) -> list[str]:
    """Controls and pictures without an accessible name, and ids that stand there twice."""
    return list(
        page.evaluate(
            """() => {
              const all = (of) => [...document.querySelectorAll(of)];
              const labels = (it) => [...(it.labels ?? [])].map((one) => one.textContent).join("");
              const name = (it) => it.ariaLabel || labels(it) || it.alt || it.textContent;
              const controls = all("#editor :is(a, button, input, select, [role=img])");
              const ids = all("[id]").map((it) => it.id);
              const kinds = ["aria-labelledby", "aria-describedby", "aria-controls"];
              const named = all("#editor *").flatMap((it) =>
                kinds.flatMap((kind) => it.getAttribute(kind)?.split(" ") ?? []));
              const bare = controls.filter((it) => it.type !== "hidden" && !name(it).trim());
              return [
                ...bare.map((it) => it.outerHTML),
                ...ids.filter((id, index) => ids.indexOf(id) !== index),
                ...named.filter((id) => !ids.includes(id)),
              ];
            }"""
        )
    )


def too_small(page: Page) -> list[str]:
    """Visible controls that a finger would miss."""
    return list(
        page.evaluate(
            """() => [...document.querySelectorAll(
                "#editor :is(a, button, input:not([type=radio]), label:has(input))")]
              .filter((it) => it.checkVisibility({ visibilityProperty: true }))
              .map((it) => [it.outerHTML.slice(0, 90), it.getBoundingClientRect()])
              .filter(([, box]) => box.width && (box.width < 43.5 || box.height < 43.5))
              .map(([html, box]) => `${html} ${box.width}x${box.height}`)"""
        )
    )


def middle(page: Page) -> str:
    """The colour in the middle of the editor's picture."""
    return str(
        page.evaluate(
            """() => {
              const from = document.querySelector("[data-part=canvas]");
              const to = new OffscreenCanvas(1, 1).getContext("2d");
              to.drawImage(from, from.width / 2, from.height / 2, 1, 1, 0, 0, 1, 1);
              return to.getImageData(0, 0, 1, 1).data.join();
            }"""
        )
    )


def test_holding_compare_shows_the_original(site: Site, posted: tuple[Person, str, str]) -> None:
    someone, photo, _path = posted
    page = opened(someone, photo)
    plain = middle(page)
    page.get_by_role("tab", name="Filters").click()
    page.locator(".filter", has_text="Noir").click()
    wait_for(lambda: middle(page) != plain, 5, "the filter")
    page.get_by_role("button", name="Compare").hover()
    page.mouse.down()
    wait_for(lambda: middle(page) == plain, 5, "the original")
    page.mouse.up()
    wait_for(lambda: middle(page) != plain, 5, "the filter again")
    page.get_by_role("button", name="Compare").focus()
    page.keyboard.down("Space")
    wait_for(lambda: middle(page) == plain, 5, "the original, by keyboard")
    page.keyboard.up("Space")
    wait_for(lambda: middle(page) != plain, 5, "the filter, by keyboard")


def test_in_a_dialog(site: Site, posted: tuple[Person, str, str]) -> None:
    someone, photo, _path = posted
    someone.go("/new/")
    page = someone.page
    page.evaluate(
        """async (url) => {
          const { openEditor } = await import("/static/js/editor/dialog.js");
          window.answers = [];
          window.edit = () => openEditor(url).then((answer) => answers.push(answer));
          void edit();
        }""",
        f"/photos/{photo}/edit/",
    )
    expect(page.locator("dialog #editor.has-picture")).to_be_visible()
    assert nameless(page) == []
    page.get_by_role("button", name="Flip").click()
    page.keyboard.press("Escape")
    expect(page.get_by_role("alert").filter(has_text="saved yet")).to_be_visible()
    # A refusal of the server stays in the dialog, with everything as it was.
    page.route("**/edits", lambda route: route.abort(), times=1)
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_role("alert").filter(has_text="connection was lost")).to_be_visible()
    someone.heard()
    someone.complaints = [each for each in someone.complaints if "ERR_FAILED" not in each]
    page.get_by_role("button", name="Apply").click()
    wait_for(lambda: page.evaluate("answers.length") == 1, 10, "the answer")
    assert page.evaluate("[answers[0].photo, answers[0].edits]") == [photo, {"flip": True}]
    expect(page.locator("dialog #editor")).to_have_count(0)
    page.evaluate("void edit()")
    expect(page.locator("dialog #editor.has-picture")).to_be_visible()
    page.get_by_role("link", name="Cancel").click()
    wait_for(lambda: page.evaluate("answers.length") == 2, 10, "the second answer")
    assert page.evaluate("answers[1]") is None
    assert page.locator("link[href*='editor']").count() == 1


def test_without_scripts(site: Site, posted: tuple[Person, str, str], person: MakePerson) -> None:
    someone, photo, path = posted
    plain = person(someone.visitor, java_script_enabled=False)
    page = plain.page
    page.goto(f"/photos/{photo}/edit/?next={path}")
    expect(page.locator(".editor-stage img")).to_be_visible()
    page.get_by_label("Rotate").select_option("90")
    page.get_by_label("Mono").check()
    page.get_by_label("Width (%)").fill("900")
    page.get_by_role("button", name="Apply").first.click()
    expect(page.get_by_role("alert")).to_contain_text("The crop has a value")
    assert page.get_by_label("Rotate").input_value() == "90"
    page.get_by_label("Width (%)").fill("80")
    page.get_by_role("button", name="Apply").first.click()
    page.wait_for_url(re.compile(re.escape(path)))
    assert edits_of(site, photo) == {"rotate": 90, "crop": [0, 0, 0.8, 1], "filter": "mono"}
