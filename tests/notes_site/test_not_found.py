"""What may not be seen answers as what never was, byte for byte."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from notes_site.ids import encode, new_id
from posts import likes
from posts.authoring import publishing
from posts.commenting import comments
from posts.models import Post
from tests.making import MakePost

pytestmark = pytest.mark.django_db
SignIn = Callable[[User | None], Client]
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


@pytest.fixture
def unseen(owner: User, make_post: MakePost) -> list[Post]:
    """One post of each kind that a stranger may not see, with a comment and a like."""
    posts = [
        make_post(owner, audience="self"),
        make_post(owner, ready=False),
        make_post(owner),
        make_post(owner),
    ]
    for post in posts:
        comments.write(author=owner, post=post, text="hello")
        likes.like(user=owner, post=post)
    publishing.hide_post(posts[2], "a reason")
    publishing.delete_post(posts[3])
    return posts


def answer_of(browser: Client, method: str, address: str) -> tuple[object, ...]:
    """All of an answer that a stranger sees; the address itself, where it is repeated, as X."""
    answer = browser.generic(method, address)
    headers = {
        name: value.replace(address, "X").replace(address.rstrip("/"), "X")
        for name, value in answer.headers.items()
    }
    return answer.status_code, answer.content, headers


@pytest.mark.parametrize("signed_in", [False, True])
@pytest.mark.parametrize(
    "rest", ["", "edit/", "like", "comments/", "comments/{}/", "publish", "photos/{}/retry"]
)
def test_a_hidden_post_is_as_one_that_never_was(
    signed_in: bool,
    rest: str,
    unseen: list[Post],
    stranger: User,
    as_person: SignIn,
) -> None:
    browser = as_person(stranger if signed_in else None)
    for method in METHODS:
        nothing = answer_of(browser, method, f"/p/{encode(new_id())}/{rest.format('2')}")
        for post in unseen:
            comment = post.comments.first()
            photo = post.photos.first()
            inner = comment if "comments" in rest else photo
            address = f"/p/{post.code}/{rest.format(inner.code if inner else '2')}"
            assert answer_of(browser, method, address) == nothing, (method, post.state)


def test_media_and_originals_of_others_never_were(
    unseen: list[Post], stranger: User, as_person: SignIn
) -> None:
    for browser in (as_person(None), as_person(stranger)):
        for method in METHODS:
            for post in unseen:
                for photo in post.photos.all():
                    nothing = answer_of(browser, method, f"/media/originals/{encode(new_id())}")
                    there = answer_of(browser, method, f"/media/originals/{photo.code}")
                    assert there == nothing
                    for rendition in photo.renditions.all():
                        name = rendition.key.rpartition("/")[2]
                        nothing = answer_of(browser, method, "/media/nothing.webp")
                        assert answer_of(browser, method, f"/media/{name}") == nothing


def test_a_suspended_person_never_was(owner: User, make_post: MakePost, client: Client) -> None:
    post = make_post(owner)
    User.objects.filter(pk=owner.pk).update(suspended_at=timezone.now() - timedelta(1))
    for address, nothing in (
        (f"/p/{post.code}/", f"/p/{encode(new_id())}/"),
        (f"/@{owner.username}/", "/@nobody/"),
    ):
        assert answer_of(client, "GET", address) == answer_of(client, "GET", nothing)


def test_the_page_is_the_same_for_everyone_everywhere(
    owner: User, stranger: User, as_person: SignIn
) -> None:
    bodies = {
        as_person(person).get(address).content
        for person in (None, owner, stranger)
        for address in ("/p/abc/", "/@nobody/", "/topics/nothing/", "/nowhere", "/media/x.webp")
    }
    assert len(bodies) == 1
    body = bodies.pop().decode()
    for trace in ("nonce", "csrf", "nowhere", "nobody", owner.username):
        assert trace not in body


def test_programs_get_a_sentence(client: Client) -> None:
    answer = client.get("/p/abc/", headers={"Accept": "application/json"})
    assert answer.status_code == 404
    assert answer.json()["code"] == "not_found"
