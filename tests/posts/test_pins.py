"""Pinned posts: three of one's own, first on the profile, and never a fourth."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from posts.authoring import publishing
from posts.models import Post
from posts.profile import pins
from tests.making import MakePost, own_connection

SignIn = Callable[[User | None], Client]


def titles(browser: Client, username: str = "owner") -> list[str]:
    """The titles on a profile, in their order."""
    page = browser.get(f"/@{username}/").content.decode()
    parts = page.split('<h2 class="card-title" dir="auto">')[1:]
    return [part.partition("<")[0] for part in parts]


def posts_by(author: User, count: int) -> list[Post]:
    """Published posts without pictures, the first the oldest."""
    return [
        Post.objects.create(
            author=author, state="published", published_at=timezone.now(), title=f"Post {number}"
        )
        for number in range(count)
    ]


def test_pinned_ones_stand_first_the_last_pinned_before_the_others(
    owner: User, make_post: MakePost, as_person: SignIn
) -> None:
    browser = as_person(owner)
    posts = [make_post(owner, title=f"Post {number}") for number in range(4)]
    for post in posts[:2]:
        answer = browser.post(f"/p/{post.code}/pin")
        assert (answer.status_code, answer["Location"]) == (303, f"/p/{post.code}/")
    for viewer in (browser, Client()):
        assert titles(viewer) == ["Post 1", "Post 0", "Post 3", "Post 2"]
    page = Client().get("/@owner/").content.decode()
    assert page.count("Pinned</span>") == 2
    assert "Unpin from your profile" in browser.get(f"/p/{posts[0].code}/").content.decode()


def test_a_pinned_one_does_not_come_again_on_the_next_page(
    owner: User, make_post: MakePost, as_person: SignIn
) -> None:
    first = make_post(owner, title="Pinned")
    for number in range(30):
        Post.objects.create(
            author=owner,
            state="published",
            published_at=timezone.now(),
            title=f"Post {number}",
            cover=first.cover,
        )
    pins.pin(post=first)
    browser = as_person(None)
    context = browser.get("/@owner/").context
    seen = [*context["pinned"], *context["cards"]]
    seen += browser.get(context["next_url"], headers={"HX-Request": "true"}).context["cards"]
    assert [card.count(f"/p/{first.code}/") > 0 for card in seen] == [True] + [False] * 30


def test_a_fourth_is_refused_with_a_sentence(owner: User, as_person: SignIn) -> None:
    browser = as_person(owner)
    posts = posts_by(owner, 4)
    for post in posts[:3]:
        browser.post(f"/p/{post.code}/pin")
        browser.post(f"/p/{post.code}/pin")
    browser.post(f"/p/{posts[3].code}/pin")
    page = browser.get(f"/p/{posts[3].code}/").content.decode()
    assert "You already have 3 pinned posts, which is the limit." in page
    told = browser.post(f"/p/{posts[3].code}/pin", headers={"Accept": "application/json"})
    assert (told.status_code, told.json()["code"]) == (422, "pins")
    assert Post.objects.filter(pinned_at__isnull=False).count() == 3
    browser.delete(f"/p/{posts[0].code}/pin")
    browser.post(f"/p/{posts[1].code}/pin", {"_method": "delete"})
    browser.post(f"/p/{posts[3].code}/pin")
    pinned = Post.objects.filter(pinned_at__isnull=False).order_by("pinned_at")
    assert list(pinned) == [posts[2], posts[3]]


def test_hiding_and_deleting_unpin_and_make_room(
    owner: User, make_post: MakePost, as_person: SignIn
) -> None:
    posts = [make_post(owner, title=f"Post {number}") for number in range(6)]
    for post in posts[:3]:
        pins.pin(post=post)
    publishing.hide_post(posts[2], "reason")
    publishing.delete_post(posts[1])
    assert titles(Client()) == ["Post 0", "Post 5", "Post 4", "Post 3"]
    own = as_person(owner).get("/@owner/").content.decode()
    assert own.count("Pinned</span>") == 1
    pins.pin(post=posts[3])
    pins.pin(post=posts[4])
    with pytest.raises(pins.TooManyPinsError):
        pins.pin(post=posts[5])
    publishing.restore_post(posts[2])
    assert titles(Client()) == ["Post 4", "Post 3", "Post 2", "Post 5", "Post 0"], "never four"
    assert Client().get("/@owner/").content.decode().count("Pinned</span>") == 3


@pytest.mark.parametrize("state", ["draft", "scheduled", "processing"])
def test_what_is_not_published_is_not_pinned(state: str, owner: User, as_person: SignIn) -> None:
    post = Post.objects.create(author=owner, state=state)
    browser = as_person(owner)
    assert browser.post(f"/p/{post.code}/pin").status_code == 303
    page = browser.get(f"/p/{post.code}/").content.decode()
    assert "Publish it first, then pin it." in page
    assert Post.objects.get().pinned_at is None


def test_nobody_pins_for_another(owner: User, friend: User, as_person: SignIn) -> None:
    (post,) = posts_by(owner, 1)
    pins.pin(post=post)
    for browser in (as_person(friend), as_person(None)):
        for method in ("post", "delete"):
            assert getattr(browser, method)(f"/p/{post.code}/pin").status_code in (302, 404)
    assert Post.objects.get().pinned_at is not None
    assert as_person(friend).get(f"/p/{post.code}/pin").status_code == 405


def test_an_audience_hides_a_pinned_post_too(
    owner: User, stranger: User, follower: User, make_post: MakePost, as_person: SignIn
) -> None:
    for audience in ("followers", "unlisted", "self"):
        pins.pin(post=make_post(owner, title=audience, audience=audience))
    assert titles(as_person(owner)) == ["self", "unlisted", "followers"]
    assert titles(as_person(follower)) == ["followers"]
    assert titles(as_person(stranger)) == []


@pytest.mark.django_db(transaction=True)
def test_of_many_clicks_at_once_three_win() -> None:
    author = User.objects.create_user("author")
    posts = posts_by(author, 8)
    refused: list[Post] = []
    start = threading.Barrier(len(posts))

    def click(post: Post) -> None:
        with own_connection():
            start.wait()
            try:
                pins.pin(post=post)
            except pins.TooManyPinsError:
                refused.append(post)

    threads = [threading.Thread(target=click, args=[post]) for post in posts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Post.objects.filter(pinned_at__isnull=False).count() == 3
    assert len(refused) == 5


def test_the_limit_counts(rate_limits: Any, owner: User, as_person: SignIn) -> None:
    (post,) = posts_by(owner, 1)
    browser = as_person(owner)
    answers = {browser.post(f"/p/{post.code}/pin").status_code for _ in range(121)}
    assert answers == {303, 429}
