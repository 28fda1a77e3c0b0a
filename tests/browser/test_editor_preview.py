"""What the photo editor previews is what the worker makes: the same pixels, formulas and sizes."""

import json
import random
import sys
from typing import Any

import pytest

from posts.imaging.colours import colour_maps
from posts.imaging.edits import Edits
from posts.imaging.presets import PRESETS, presets_json
from tests.browser.conftest import MakePerson
from tests.browser.test_editor import opened, smooth
from tests.site import Site
from tests.visitor import Visitor

pytestmark = pytest.mark.once

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


def test_the_preview_is_what_the_worker_makes(site: Site, person: MakePerson) -> None:
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
        sys.stdout.write(f"{figures}\n")
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
