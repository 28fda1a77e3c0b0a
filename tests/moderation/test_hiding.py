"""Hiding takes a post from everyone but its author and moderators; restoring is exact."""

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.forms import model_to_dict
from django.test import Client

from accounts.models import User
from moderation import actions
from moderation.models import AuditEntry
from notes_site.storage import media
from posts import likes
from posts.commenting import comments
from posts.models import Post, Rendition
from tests.making import MakePost
from tests.moderation.conftest import Settle

AsPerson = Callable[[User | None], Client]


def keys_of(post: Post) -> list[str]:
    """Where the post's renditions lie."""
    return sorted(Rendition.objects.filter(photo__post=post).values_list("key", flat=True))


def media_address(key: str) -> str:
    return f"/media/{key.rpartition('/')[2]}"


def shown_on(browser: Client, post: Post, *addresses: str) -> list[bool]:
    """For each page, whether the post is on it."""
    link = f'href="{post.get_absolute_url()}"'
    return [link in browser.get(address).content.decode() for address in addresses]


PAGES = ("/", "/?tab=latest", "/@owner/", "/topics/harbour/")


def test_a_hidden_post_is_gone_at_once_for_others(
    make_post: MakePost,
    owner: User,
    friend: User,
    stranger: User,
    moderator: User,
    as_person: AsPerson,
) -> None:
    post = make_post(owner, caption="Low water #harbour")
    for viewer in (None, stranger, friend):
        assert all(shown_on(as_person(viewer), post, *PAGES))

    assert actions.hide_post(actor=moderator, post=post, reason="Faces of children")

    never_was = "/p/2x/"
    for viewer in (None, stranger, friend):
        browser = as_person(viewer)
        answer = browser.get(post.get_absolute_url())
        assert answer.status_code == 404
        assert answer.content == browser.get(never_was).content
        assert not any(shown_on(browser, post, *PAGES))
        for key in keys_of(post):
            assert browser.get(media_address(key)).status_code == 404
        liked = browser.post(f"{post.get_absolute_url()}like")
        assert liked.status_code == (404 if viewer else 302)


def test_a_hidden_posts_objects_leave_their_public_addresses(
    make_post: MakePost,
    owner: User,
    stranger: User,
    moderator: User,
    as_person: AsPerson,
    settle: Settle,
) -> None:
    post = make_post(owner, photos=2)
    settle()
    before = keys_of(post)
    assert all(key.startswith("public/") for key in before)

    actions.hide_post(actor=moderator, post=post, reason="Faces")
    settle()

    now = keys_of(post)
    assert len(now) == len(before)
    assert all(key.startswith("private/") for key in now)
    assert not any(media().exists(key) for key in before)
    for key in now:
        for viewer, status in ((None, 404), (stranger, 404), (owner, 200), (moderator, 200)):
            assert as_person(viewer).get(media_address(key)).status_code == status


def test_the_author_and_moderators_still_see_it_and_why(
    make_post: MakePost, owner: User, moderator: User, as_person: AsPerson
) -> None:
    post = make_post(owner)
    actions.hide_post(actor=moderator, post=post, reason="A <b>plate</b>")
    for viewer in (owner, moderator):
        page = as_person(viewer).get(post.get_absolute_url())
        assert page.status_code == 200
        assert "The reason given: “A &lt;b&gt;plate&lt;/b&gt;”." in page.content.decode()


def test_restoring_is_exact(
    make_post: MakePost,
    owner: User,
    stranger: User,
    moderator: User,
    as_person: AsPerson,
    settle: Settle,
) -> None:
    post = make_post(owner, caption="Low water #harbour", photos=2)
    likes.like(user=stranger, post=post)
    settle()

    def row() -> dict[str, Any]:
        moved = {"version", "cover"}
        stored = Post.objects.get(pk=post.pk)
        row = {name: value for name, value in model_to_dict(stored).items() if name not in moved}
        return row | {"published_at": stored.published_at, "hot": stored.hot}

    before, version = row(), Post.objects.get(pk=post.pk).version
    actions.hide_post(actor=moderator, post=post, reason="Faces")
    settle()
    assert actions.restore_post(actor=moderator, post=post, reason="Was agreed to")
    settle()

    assert row() == before
    assert Post.objects.get(pk=post.pk).version > version
    assert all(key.startswith("public/") and media().exists(key) for key in keys_of(post))
    assert all(shown_on(as_person(stranger), post, *PAGES, "/?tab=latest"))
    picture = Post.objects.get(pk=post.pk).cover_picture
    assert picture is not None
    if settings.STORAGE_PUBLIC_URL == "/renditions/":
        assert as_person(None).get(picture.src).status_code == 200


def test_nothing_changed_leaves_no_trace(make_post: MakePost, owner: User, moderator: User) -> None:
    post = make_post(owner)
    trail = AuditEntry.objects.filter(target_kind="post")
    assert not actions.restore_post(actor=moderator, post=post)
    assert not trail.exists()
    assert actions.hide_post(actor=moderator, post=post, reason="first")
    assert not actions.hide_post(actor=moderator, post=post, reason="second")
    assert [(entry.action, entry.reason, entry.actor_id) for entry in trail] == [
        ("hide", "first", moderator.pk)
    ]
    assert Post.objects.get(pk=post.pk).hidden_reason == "first"


@pytest.mark.parametrize("reason", ["", "  \n"])
def test_hiding_needs_a_reason(
    make_post: MakePost, owner: User, moderator: User, reason: str
) -> None:
    post = make_post(owner)
    with pytest.raises(actions.NotAllowedError):
        actions.hide_post(actor=moderator, post=post, reason=reason)
    post.refresh_from_db()
    assert post.hidden_at is None


def test_a_hidden_comment_is_gone_and_comes_back(
    make_post: MakePost, owner: User, stranger: User, moderator: User, as_person: AsPerson
) -> None:
    post = make_post(owner)
    written = comments.write(author=stranger, post=post, text="Rude words")
    address = post.get_absolute_url()

    assert actions.hide_comment(actor=moderator, comment=written, reason="Rude")
    for viewer in (None, owner, stranger):
        assert b"Rude words" not in as_person(viewer).get(address).content
    post.refresh_from_db()
    assert post.comment_count == 0

    assert actions.restore_comment(actor=moderator, comment=written)
    assert b"Rude words" in as_person(None).get(address).content
    post.refresh_from_db()
    assert post.comment_count == 1
    entries = AuditEntry.objects.filter(target_kind="comment", target_id=written.pk)
    assert [entry.action for entry in entries] == ["restore", "hide"]
