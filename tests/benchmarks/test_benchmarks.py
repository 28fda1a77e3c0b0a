"""The benchmarks that need no running site; `tests/flow/test_benchmarks.py` has the others.

Not run here, since they are not installed for tests: libvips and sharp, whose part is taken by a
process made of Pillow, and the packages that compute SSIM and ssimulacra2.
"""

import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from django.db import connection
from django.db.models import F, Sum
from PIL import Image, ImageChops, ImageStat

from accounts.models import Follow, User
from benchmarks import alone, feed_scale, quality, rivals, run, search, sign_in, stream
from benchmarks.measure import Table
from benchmarks.rivals import Rival
from feed.models import TopicFollow
from posts.models import Like, Post
from tests.benchmarks.tables import lines

POSTS = 60


@pytest.mark.django_db(transaction=True)
def test_stream() -> None:
    """Also that its pages show what the obvious way shows: the benchmark asserts that itself."""
    found = stream.measure(POSTS, rounds=1)
    (table,) = stream.tables({("here", POSTS): found, ("here", 2 * POSTS): found})
    assert lines(table) == list(found["seconds"])
    assert {"empty", "visitor", "member", "member, obvious way", "profile"} <= set(lines(table))


@pytest.mark.django_db(transaction=True)
def test_search() -> None:
    found = search.measure(POSTS, rounds=1)
    (table,) = search.tables({("here", POSTS): found, ("here", 2 * POSTS): found})
    assert lines(table) == list(found["seconds"])
    asked = {"empty view", "common word", "a phrase in quotes", "a word before:", "nothing asked"}
    assert asked <= set(lines(table))


@pytest.mark.django_db(transaction=True)
def test_feed_scale() -> None:
    """Every page is asked once, and what was filled by SQL agrees with itself."""
    found = feed_scale.measure(POSTS, rounds=1)
    (table,) = feed_scale.tables({("here", POSTS): found, ("here", 2 * POSTS): found})
    assert lines(table) == list(found["seconds"])
    pages = {"empty", "For you", "Following", "Latest", "Explore", "topic", "profile", "like"}
    assert pages | {"For you, later page", "visitor, Explore"} <= set(lines(table))
    assert [row[-2:] for row in table.rows] == [["1.00", "1.00"]] * len(table.rows)
    likes, own = Like.objects.count(), Like.objects.filter(user=F("post__author")).count()
    assert (likes, own) == (Post.objects.aggregate(sum=Sum("like_count"))["sum"], 0)
    assert likes > 5 * POSTS
    assert Follow.objects.count() == User.objects.aggregate(sum=Sum("following_count"))["sum"]
    assert TopicFollow.objects.count() == 3 * User.objects.count()


def test_words_of_the_search_benchmark_are_each_another() -> None:
    assert len({search.word(number) for number in range(search.VOCABULARY)}) == search.VOCABULARY


def test_the_stream_must_not_need_more_queries_for_more_posts() -> None:
    few = {"queries": {"visitor": 1}}
    with pytest.raises(AssertionError, match="visitor"):
        stream.tables({("here", 1_000): few, ("here", 100_000): {"queries": {"visitor": 2}}})


@pytest.mark.pure
@pytest.mark.django_db
def test_what_is_read_again_now_and_then_is_no_query_of_a_page() -> None:
    turns = iter(("read again", "kept", "kept"))

    def page() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            if next(turns) == "read again":
                cursor.execute("SELECT 2")

    assert stream.queries_of(page) == 1


@pytest.mark.pure
@pytest.mark.django_db
def test_sign_in() -> None:
    table = sign_in.table({"here": sign_in.measure(rounds=1)})
    answers = ["sign-in by name", "sign-in by email", "forgotten password"]
    assert lines(table, 2) == [f"here, {answer}" for answer in answers]


def test_a_benchmark_by_its_command() -> None:
    """As people run it, without Django's settings: processes and a database of its own."""
    page = run.PAGE.read_text()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DJANGO_")}
    command = [sys.executable, "-m", "benchmarks", "--small", "recognition"]
    printed = subprocess.run(
        command, cwd=alone.ROOT, env=kept, check=True, stdout=subprocess.PIPE, text=True
    ).stdout
    assert "Measured on" in printed
    assert "| with removed pictures | 20 |" in printed
    assert "| unpublished photos with a removal | 20 |" in printed
    assert run.PAGE.read_text() == page


def test_renditions(monkeypatch: pytest.MonkeyPatch) -> None:
    rival = Rival("Pillow", [sys.executable, "-m", "tests.benchmarks.pillow_rival"])
    judges = quality.Judges(likeness, "likeness", likeness)
    monkeypatch.delenv("CORPUS", raising=False)
    monkeypatch.setattr(rivals, "_start_all", lambda: ([rival], ["sharp is missing."]))
    monkeypatch.setattr(quality, "judges", lambda: judges)
    costs, resized, encoded = run.tables(["renditions"], {}, run.SMALL)
    assert lines(costs, 2) == ["3 MP, the sandbox (Pillow)", "3 MP, Pillow"]
    assert costs.notes[-1] == "sharp is missing."
    sizes = ["l2048", "w1080", "w640", "w320"]
    assert lines(resized, 2) == [f"{size}, {by}" for by in ("ours", "Pillow") for size in sizes]
    assert lines(encoded) == ["Pillow"]
    assert rival.process.returncode is not None


def test_without_judges_there_are_still_the_costs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rivals, "_start_all", lambda: ([], []))
    monkeypatch.setattr(quality, "judges", lambda: None)
    (costs,) = run.tables(["renditions"], {}, replace(run.SMALL, megapixels=()))
    assert costs.title == "The rendition set of one JPEG"
    assert "scipy is not installed here" in costs.notes[-1]


def test_the_page_takes_the_figures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = run.PAGE.read_text()
    assert (text.count(run.BEGIN), text.count(run.END)) == (1, 1)
    before, after = text.split(run.BEGIN)[0], text.split(run.END)[1]
    page = tmp_path / "performance.md"
    page.write_text(text)
    monkeypatch.setattr(run, "PAGE", page)
    run._write(run._whole("New figures."))
    assert page.read_text() == f"{before}{run.BEGIN}\nNew figures.\n{run.END}{after}"


@pytest.mark.parametrize("database", ["SQLite", "PostgreSQL"])
def test_named_benchmarks_leave_the_figures_of_others(database: str) -> None:
    text, title = run.PAGE.read_text(), f"Pages of 24 cards, {database}"
    before, _title, rest = text.partition(f"### {title}\n")
    after = rest[re.search(r"### |<!-- ", rest).start() :]  # type: ignore[union-attr]
    newer = run._with_tables(text, [Table(title, ["page"], [["bare"]], ["Small."])], "Today.")
    table = "| page |\n| --- |\n| bare |\n\n- Small.\n- Today.\n\n"
    assert newer == f"{before}### {title}\n\n{table}{after}"


def likeness(reference: Path, file: Path) -> float:
    """1 for the same pixels, 0 for black against white."""
    with Image.open(reference) as one, Image.open(file) as other:
        apart = ImageChops.difference(one.convert("RGB"), other.convert("RGB"))
    return 1 - sum(ImageStat.Stat(apart).mean) / 765
