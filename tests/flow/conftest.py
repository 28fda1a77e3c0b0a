"""The running site that flow tests share, and what must hold after each of them."""

from collections.abc import Iterator

import pytest

from tests.site import Site


@pytest.fixture(scope="session")
def running_site() -> Iterator[Site]:
    """One site for all flow tests of a run."""
    with Site() as site:
        yield site


@pytest.fixture
def site(running_site: Site) -> Iterator[Site]:
    """The shared site, at rest before the test; no traceback in its logs afterwards."""
    before = len(running_site.tracebacks())
    running_site.rest()
    yield running_site
    assert running_site.tracebacks()[before:] == []
