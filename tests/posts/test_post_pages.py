"""A post's own pages: reading, liking, commenting, deleting, each for whom it is."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from posts.commenting import comments
from posts.models import Comment, Like, Photo, Post
from tests import making
from tests.making import MakePost, MakeUpload

SignIn = Callable[[User | None], Client]


def test_every_photo_has_its_words(owner: User, make_post: MakePost, client: Client) -> None:
    post = make_post(owner, 3, title="Sea & sky", caption="#sea by @owner <b>")
    page = client.get(f"/p/{post.code}/").content.decode()
    for number in (1, 2, 3):
        assert f'alt="photo {number}"' in page
    assert "Sea &amp; sky</h1>" in page
    assert '<a href="/topics/sea/">#sea</a> by <a href="/@owner/">@owner</a> &lt;b&gt;' in page
    assert 'style="' not in page
    assert "<script>" not in page


def test_while_it_is_made_ready_its_author_sees_how_far_it_is(
    owner: User, stranger: User, make_upload: MakeUpload, as_person: SignIn
) -> None:
    uploads = [make_upload(owner) for _ in range(2)]
    browser = as_person(owner)
    answer = browser.post("/new/", {"uploads": [upload.code for upload in uploads]})
    making.make_ready(uploads[0])
    page = browser.get(answer["Location"]).content.decode()
    assert "1 of 2 ready" in page
    assert '<meta http-equiv="refresh"' in page
    assert as_person(stranger).get(answer["Location"]).status_code == 404


def test_a_failed_photo_is_tried_again_or_left_out(
    owner: User, stranger: User, make_upload: MakeUpload, as_person: SignIn
) -> None:
    uploads = [make_upload(owner) for _ in range(2)]
    browser = as_person(owner)
    where = browser.post("/new/", {"uploads": [one.code for one in uploads]})["Location"]
    post = Post.objects.get()
    Photo.objects.filter(pk=uploads[0].photo_id).update(state="failed", reason="too_slow")
    page = browser.get(where).content.decode()
    assert "took too long to read" in page
    retry = f"{where}photos/{uploads[0].photo.code}/retry"
    assert retry in page
    assert as_person(stranger).post(retry).status_code == 404
    assert as_person(stranger).post(f"{where}publish").status_code == 404
    assert browser.post(f"{where}photos/abc/retry").status_code == 404
    assert browser.post(retry).status_code == 303
    assert Photo.objects.get(pk=uploads[0].photo_id).state == "pending"
    Photo.objects.filter(pk=uploads[0].photo_id).update(state="failed", reason="too_slow")
    making.make_ready(uploads[1])
    assert browser.post(f"{where}publish").status_code == 303
    post.refresh_from_db()
    assert (post.state, post.photo_count) == ("published", 1)


@pytest.mark.parametrize(
    ("who", "status"), [("owner", 303), ("friend", 404), ("stranger", 404), ("moderator", 404)]
)
@pytest.mark.parametrize("by", ["DELETE", "POST"])
def test_only_its_author_deletes_a_post(
    who: str, status: int, by: str, owner: User, request: Any, make_post: MakePost,
    as_person: SignIn,
) -> None:  # fmt: skip
    post = make_post(owner)
    browser = as_person(request.getfixturevalue(who))
    address = f"/p/{post.code}/"
    answer = (
        browser.delete(address) if by == "DELETE" else browser.post(address, {"_method": "delete"})
    )
    assert answer.status_code == status
    assert Client().get(address).status_code == (404 if status == 303 else 200)
    if status == 303:
        assert "being erased" in browser.get("/").content.decode()
        assert browser.get(address).status_code == 404
        assert browser.delete(address).status_code == 404


def test_a_visitor_signs_in_first(owner: User, make_post: MakePost, client: Client) -> None:
    post = make_post(owner)
    address = f"/p/{post.code}/"
    for method, path in (
        ("DELETE", address), ("POST", address), ("POST", f"{address}like"),
        ("DELETE", f"{address}like"), ("POST", f"{address}comments/"), ("GET", f"{address}edit/"),
    ):  # fmt: skip
        answer = client.generic(method, path)
        assert (answer.status_code, answer["Location"]) == (302, f"/accounts/login/?next={path}")
        answer = client.generic(method, path, headers={"Accept": "application/json"})
        assert answer.status_code == 401
    assert not Like.objects.exists()
    assert Post.objects.get().state == "published"


def test_a_plain_post_to_a_post_removes_nothing(
    owner: User, make_post: MakePost, as_person: SignIn
) -> None:
    post = make_post(owner)
    assert as_person(owner).post(f"/p/{post.code}/").status_code == 405
    assert as_person(owner).put(f"/p/{post.code}/").status_code == 405
    assert Client().get(f"/p/{post.code}/").status_code == 200


@pytest.mark.parametrize("who", ["owner", "friend", "stranger"])
def test_liking_and_taking_it_back(
    who: str, owner: User, request: Any, make_post: MakePost, as_person: SignIn
) -> None:
    post = make_post(owner)
    browser = as_person(request.getfixturevalue(who))
    address = f"/p/{post.code}/like"
    for _ in range(2):
        answer = browser.post(address)
        assert (answer.status_code, answer["Location"]) == (303, f"/p/{post.code}/")
        assert Like.objects.count() == 1
    for _ in range(2):
        assert browser.post(address, {"_method": "delete"}).status_code == 303
        assert Like.objects.count() == 0
    button = browser.post(address, headers={"HX-Request": "true"}).content.decode()
    assert 'aria-pressed="true"' in button
    assert re.search(r'class="count">\s*1', button)
    button = browser.delete(address, headers={"HX-Request": "true"}).content.decode()
    assert 'aria-pressed="false"' in button
    assert Post.objects.get().like_count == 0
    assert browser.get(address).status_code == 405


def test_what_one_may_not_see_one_may_not_touch(
    owner: User, stranger: User, make_post: MakePost, as_person: SignIn
) -> None:
    post = make_post(owner, audience="self")
    browser = as_person(stranger)
    for method, rest in (("POST", "like"), ("DELETE", "like"), ("POST", "comments/")):
        assert browser.generic(method, f"/p/{post.code}/{rest}").status_code == 404
    assert not Like.objects.exists()
    assert not Comment.objects.exists()


def test_a_comment_stands_under_its_post(
    owner: User, friend: User, make_post: MakePost, as_person: SignIn
) -> None:
    post = make_post(owner)
    browser = as_person(friend)
    answer = browser.post(f"/p/{post.code}/comments/", {"text": "lovely <b> #sea"})
    assert (answer.status_code, answer["Location"]) == (303, f"/p/{post.code}/#comments")
    page = Client().get(f"/p/{post.code}/").content.decode()
    assert "lovely &lt;b&gt;" in page
    assert 'href="/topics/sea/"' in page
    answer = browser.get(f"/p/{post.code}/comments/")
    assert answer["Location"] == f"/p/{post.code}/#comments"


@pytest.mark.parametrize(
    ("text", "words"),
    [("", "Write something first."), ("   \n ", "Write something first."),
     ("x" * 1_001, "up to 1000 characters; this one has 1001")],
)  # fmt: skip
def test_a_comment_that_is_wrong_is_kept(
    text: str, words: str, owner: User, friend: User, make_post: MakePost, as_person: SignIn
) -> None:
    post = make_post(owner)
    answer = as_person(friend).post(f"/p/{post.code}/comments/", {"text": text})
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert text.strip() in answer.content.decode()
    assert not Comment.objects.exists()


@pytest.mark.parametrize(
    ("who", "deletes"),
    [("owner", True), ("friend", True), ("stranger", False), ("moderator", False)],
)
@pytest.mark.parametrize("by", ["DELETE", "POST"])
def test_who_deletes_a_comment(
    who: str, deletes: bool, by: str, owner: User, friend: User, request: Any,
    make_post: MakePost, as_person: SignIn,
) -> None:  # fmt: skip
    post = make_post(owner)
    written = comments.write(author=friend, post=post, text="hello")
    browser = as_person(request.getfixturevalue(who))
    address = f"/p/{post.code}/comments/{written.code}/"
    answer = (
        browser.delete(address) if by == "DELETE" else browser.post(address, {"_method": "delete"})
    )
    assert answer.status_code == (303 if deletes else 404)
    assert Comment.objects.exists() != deletes
    assert Post.objects.get().comment_count == (0 if deletes else 1)


def test_a_comment_is_deleted_under_its_own_post_only(
    owner: User, friend: User, make_post: MakePost, as_person: SignIn
) -> None:
    one, other = make_post(owner), make_post(owner)
    written = comments.write(author=friend, post=one, text="hello")
    address = f"/p/{other.code}/comments/{written.code}/"
    assert as_person(friend).delete(address).status_code == 404
    assert as_person(friend).post(f"/p/{one.code}/comments/{written.code}/").status_code == 422
    assert Comment.objects.exists()


def test_comments_of_the_suspended_and_hidden_ones_are_not_shown(
    owner: User, friend: User, stranger: User, make_post: MakePost, client: Client
) -> None:
    post = make_post(owner)
    comments.write(author=friend, post=post, text="from a friend")
    comments.write(author=stranger, post=post, text="from a stranger")
    hidden = comments.write(author=friend, post=post, text="something rude")
    comments.hide(hidden, "rude")
    User.objects.filter(pk=stranger.pk).update(suspended_at="2026-01-01T00:00:00Z")
    page = client.get(f"/p/{post.code}/").content.decode()
    assert "from a friend" in page
    assert "from a stranger" not in page
    assert "something rude" not in page


def test_comments_page_without_gaps(owner: User, make_post: MakePost, client: Client) -> None:
    post = make_post(owner)
    for number in range(65):
        comments.write(author=owner, post=post, text=f"number {number:02}")
    seen: list[str] = []
    address = f"/p/{post.code}/"
    while address:
        page = client.get(address).content.decode()
        seen += re.findall(r"number (\d\d)", page)
        more = re.search(r'href="([^"]*cursor=[^"]*)"', page)
        address = more.group(1).replace("&amp;", "&") if more else ""
    assert seen == [f"{number:02}" for number in reversed(range(65))]


def test_a_page_on_its_way_asks_every_second_until_it_is_there(
    owner: User, make_post: MakePost, as_person: SignIn
) -> None:
    post = make_post(owner, ready=False)
    browser = as_person(owner)
    for state in ("pending", "ready"):
        Photo.objects.update(state=state)
        page = browser.get(post.get_absolute_url()).content.decode()
        assert 'data-hx-trigger="every 1s"' in page, state
    Photo.objects.update(held_at=timezone.now())
    page = browser.get(post.get_absolute_url()).content.decode()
    assert 'data-hx-trigger="every 5s"' in page, "a moderator takes longer"
