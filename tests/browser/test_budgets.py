"""What the first view of the stream costs on the wire, at 390 pixels, with real photos."""

import re
from collections import defaultdict

import pytest

from tests.browser.conftest import MakePerson

pytestmark = pytest.mark.once

KB = 1000
PICTURES = re.compile(r"/renditions/|/public/")
ON_SCREEN = """() => [...document.images].filter((image) => {
  const box = image.getBoundingClientRect();
  return box.width && box.top < innerHeight && box.bottom > 0;
}).map((image) => image.currentSrc)"""


@pytest.mark.parametrize("ratio", [1, 2])
def test_the_first_view_of_the_stream_is_light(
    person: MakePerson, stream: list[str], ratio: int
) -> None:
    someone = person(viewport={"width": 390, "height": 844}, device_scale_factor=ratio)
    requests = someone.context.new_cdp_session(someone.page)
    requests.send("Network.enable")
    kinds: dict[str, tuple[str, str]] = {}
    sizes: dict[str, float] = {}
    requests.on(
        "Network.responseReceived",
        lambda event: kinds.update({event["requestId"]: (event["type"], event["response"]["url"])}),
    )
    requests.on(
        "Network.loadingFinished",
        lambda event: sizes.update({event["requestId"]: event["encodedDataLength"]}),
    )
    someone.go("/")
    someone.page.wait_for_load_state("networkidle")
    on_screen = set(someone.page.evaluate(ON_SCREEN))
    weight: dict[str, float] = defaultdict(float)
    others: list[str] = []
    for request, (kind, url) in kinds.items():
        if url in on_screen:
            weight["on screen"] += sizes[request]
        elif not PICTURES.search(url) and not url.startswith("data:"):
            weight[kind] += sizes[request]
            others.append(url)
    assert 1 * KB < weight["Document"] <= 10 * KB
    assert 1 * KB < weight["Stylesheet"] <= 15 * KB
    assert 1 * KB < weight["Script"] <= 40 * KB
    assert len(others) <= 8, others
    assert len(on_screen) >= 4
    assert 10 * KB < weight["on screen"] <= 300 * KB
