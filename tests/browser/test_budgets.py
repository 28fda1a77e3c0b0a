"""What the first view of the stream costs on the wire (DESIGN, the page), at 390 pixels."""

import re

import pytest

from tests.browser.conftest import MakePerson

KB = 1000
PICTURES = re.compile(r"/renditions/|/public/")


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
    weight: dict[str, float] = {}
    others: list[str] = []
    for request, (kind, url) in kinds.items():
        if url.startswith("data:"):
            continue
        if PICTURES.search(url):
            kind = "Picture"
        else:
            others.append(url)
        weight[kind] = weight.get(kind, 0) + sizes.get(request, 0)
    assert weight["Document"] <= 10 * KB, weight
    assert weight["Stylesheet"] <= 15 * KB, weight
    assert weight["Script"] <= 40 * KB, weight
    assert len(others) <= 8, others
    # A screen of twice the density takes pictures of twice the width and about three times the
    # bytes; the budget of 300 kB is that of a plain one.
    assert weight["Picture"] <= 300 * KB * ratio, weight
