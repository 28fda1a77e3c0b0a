"""The benchmarks that drive a running site, small; `tests/benchmarks` has the others."""

from benchmarks import queue, upload
from tests.benchmarks.tables import lines
from tests.site import Site


def test_upload(site: Site) -> None:
    table = upload.table({"here": upload.measure(site, runs=1, megapixels=3)})
    assert len(lines(table)) == len(upload.MARKS)
    assert "3-megapixel" in table.title


def test_queue(site: Site) -> None:
    assert lines(queue.table({"here": queue.measure(site, 5)}), 2) == ["here, 5"]
