"""What one may not see is like what never was: every address, every method, byte for byte."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, reverse
from django.utils import timezone

from accounts.models import User
from notes_site.ids import new_id
from posts import urls
from posts.authoring.contents import NewPhoto
from posts.authoring.post_changes import change_post
from posts.authoring.publishing import create_post
from posts.commenting import comments
from posts.models import Post
from tests import making
from tests.making import MakePost, MakeUpload

SignIn = Callable[[User | None], Client]
METHODS = ("get", "head", "post", "put", "patch", "delete", "options")
# What each id in an address stands for.
IDS = ("post_id", "photo_id", "comment_id", "upload_id")


def patterns() -> Iterator[tuple[str, list[str]]]:
    """Every address of this room that names a row by its id, with the names of its ids."""
    for pattern in urls.urlpatterns:
        assert isinstance(pattern, URLPattern)
        names = list(pattern.pattern.converters)
        if names and set(names) <= set(IDS):
            yield f"posts:{pattern.name}", names


def ids_of(post: Post, owner: User) -> dict[str, int]:
    """The ids of a post and of what belongs to it."""
    photo = post.photos.get()
    said = comments.write(author=owner, post=post, text="Secret words")
    return {
        "post_id": post.pk,
        "photo_id": photo.pk,
        "comment_id": said.pk,
        "upload_id": photo.upload.pk,
    }


def answer(browser: Client, method: str, address: str) -> tuple[Any, ...]:
    """What tells one answer from another; addresses in it are left out, for they differ."""
    found = getattr(browser, method)(address)
    location = found.get("Location", "").replace(address, "")
    return found.status_code, location, found.getvalue(), found.get("Content-Type")


KINDS = ("self", "friends", "draft", "scheduled", "processing", "hidden", "deleted")


def secret(kind: str, owner: User, make_post: MakePost, make_upload: MakeUpload) -> Post:
    """A post that only some may see, or nobody."""
    if kind in ("draft", "scheduled"):
        upload = make_upload(owner)
        making.make_ready(upload)
        return create_post(
            author=owner,
            photos=[NewPhoto(upload.pk)],
            title="Secret",
            state=Post.State(kind),
            publish_at=timezone.now() + timedelta(days=1),
        )
    audience = kind if kind in ("self", "friends") else "public"
    post = make_post(owner, title="Secret", audience=audience, ready=kind != "processing")
    if kind == "hidden":
        Post.objects.filter(pk=post.pk).update(hidden_at=timezone.now())
    elif kind == "deleted":
        Post.objects.filter(pk=post.pk).update(state=Post.State.DELETED)
    else:
        change_post(post, caption="A secret, too")
    return post


@pytest.mark.parametrize("who", ["visitor", "stranger", "follower"])
def test_for_whom_may_not_see_it_it_never_was(
    who: str, owner: User, stranger: User, follower: User, as_person: SignIn,
    make_post: MakePost, make_upload: MakeUpload,
) -> None:  # fmt: skip
    person = {"visitor": None, "stranger": stranger, "follower": follower}[who]
    browser = as_person(person)
    secrets = [secret(kind, owner, make_post, make_upload) for kind in KINDS]
    ids = {kind: ids_of(post, owner) for kind, post in zip(KINDS, secrets, strict=True)}
    found = list(patterns())
    assert len(found) >= 15
    for name, wanted in found:
        nowhere = reverse(name, args=[new_id() for _ in wanted])
        for method in METHODS:
            never = answer(browser, method, nowhere)
            assert never[0] in (302, 401, 404, 405), (method, nowhere)
            assert b"Secret" not in never[2]
            for kind in KINDS:
                there = reverse(name, args=[ids[kind][each] for each in wanted])
                assert answer(browser, method, there) == never, (kind, method, there)
