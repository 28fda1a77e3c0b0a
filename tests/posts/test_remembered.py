"""What tests remember of the decoding child: the same job once, and all else made anew."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from accounts.models import User
from notes_site.storage import media
from posts.imaging.sandbox import Child, sandbox
from posts.models import Post, Rendition
from tests.making import MakePicture, MakePost


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The jobs that reach a child."""
    jobs: list[str] = []
    ask = Child.ask

    def note(child: Child, request: dict[str, Any], made: Callable[[Any], None]) -> dict[str, Any]:
        jobs.append(request["do"])
        return ask(child, request, made)

    monkeypatch.setattr(Child, "ask", note)
    return jobs


def shown(post: Post) -> dict[str, tuple[Any, ...]]:
    """What there is of each rendition, its key aside."""
    return {
        each.spec: (each.width, each.height, each.bytes, each.format, media().open(each.key).read())
        for each in Rendition.objects.filter(photo__post=post)
    }


def test_a_second_post_of_the_same_picture_costs_no_job(
    owner: User, make_post: MakePost, asked: list[str]
) -> None:
    first = make_post(owner)
    asked.clear()
    second = make_post(owner)
    assert asked == []
    assert (first.state, second.state) == ("published", "published")
    assert shown(first) == shown(second) != {}
    keys = list(Rendition.objects.values_list("key", flat=True))
    assert len(set(keys)) == len(keys), "each has objects of its own"


@pytest.mark.pipeline
def test_a_test_about_the_pipeline_asks_each_time(
    owner: User, make_post: MakePost, asked: list[str]
) -> None:
    for _ in range(2):
        make_post(owner)
    assert asked == ["inspect", "render"] * 2


def test_other_bytes_or_another_request_are_another_job(
    make_picture: MakePicture, tmp_path: Path, asked: list[str]
) -> None:
    path, other = make_picture(size=(63, 47)), make_picture(size=(47, 63))
    turned = {"rotate": 90}
    for _ in range(2):
        sizes = [(found["width"], found["height"]) for found in map(sandbox.inspect, (path, other))]
        assert sizes == [(63, 47), (47, 63)]
        made: list[dict[str, Any]] = []
        for wanted, edits in ((["w320"], {}), (["square320"], {}), (["w320"], turned)):
            sandbox.render(path, tmp_path, wanted, made.append, edits)
        assert [one["spec"] for one in made] == ["w320", "square320", "w320"]
        assert [one["width"] > one["height"] for one in made] == [True, False, False]
    assert asked == ["inspect", "inspect", "render", "render", "render"]
