"""A person's page: who they are, their shelves, and what each viewer finds there."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import caches
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Follow, FollowRequest, FormerUsername, User
from accounts.social import relations
from posts import likes
from posts.models import Collection, CollectionItem, Like, Post
from posts.profile import pins
from tests.making import MakePost

SignIn = Callable[[User | None], Client]


def copies_of(post: Post, count: int) -> list[Post]:
    """Posts with the same picture, each younger than the one before."""
    return [
        Post.objects.create(
            author=post.author,
            state="published",
            published_at=timezone.now(),
            title=f"Copy {number}",
            photo_count=1,
            cover=post.cover,
        )
        for number in range(count)
    ]


def titles(answer: Any) -> list[str]:
    """The titles of the cards of an answer, in their order."""
    parts = answer.content.decode().split('<h2 class="card-title" dir="auto">')[1:]
    return [part.partition("<")[0] for part in parts]


def counts(answer: Any) -> str:
    """What a profile says of its numbers, as plain words."""
    part = answer.content.decode().split('class="profile-counts"')[1].partition("</ul>")[0]
    return " ".join(re.sub(r"<[^>]*>|^[^>]*>", " ", part).split())


def test_who_somebody_is(owner: User, friend: User, as_person: SignIn) -> None:
    User.objects.filter(pk=owner.pk).update(
        display_name="Ann <b>",
        pronouns="she/her",
        bio="Paints with @friend.\nSee https://example.org/x <script> #sea @nobody.here",
        links=[
            {"label": "My shop", "url": "https://www.shop.example/?a=1&b=2"},
            {"label": "", "url": "http://plain.example/"},
            {"label": "bad", "url": "javascript:alert(1)"},
        ],
    )
    page = as_person(None).get("/@Owner/").content.decode()
    for wanted in ("Ann &lt;b&gt;", "@owner", "she/her", "&lt;script&gt;"):
        assert wanted in page
    assert '<a href="https://example.org/x" rel="nofollow noopener ugc">' in page
    assert '<a href="/@friend/">@friend</a>' in page
    assert 'href="/@nobody.here/"' not in page
    rel = 'rel="nofollow noopener ugc me"'
    assert f'<a href="https://www.shop.example/?a=1&amp;b=2" {rel}>' in page
    assert '<b>My shop</b> <span class="soft">shop.example</span>' in page
    assert f'<a href="http://plain.example/" {rel}>' in page
    assert "<b>plain.example</b></span>" in page
    assert "javascript:" not in page


def test_the_numbers(
    owner: User, friend: User, follower: User, make_post: MakePost, as_person: SignIn
) -> None:
    make_post(owner)
    make_post(owner, audience="friends")
    make_post(owner, audience="unlisted")
    assert counts(as_person(None).get("/@owner/")) == "1 post 2 followers 1 following"
    answer = as_person(friend).get("/@owner/")
    assert counts(answer) == "2 posts 2 followers 1 following"
    assert 'href="/@owner/followers/"' in answer.content.decode()
    assert 'href="/@owner/following/"' in answer.content.decode()
    assert counts(as_person(owner).get("/@owner/")) == "3 posts 2 followers 1 following"


@pytest.mark.parametrize("change", ["is_active", "suspended_at", "leaving_at"])
def test_who_is_not_there_never_was(change: str, owner: User, as_person: SignIn) -> None:
    value = False if change == "is_active" else timezone.now()
    User.objects.filter(pk=owner.pk).update(**{change: value})
    gone, never = (as_person(None).get(f"/@{name}/") for name in ("owner", "nobody"))
    assert gone.status_code == never.status_code == 404
    assert gone.content == never.content


def test_a_block_hides_and_leaves_its_maker_a_way_back(
    owner: User, stranger: User, make_post: MakePost, as_person: SignIn
) -> None:
    make_post(owner, title="Secret")
    relations.block(blocker=stranger, blocked=owner)
    blocked, never = (as_person(owner).get(f"/@{name}/") for name in ("stranger", "nobody"))
    assert (blocked.status_code, blocked.content) == (404, never.content)
    answer = as_person(stranger).get("/@owner/")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "You blocked @owner" in page
    assert "Secret" not in page
    assert as_person(None).get("/@owner/").status_code == 200, "others see both"
    relations.block(blocker=owner, blocked=stranger)
    again = as_person(stranger).get("/@owner/").content.decode()
    assert without_token(again) == without_token(page), "nor is that told"


def without_token(page: str) -> str:
    """A page but for what is another on each visit."""
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page)


def test_a_name_given_up_leads_to_the_new_one(owner: User, as_person: SignIn) -> None:
    until = timezone.now() + timedelta(days=30)
    FormerUsername.objects.create(username="old.name", user=owner, until=until)
    answer = as_person(None).get("/@Old.name/")
    assert (answer.status_code, answer["Location"]) == (302, "/@owner/")
    User.objects.filter(pk=owner.pk).update(suspended_at=timezone.now())
    hidden, never = (as_person(None).get(f"/@{name}/") for name in ("old.name", "nobody"))
    assert (hidden.status_code, hidden.content) == (404, never.content)


def test_a_private_account_shows_who_it_is_and_nothing_else(
    owner: User, stranger: User, follower: User, make_post: MakePost, as_person: SignIn
) -> None:
    make_post(owner, title="Secret")
    make_post(owner, title="Secret two", audience="followers")
    User.objects.filter(pk=owner.pk).update(
        is_private=True, bio="Hello", shows_likes=True, hides_like_counts=False
    )
    likes.like(user=owner, post=make_post(stranger, title="Liked one"))
    for person in (None, stranger):
        for shelf in ("", "?tab=liked", "?tab=collections"):
            answer = as_person(person).get(f"/@owner/{shelf}")
            page = answer.content.decode()
            assert "This account is private" in page
            assert "Hello" in page
            assert counts(answer) == "1 follower 0 following"
            assert titles(answer) == []
            assert "Secret" not in page
            assert "?tab=liked" not in page
            assert "/followers/" not in page
    assert titles(as_person(follower).get("/@owner/")) == ["Secret two", "Secret"]
    assert titles(as_person(owner).get("/@owner/")) == ["Secret two", "Secret"]


def test_who_asks_to_follow_is_answered_on_their_profile(
    owner: User, stranger: User, as_person: SignIn
) -> None:
    FollowRequest.objects.create(requester=stranger, target=owner)
    browser = as_person(owner)
    assert b"stranger wants to follow you" in browser.get("/@stranger/").content
    answer = browser.post("/requests/stranger", headers={"Referer": "http://testserver/@stranger/"})
    assert answer["Location"].endswith("/@stranger/")
    assert b"wants to follow you" not in browser.get("/@stranger/").content
    assert Follow.objects.filter(follower=stranger, followee=owner).exists()


def test_of_a_private_account_one_sees_what_one_was_shown(
    owner: User, stranger: User, make_post: MakePost, as_person: SignIn
) -> None:
    from tests.posts.test_audiences import list_of

    post = make_post(owner, title="For a list")
    make_post(owner, title="Secret")
    listed = list_of(owner, "One", stranger)
    Post.objects.filter(pk=post.pk).update(audience="list", people_list=listed)
    User.objects.filter(pk=owner.pk).update(is_private=True)
    answer = as_person(stranger).get("/@owner/")
    assert titles(answer) == ["For a list"]
    assert counts(answer).startswith("1 post ")
    assert "This account is private." in answer.content.decode()


def test_asking_to_follow_is_shown(owner: User, stranger: User, as_person: SignIn) -> None:
    User.objects.filter(pk=owner.pk).update(is_private=True)
    FollowRequest.objects.create(requester=stranger, target=owner)
    page = as_person(stranger).get("/@owner/").content.decode()
    assert "Requested" in page
    assert "You asked to follow." in page


def test_the_liked_shelf_is_for_whom_its_owner_says(
    owner: User, friend: User, stranger: User, make_post: MakePost, as_person: SignIn
) -> None:
    for audience in ("public", "friends", "unlisted", "self"):
        post = make_post(friend, title=audience, audience=audience)
        likes.like(user=owner, post=post)
    hidden = make_post(friend, title="hidden")
    likes.like(user=owner, post=hidden)
    Post.objects.filter(pk=hidden.pk).update(hidden_at=timezone.now())
    own = as_person(owner).get("/@owner/?tab=liked")
    assert titles(own) == ["unlisted", "friends", "public"], "newest like first"
    assert titles(as_person(stranger).get("/@owner/?tab=liked")) == []
    assert "?tab=liked" not in as_person(stranger).get("/@owner/").content.decode()
    User.objects.filter(pk=owner.pk).update(shows_likes=True)
    assert titles(as_person(stranger).get("/@owner/?tab=liked")) == ["public"]
    assert titles(as_person(friend).get("/@owner/?tab=liked")) == [
        *("hidden", "self", "friends", "public"),
    ], "authors see their own"
    assert titles(as_person(None).get("/@owner/?tab=liked")) == ["public"]


def test_the_liked_shelf_comes_in_pages(
    owner: User, friend: User, make_post: MakePost, as_person: SignIn
) -> None:
    for post in copies_of(make_post(friend), 30):
        Like.objects.create(user=owner, post=post)
    answer = as_person(owner).get("/@owner/?tab=liked")
    first = titles(answer)
    more = as_person(owner).get(answer.context["next_url"], headers={"HX-Request": "true"})
    assert b"<html" not in more.content
    assert first + titles(more) == [f"Copy {number}" for number in reversed(range(30))]
    assert len(first) == 24


def test_the_shelf_of_collections(
    owner: User, stranger: User, make_post: MakePost, as_person: SignIn
) -> None:
    post = make_post(owner)
    for number in range(26):
        made = Collection.objects.create(owner=owner, name=f"Shelf {number}", is_public=number != 3)
        CollectionItem.objects.create(collection=made, post=post, position=1)
    answer = as_person(stranger).get("/@owner/?tab=collections")
    more = as_person(stranger).get(answer.context["next_url"], headers={"HX-Request": "true"})
    found = re.findall(r"Shelf \d+", answer.content.decode() + more.content.decode())
    assert found == [f"Shelf {number}" for number in reversed(range(26)) if number != 3]
    assert "Shelf 3<" in as_person(owner).get("/@owner/?tab=collections").content.decode()
    Collection.objects.update(is_public=False)
    page = as_person(stranger).get("/@owner/?tab=collections").content.decode()
    assert "?tab=collections" not in page
    assert "Shelf" not in page


def test_hidden_posts_of_ones_own_are_there_for_oneself(
    owner: User, make_post: MakePost, as_person: SignIn
) -> None:
    post = make_post(owner, title="Hidden")
    Post.objects.filter(pk=post.pk).update(hidden_at=timezone.now())
    assert titles(as_person(owner).get("/@owner/")) == ["Hidden"]
    assert titles(as_person(None).get("/@owner/")) == []


@pytest.mark.parametrize("viewer", ["visitor", "friend", "owner"])
@pytest.mark.parametrize("shelf", ["", "?tab=liked", "?tab=collections"])
def test_queries_do_not_grow(
    viewer: str, shelf: str, owner: User, friend: User, make_post: MakePost, as_person: SignIn
) -> None:
    User.objects.filter(pk=owner.pk).update(
        shows_likes=True, links=[{"label": "", "url": "https://example.org"}], bio="By @friend"
    )
    browser = as_person({"visitor": None, "friend": friend, "owner": owner}[viewer])
    post = make_post(owner)
    pins.pin(post=post)
    found = []
    for many in (3, 27):
        for number, copy in enumerate(copies_of(post, many)):
            Like.objects.create(user=owner, post=copy)
            shelved = Collection.objects.create(
                owner=owner, name=f"{many} {number}", is_public=True
            )
            CollectionItem.objects.create(collection=shelved, post=copy, position=1)
        browser.get(f"/@owner/{shelf}")
        caches["fragments"].clear()
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(f"/@owner/{shelf}").status_code == 200
        found.append([each["sql"] for each in captured if '"cache"' not in each["sql"]])
    assert len(found[0]) == len(found[1]), "\n".join(found[1])
    assert len(found[1]) <= 16


def test_what_somebody_liked_is_read_along_an_index(owner: User, friend: User) -> None:
    from posts.profile.contents import liked_by

    rows = liked_by(owner, friend).order_by("-created_at", "-pk")[:25]
    if connection.vendor == "sqlite":
        plan = rows.explain()
        assert "USING INDEX like_by" in plan
        assert "TEMP B-TREE" not in plan
    else:
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("SET LOCAL enable_bitmapscan = off")
            cursor.execute("SET LOCAL enable_sort = off")
        assert "like_by" in rows.explain()
