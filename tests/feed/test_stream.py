"""The stream: in order, whole, remembered, and never what is not for all."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.cache import caches
from django.test import Client
from django.utils import timezone

from accounts.models import User
from posts.authoring import publishing
from posts.authoring.post_changes import change_post
from posts.models import Post
from tests.making import COVER, MakePost

SignIn = Callable[[User | None], Client]


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    """Pages and fragments live in the process, beyond a test."""
    for name in ("fragments", "pages"):
        caches[name].clear()


def post_of(author: User, number: int = 0, **fields: object) -> Post:
    """A published post with a cover, `number` hours old."""
    plain = {"state": "published", "cover": COVER, "hot": 100.0 - number}
    return Post.objects.create(
        author=author, published_at=timezone.now() - timedelta(hours=number), **plain | fields
    )


def codes(page: bytes) -> list[str]:
    return re.findall(r'class="card-link" href="/p/([^/]+)/"', page.decode())


def walk(browser: Client, address: str, **headers: str) -> list[str]:
    """The posts of every page, following the link to more."""
    seen: list[str] = []
    while address:
        page = browser.get(address, headers=headers).content
        seen += codes(page)
        more = re.search(r'class="more" href="([^"]+)"', page.decode())
        address = more.group(1).replace("&amp;", "&") if more else ""
        assert len(seen) < 1_000
    return seen


@pytest.mark.parametrize("tab", ["for-you", "latest"])
def test_all_posts_once_in_their_order(tab: str, owner: User, stranger: User) -> None:
    posts = [post_of(owner, number) for number in range(60)]
    assert walk(Client(), f"/?tab={tab}") == [post.code for post in posts]


def test_for_you_goes_by_score_and_latest_by_time(owner: User, client: Client) -> None:
    old_and_loved, new = post_of(owner, 5, hot=9.0), post_of(owner, 1, hot=8.0)
    assert codes(client.get("/?tab=for-you").content) == [old_and_loved.code, new.code]
    assert codes(client.get("/?tab=latest").content) == [new.code, old_and_loved.code]


def test_posts_that_come_meanwhile_neither_repeat_nor_hide_any(owner: User, client: Client) -> None:
    posts = [post_of(owner, number) for number in range(30)]
    first = client.get("/").content
    for _ in range(5):
        post_of(owner, hot=500.0)
    more = re.search(r'class="more" href="([^"]+)"', first.decode())
    assert more
    second = client.get(more.group(1).replace("&amp;", "&")).content
    assert codes(first) + codes(second) == [post.code for post in posts]


def test_htmx_gets_the_cards_alone(owner: User, client: Client) -> None:
    for number in range(30):
        post_of(owner, number)
    more = re.search(r'class="more" href="([^"]+)"', client.get("/").content.decode())
    assert more
    address = more.group(1).replace("&amp;", "&")
    fragment = client.get(address, headers={"HX-Request": "true"}).content
    whole = client.get(address).content
    assert b"<html" not in fragment
    assert b"<html" in whole
    assert codes(fragment) == codes(whole)
    assert b"<html" in client.get("/", headers={"HX-Request": "true"}).content


def test_nothing_that_is_not_for_all(
    owner: User, friend: User, stranger: User, moderator: User, as_person: SignIn
) -> None:
    shown = post_of(owner, caption="shown")
    for audience in ("unlisted", "followers", "friends", "list", "self"):
        post_of(owner, audience=audience)
    post_of(owner, hidden_at=timezone.now())
    for state in ("draft", "scheduled", "processing", "deleted"):
        post_of(owner, state=state)
    suspended = User.objects.create_user("gone", suspended_at=timezone.now())
    post_of(suspended)
    for person in (None, owner, friend, stranger, moderator):
        for tab in ("for-you", "latest"):
            found = codes(as_person(person).get(f"/?tab={tab}").content)
            assert found == [shown.code], (person, tab)


def test_following_shows_those_one_follows(
    owner: User, friend: User, follower: User, stranger: User, as_person: SignIn
) -> None:
    posts = {
        audience: post_of(owner, audience=audience).code
        for audience in ("public", "unlisted", "followers", "friends", "self")
    }
    post_of(stranger)
    hidden = post_of(owner, hidden_at=timezone.now())

    def seen(person: User) -> set[str]:
        return set(codes(as_person(person).get("/?tab=following").content))

    assert seen(follower) == {posts["public"], posts["followers"]}
    assert seen(friend) == {posts["public"], posts["followers"], posts["friends"]}
    assert seen(stranger) == set()
    assert hidden.code not in seen(friend)


def test_the_tab_is_remembered(owner: User, as_person: SignIn) -> None:
    browser = as_person(owner)
    current = re.compile(r'href="\?tab=([a-z-]+)" aria-current="page"')

    def tab(address: str) -> str:
        found = current.search(browser.get(address).content.decode())
        assert found
        return found.group(1)

    assert tab("/") == "for-you"
    assert "tab" not in browser.cookies
    assert tab("/?tab=following") == "following"
    assert tab("/") == "following"
    assert browser.cookies["tab"]["httponly"]
    assert browser.cookies["tab"]["samesite"] == "Lax"
    assert tab("/?tab=nonsense") == "for-you"
    assert tab("/") == "following"
    assert tab("/?tab=latest") == "latest"
    browser.logout()
    browser.cookies["tab"] = "following"
    assert tab("/") == "for-you", "a visitor follows nobody"


def test_an_unchanged_page_is_304_for_visitors(owner: User, make_post: MakePost) -> None:
    post = make_post(owner)
    browser = Client()
    first = browser.get("/")
    tag = first["ETag"]
    assert "no-cache" in first["Cache-Control"]
    again = browser.get("/", headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    publishing.hide_post(post, "spam")
    hidden = browser.get("/", headers={"If-None-Match": tag})
    assert hidden.status_code == 200
    assert codes(hidden.content) == []
    publishing.restore_post(post)
    restored = browser.get("/", headers={"If-None-Match": tag})
    assert codes(restored.content) == [post.code]


@pytest.mark.parametrize("change", ["title", "new post", "suspended", "deleted", "narrowed"])
def test_whatever_a_page_shows_changes_its_tag(
    change: str, owner: User, stranger: User, make_post: MakePost
) -> None:
    post = make_post(owner)
    tag = Client().get("/")["ETag"]
    if change == "title":
        change_post(post, title="New")
    elif change == "new post":
        make_post(stranger)
    elif change == "suspended":
        User.objects.filter(pk=owner.pk).update(suspended_at=timezone.now())
    elif change == "deleted":
        publishing.delete_post(post)
    else:
        change_post(post, audience="self")
    answer = Client().get("/", headers={"If-None-Match": tag})
    assert answer.status_code == 200
    assert answer["ETag"] != tag


def test_tabs_and_pages_have_tags_of_their_own(owner: User) -> None:
    for number in range(30):
        post_of(owner, number)
    client = Client()
    more = re.search(r'class="more" href="([^"]+)"', client.get("/").content.decode())
    assert more
    pages = ["/", "/?tab=latest", more.group(1).replace("&amp;", "&")]
    tags = {Client().get(page)["ETag"] for page in pages}
    tags.add(Client().get(pages[2], headers={"HX-Request": "true"})["ETag"])
    assert len(tags) == 4


def test_a_members_page_is_never_kept_by_anyone(owner: User, as_person: SignIn) -> None:
    answer = as_person(owner).get("/")
    assert "ETag" not in answer
    assert "Cookie" in answer["Vary"]


def test_a_visitor_gets_no_cookie(owner: User, client: Client) -> None:
    post_of(owner)
    answer = client.get("/")
    assert not answer.cookies


def test_a_topic_pages_newest_first(owner: User, make_post: MakePost, client: Client) -> None:
    posts = [make_post(owner, caption=f"#Straße number {number}") for number in range(3)]
    make_post(owner, caption="#other")
    make_post(owner, caption="#strasse", audience="self")
    for address in ("/topics/strasse/", "/topics/STRASSE/", "/topics/straße/"):
        answer = client.get(address)
        assert codes(answer.content) == [post.code for post in reversed(posts)]
    assert "3 posts" in answer.content.decode()
    assert client.get("/topics/nothing/").status_code == 404


def test_a_topic_of_unseen_posts_is_as_if_it_never_was(
    owner: User, make_post: MakePost, as_person: SignIn
) -> None:
    make_post(owner, caption="#secret", audience="self")
    never = as_person(None).get("/topics/nothing/")
    unseen = as_person(None).get("/topics/secret/")
    assert (unseen.status_code, unseen.content) == (404, never.content)


def test_a_topic_pages_without_gaps(owner: User) -> None:
    from posts.models import PostTopic, Topic

    topic = Topic.objects.create(name="sea")
    posts = [post_of(owner, number) for number in range(60)]
    PostTopic.objects.bulk_create(
        PostTopic(post=post, topic=topic, published_at=post.published_at) for post in posts
    )
    assert walk(Client(), "/topics/sea/") == [post.code for post in posts]
    hidden = posts[30]
    publishing.hide_post(hidden, "")
    assert hidden.code not in walk(Client(), "/topics/sea/")


def test_a_profile_shows_what_the_viewer_may_see(
    owner: User, friend: User, stranger: User, as_person: SignIn
) -> None:
    posts = {
        audience: post_of(owner, audience=audience).code
        for audience in ("public", "unlisted", "followers", "friends", "self")
    }

    def seen(person: User | None) -> set[str]:
        found = set(codes(as_person(person).get("/@owner/").content))
        return {audience for audience, code in posts.items() if code in found}

    assert seen(owner) == {"public", "unlisted", "followers", "friends", "self"}
    assert seen(friend) == {"public", "followers", "friends"}
    assert seen(stranger) == seen(None) == {"public"}


def test_an_empty_site_says_so(db: None, client: Client) -> None:
    answer = client.get("/")
    assert answer.status_code == 200
    assert "No posts yet" in answer.content.decode()


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_it_is_only_read(method: str, db: None, client: Client) -> None:
    assert client.generic(method, "/").status_code == 405
