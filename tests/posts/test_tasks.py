"""While storage is away, a task is no failure: it says what it leaves, and to whom."""

import logging
from typing import Any

import pytest

from accounts.models import User
from posts import tasks
from posts.authoring import publishing
from tests import making
from tests.making import MakePost, MakeUpload

NAMES = {"photo", "post", "author"}


def test_what_storage_keeps_from_being_done_is_left(
    owner: User,
    make_post: MakePost,
    make_upload: MakeUpload,
    settings: Any,
    caplog: pytest.LogCaptureFixture,
) -> None:
    photo = make_upload(owner).photo
    post = make_post(owner)
    publishing.hide_post(post, "")
    settings.STORAGES = making.storage_away(settings.STORAGES)
    caplog.set_level(logging.WARNING, "posts.tasks")

    tasks.render(photo.pk)
    tasks.place_post(post.pk)
    tasks.place_posts(owner.pk, 0, post.pk)
    tasks.place_photo(post.photos.get().pk)
    tasks.collect_orphans()

    said = [record for record in caplog.records if record.name == "posts.tasks"]
    assert all(record.why for record in said)  # type: ignore[attr-defined]
    found = [
        (record.getMessage(), {name: vars(record)[name] for name in NAMES & vars(record).keys()})
        for record in said
    ]
    assert found == [
        ("left to the sweep", {"photo": photo.pk}),
        ("left to the sweep", {"post": post.pk}),
        ("left to the sweep", {"author": owner.pk}),
        ("left to the sweep", {"photo": post.photos.get().pk}),
        ("left to tomorrow", {}),
    ]
