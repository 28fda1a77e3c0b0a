"""The photo editor: what it previews is what the worker makes, and every way of using it."""

import io
import json
import random
import re
from typing import Any

import pytest
from PIL import ImageFilter
from playwright.sync_api import Page, expect

from posts.pipeline.colours import colour_maps
from posts.pipeline.edits import Edits
from posts.pipeline.presets import PRESETS, presets_json
from tests.browser.conftest import MakePerson, Person
from tests.pictures import drawing
from tests.site import Site, wait_for
from tests.visitor import Visitor

# Of 255: what two encodings of the same picture and two ways of resizing may differ by.
MEAN, P99 = 3.0, 14.0
LIVELY = {"brightness": 12, "contrast": 25, "saturation": 30, "warmth": 40}
COMBINATIONS: dict[str, dict[str, Any]] = {
    "turned": {"rotate": 90},
    "mirrored and turned": {"rotate": 270, "flip": True},
    "straightened": {"straighten": -7.3},
    "cropped": {"crop": [0.2, 0.1, 0.55, 0.7]},
    "all of geometry": {
        "rotate": 180,
        "flip": True,
        "straighten": 11.5,
        "crop": [0.3, 0.25, 0.5, 0.6],
    },
    "brighter": {"brightness": 40},
    "flatter": {"contrast": -60},
    "harder": {"contrast": 50},
    "grey": {"saturation": -100},
    "lively": LIVELY,
    "cold": {"warmth": -100},
    **{name: {"filter": name, "intensity": 60} for name in PRESETS},
    "all": {
        **LIVELY,
        "rotate": 90,
        "straighten": 4.2,
        "crop": [0.1, 0.2, 0.8, 0.6],
        "filter": "ember",
    },
}
COMPARE = """async ([edits, presets, preview, made]) => {
  const { Painter } = await import("/static/js/editor/painter.js");
  const picture = async (url) => {
    const image = new Image();
    image.src = url;
    await image.decode();
    return image;
  };
  const theirs = await picture(made);
  const size = [theirs.naturalWidth, theirs.naturalHeight];
  const mine = document.createElement("canvas");
  new Painter(await picture(preview), presets).paint(mine, edits, { size });
  const shown = new OffscreenCanvas(...size).getContext("2d");
  shown.drawImage(theirs, 0, 0);
  const read = (context) => context.getImageData(0, 0, ...size).data;
  const [one, other] = [mine.getContext("2d"), shown].map(read);
  const counts = new Array(256).fill(0);
  for (let at = 0; at < one.length; at += 1) {
    if (at % 4 < 3) counts[Math.abs(one[at] - other[at])] += 1;
  }
  const total = counts.reduce((sum, count) => sum + count);
  const mean = counts.reduce((sum, count, value) => sum + count * value, 0) / total;
  let left = total * 0.01;
  let p99 = 255;
  while ((left -= counts[p99]) > 0) p99 -= 1;
  return { mean, p99, size };
}"""


def smooth(seed: int = 3, size: tuple[int, int] = (1600, 1200)) -> bytes:
    """A photo without hard edges."""
    file = io.BytesIO()
    picture = drawing(*size, seed=seed).filter(ImageFilter.GaussianBlur(14))
    picture.save(file, "JPEG", quality=95)
    return file.getvalue()


def change(member: Visitor, photo: str, edits: dict[str, Any]) -> dict[str, Any]:
    """Save edits and wait until they are rendered; the upload's JSON."""
    headers = {"Accept": "application/json", "X-CSRFToken": member.csrf()}
    headers["Content-Type"] = "application/json"
    body = json.dumps({"edits": edits}).encode()
    answer = member.request("POST", f"/photos/{photo}/edits", body=body, headers=headers)
    assert answer.status == 200, answer.text
    return member.settled(answer.json()["id"])


def widest(site: Site, told: dict[str, Any]) -> str:
    """The address of the photo's widest WebP of at most 1080 pixels."""
    keys = site.rows(
        "SELECT key FROM posts_rendition WHERE edits_version = %s AND format = 'webp'"
        " AND spec IN ('w320', 'w640', 'w1080') AND photo_id ="
        " (SELECT id FROM posts_photo WHERE sha256 = %s) ORDER BY width DESC",
        told["edits_version"],
        told["sha256"],
    )
    return "/media/" + str(keys[0][0]).rpartition("/")[2]


def opened(someone: Person, photo: str, next_path: str = "/new/") -> Page:
    """The editor, live, with its picture."""
    someone.go(f"/photos/{photo}/edit/?next={next_path}")
    page = someone.page
    expect(page.locator("#editor.has-picture canvas[data-part='canvas']")).to_be_visible()
    return page


def test_the_preview_is_what_the_worker_makes(
    site: Site, person: MakePerson, record_property: Any
) -> None:
    member = site.member()
    told = member.settled(member.kept_upload(smooth())["id"])
    page = opened(person(member), told["photo"])
    preview = f"/photos/{told['photo']}/preview"
    wrong = []
    for name, edits in COMBINATIONS.items():
        told = change(member, told["photo"], edits)
        assert told["state"] == "ready", told
        found = page.evaluate(COMPARE, [edits, presets_json(), preview, widest(site, told)])
        figures = f"{name}: mean {found['mean']:.2f}, p99 {found['p99']}, {found['size']}"
        record_property("difference", figures)
        if found["mean"] > MEAN or found["p99"] > P99:
            wrong.append(figures)
    assert wrong == []


def some_edits(chance: random.Random) -> Edits:
    said: dict[str, Any] = {
        tone: chance.randint(-100, 100)
        for tone in ("brightness", "contrast", "saturation", "warmth")
        if chance.random() < 0.8
    }
    said["filter"] = chance.choice(["", *PRESETS])
    said["intensity"] = chance.randint(1, 100)
    said["rotate"] = chance.choice([0, 90, 180, 270])
    x, y = (chance.randint(0, 9000) / 10_000 for _ in range(2))
    width, height = (chance.randint(500, 10_000 - round(at * 10_000)) for at in (x, y))
    said["crop"] = [x, y, width / 10_000, height / 10_000]
    return Edits.from_json(said)


def test_script_and_worker_compute_the_same(site: Site, person: MakePerson) -> None:
    someone = person()
    someone.go("/")
    chance = random.Random(4)
    many = [some_edits(chance) for _ in range(200)]
    sizes = [(chance.randint(1, 9000), chance.randint(1, 9000)) for _ in many]
    found = someone.page.evaluate(
        """async ([many, sizes, presets]) => {
          const { colourMaps } = await import("/static/js/editor/colours.js");
          const { sizeAfter } = await import("/static/js/editor/geometry.js");
          return many.map((edits, index) => {
            const { matrix, table } = colourMaps(edits, presets);
            return { matrix, table: [...table], size: sizeAfter(edits, ...sizes[index]) };
          });
        }""",
        [[edits.to_json() for edits in many], sizes, presets_json()],
    )
    for edits, size, theirs in zip(many, sizes, found, strict=True):
        matrix, table = colour_maps(edits)
        assert theirs["table"] == table
        assert theirs["matrix"] == pytest.approx(matrix, abs=1e-9)
        assert tuple(theirs["size"]) == edits.size_after(*size)


def test_what_is_sent_is_what_is_kept(site: Site, person: MakePerson) -> None:
    """The script leaves out and rounds as the server does: applying twice changes nothing."""
    someone = person()
    someone.go("/")
    chance = random.Random(5)
    many = [some_edits(chance).to_json() for _ in range(100)]
    tidied = someone.page.evaluate(
        """async (many) => {
          const { tidy } = await import("/static/js/editor/edits.js");
          return many.map(tidy);
        }""",
        many,
    )
    assert tidied == many


def test_turning_and_cropping_go_together(site: Site, person: MakePerson) -> None:
    """Four turns, or two mirrors, are none; a crop stays on what it was drawn round."""
    someone = person()
    someone.go("/")
    wrong = someone.page.evaluate(
        """async () => {
          const geometry = await import("/static/js/editor/geometry.js");
          const { flipped, rotated, resizedCrop, transformOf } = geometry;
          const { same } = await import("/static/js/editor/edits.js");
          const start = { rotate: 90, flip: true, straighten: 6 };
          Object.assign(start, { crop: [0.1, 0.2, 0.3, 0.5], focal: [0.2, 0.7] });
          const wrong = [];
          let four = start;
          for (let turn = 0; turn < 4; turn += 1) four = rotated(four, 90);
          if (!same(four, start)) wrong.push("four turns");
          if (!same(rotated(rotated(start, 90), -90), start)) wrong.push("there and back");
          if (!same(flipped(flipped(start)), start)) wrong.push("two mirrors");
          // The part that is shown keeps its corners' pixels, turned.
          const source = ([a, b, c, d, e, f], x, y) => {
            const det = a * d - b * c;
            const found = [d * (x - e) - c * (y - f), a * (y - f) - b * (x - e)];
            return found.map((part) => Math.round(part / det)).join();
          };
          const one = transformOf(start, 4000, 3000, 100, 100);
          const turned = transformOf(rotated(start, 90), 4000, 3000, 100, 100);
          const mirrored = transformOf(flipped(start), 4000, 3000, 100, 100);
          if (source(one, 0, 0) !== source(turned, 100, 0)) wrong.push("after a turn");
          if (source(one, 100, 20) !== source(mirrored, 0, 20)) wrong.push("after a mirror");
          for (const edge of ["n", "ne", "e", "se", "s", "sw", "w", "nw"]) {
            for (const by of [-2, -0.3, 0.1, 2]) {
              for (const shape of [0, 0.4, 1, 3]) {
                const crop = resizedCrop([0.2, 0.3, 0.3, 0.3], edge, by, by, shape);
                const [x, y, w, h] = crop;
                const inside = Math.min(x, y, 1 - x - w, 1 - y - h) > -1e-9;
                const large = Math.min(w, h) > 0.05 - 1e-9;
                const shaped = !shape || Math.abs(w / h - shape) < 1e-9;
                if (!inside || !large || !shaped) wrong.push(`${edge} ${by} ${shape}: ${crop}`);
              }
            }
          }
          return wrong;
        }"""
    )
    assert wrong == []


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
    expect(page.get_by_role("alert").filter(has_text="not saved yet")).to_be_visible()
    # A refusal of the server stays in the dialog, with everything as it was.
    page.route("**/edits", lambda route: route.abort(), times=1)
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_role("alert").filter(has_text="connection broke")).to_be_visible()
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
    page.get_by_label("Turn").select_option("90")
    page.get_by_label("Mono").check()
    page.get_by_label("Width, %").fill("900")
    page.get_by_role("button", name="Apply").first.click()
    expect(page.get_by_role("alert")).to_contain_text("The crop has a value")
    assert page.get_by_label("Turn").input_value() == "90"
    page.get_by_label("Width, %").fill("80")
    page.get_by_role("button", name="Apply").first.click()
    page.wait_for_url(re.compile(re.escape(path)))
    assert edits_of(site, photo) == {"rotate": 90, "crop": [0, 0, 0.8, 1], "filter": "mono"}
