"""Suggestions of people: for a true reason, and nobody one knows or wants nothing of."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import caches
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import FollowRequest, User
from accounts.models.user import Facts
from accounts.social import follows, relations
from feed import topics
from feed.models import DismissedSuggestion
from feed.people import dismissals, sources, suggestions
from posts.models import Post, PostTopic, Topic
from tests.feed.test_stream import post_of

pytestmark = pytest.mark.django_db
As = Callable[[User | None], Client]
HTMX = {"HX-Request": "true"}
PAGES = ("/?tab=following", "/search/", "/welcome/people/")


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    """What is the same for everybody is kept in the process, beyond a test."""
    for name in ("fragments", "frames", "pages"):
        caches[name].clear()


def person(name: str) -> User:
    return User.objects.create_user(username=name)


def follow(follower: User, *followees: User) -> None:
    for each in followees:
        follows.follow(follower=follower, followee=each)


def under(post: Post, *names: str) -> Post:
    for name in names:
        topic, _created = Topic.objects.get_or_create(name=name)
        PostTopic.objects.create(post=post, topic=topic, published_at=post.published_at)
    return post


def reasons(viewer: User) -> dict[str, str]:
    return {each.person.username: each.reason for each in suggestions.for_member(viewer)}


def names(viewer: User) -> list[str]:
    return [each.person.username for each in suggestions.for_member(viewer)]


@pytest.fixture
def ada(stranger: User) -> User:
    """Somebody whom the stranger follows."""
    ada = person("ada")
    follow(stranger, ada)
    return ada


# --- Why -----------------------------------------------------------------------------------------


def test_friends_of_friends_are_named(stranger: User, ada: User, owner: User) -> None:
    follow(ada, owner)
    assert reasons(stranger) == {"owner": "Followed by @ada"}
    others = [person(name) for name in ("ben", "cleo", "dan")]
    follow(stranger, *others)
    follow(others[0], owner)
    assert reasons(stranger) == {"owner": "Followed by @ada and @ben"}
    follow(others[1], owner)
    assert reasons(stranger) == {"owner": "Followed by @ada and 2 others"}
    follow(others[2], owner)
    assert reasons(stranger) == {"owner": "Followed by @ada and 3 others"}
    # Who is gone for others is named to nobody, nor counted.
    User.objects.filter(username__in=("ada", "ben")).update(suspended_at=timezone.now())
    assert reasons(stranger) == {"owner": "Followed by @cleo and @dan"}


def test_who_posts_about_the_same(stranger: User, owner: User, friend: User) -> None:
    under(post_of(owner), "cats", "sea")
    under(post_of(friend, 1), "cats")
    assert reasons(stranger) == {"owner": "Active lately", "friend": "Active lately"}
    topics.follow(person=stranger, topic=Topic.objects.get(name="cats"))
    assert reasons(stranger) == {"owner": "Posts about #cats", "friend": "Posts about #cats"}
    topics.follow(person=stranger, topic=Topic.objects.get(name="sea"))
    assert names(stranger) == ["owner", "friend"]
    words = reasons(stranger)["owner"]
    assert words in ("Posts about #cats and #sea", "Posts about #sea and #cats")


@pytest.mark.parametrize("fields", [{"audience": "followers"}, {"hidden_at": timezone.now()}])
def test_posts_that_the_viewer_can_not_find_tell_nothing(
    fields: dict[str, Any], stranger: User, owner: User
) -> None:
    under(post_of(owner, **fields), "cats")
    topics.follow(person=stranger, topic=Topic.objects.get(name="cats"))
    assert reasons(stranger) == {}


def test_active_ones_come_last_and_the_most_followed_first(
    stranger: User, ada: User, owner: User
) -> None:
    loved, quiet, known = person("loved"), person("quiet"), person("known")
    follow(ada, known)
    for each in (owner, loved):
        post_of(each)
    post_of(quiet, 24 * 40)
    assert names(stranger) == ["known", "loved", "owner"]
    caches["fragments"].clear()
    User.objects.filter(pk=owner.pk).update(follower_count=9)
    assert names(stranger) == ["known", "owner", "loved"]
    assert reasons(stranger)["loved"] == "Active lately"


# --- Who not -------------------------------------------------------------------------------------


def keep_out(how: str, viewer: User, other: User) -> None:
    later = timezone.now() + timedelta(days=14)
    match how:
        case "followed":
            follow(viewer, other)
        case "requested":
            FollowRequest.objects.create(requester=viewer, target=other)
        case "blocks":
            relations.block(blocker=viewer, blocked=other)
        case "is blocked":
            relations.block(blocker=other, blocked=viewer)
        case "mutes posts":
            relations.mute(muter=viewer, muted=other, comments=False)
        case "mutes comments":
            relations.mute(muter=viewer, muted=other, posts=False)
        case "restricts":
            relations.restrict(restricter=viewer, restricted=other)
        case "dismissed":
            dismissals.dismiss(person=viewer, other=other)
        case "private":
            User.objects.filter(pk=other.pk).update(is_private=True)
        case "suspended":
            User.objects.filter(pk=other.pk).update(suspended_at=timezone.now())
        case "leaving":
            User.objects.filter(pk=other.pk).update(leaving_at=later)
        case "waiting":
            User.objects.filter(pk=other.pk).update(is_active=False)


WAYS = (
    "followed", "requested", "blocks", "is blocked", "mutes posts", "mutes comments", "restricts",
    "dismissed", "private", "suspended", "leaving", "waiting",
)  # fmt: skip


@pytest.mark.parametrize("how", WAYS)
def test_who_is_kept_out_is_suggested_by_no_source(
    how: str, stranger: User, ada: User, owner: User, as_person: As
) -> None:
    """At once, whatever is kept for a minute; others are still suggested."""
    other = person("other")
    follow(ada, owner, other)
    for each in (owner, other):
        under(post_of(each), "cats")
    topics.follow(person=stranger, topic=Topic.objects.get(name="cats"))
    assert set(names(stranger)) == {"owner", "other"}
    keep_out(how, stranger, owner)
    assert names(stranger) == ["other"]
    for page in PAGES:
        found = as_person(stranger).get(page).text
        if "suggested-person" in found:
            assert 'href="/@owner/"' not in found, page


def test_nobody_is_suggested_to_themselves(stranger: User, ada: User) -> None:
    follow(ada, stranger)
    under(post_of(stranger), "cats")
    topics.follow(person=stranger, topic=Topic.objects.get(name="cats"))
    assert names(stranger) == []


# --- Dismissing ----------------------------------------------------------------------------------


def test_dismissed_and_taken_back_by_a_script(
    stranger: User, ada: User, owner: User, as_person: As
) -> None:
    follow(ada, owner)
    browser = as_person(stranger)
    for _ in range(2):
        gone = browser.post("/@owner/dismiss", headers=HTMX).text
        assert "We won’t suggest @owner again." in gone
        assert names(stranger) == []
    for _ in range(2):
        back = browser.post("/@owner/dismiss", {"_method": "delete"}, headers=HTMX).text
        assert "Followed by @ada" in back
        assert names(stranger) == ["owner"]


def test_dismissed_without_a_script(stranger: User, ada: User, owner: User, as_person: As) -> None:
    follow(ada, owner)
    browser, here = as_person(stranger), "http://testserver/?tab=following"
    answer = browser.post("/@owner/dismiss", headers={"Referer": here})
    assert (answer.status_code, answer["Location"]) == (303, here)
    page = browser.get("/?tab=following").text
    assert "We won’t suggest @owner again. They won’t be notified." in page
    assert 'href="/@owner/"' not in page


def test_a_dismissal_is_one_person_s_alone(stranger: User, owner: User, friend: User) -> None:
    post_of(owner)
    dismissals.dismiss(person=stranger, other=owner)
    assert names(person("newcomer")) == ["owner"]
    assert dismissals.restore(person=stranger, other=owner)
    assert not dismissals.restore(person=stranger, other=owner)
    assert not DismissedSuggestion.objects.exists()


@pytest.mark.parametrize("name", ["stranger", "nobody_is_called_so"])
def test_neither_oneself_nor_nobody_can_be_dismissed(
    name: str, stranger: User, as_person: As
) -> None:
    assert as_person(stranger).post(f"/@{name}/dismiss").status_code == 404
    assert not DismissedSuggestion.objects.exists()


def test_visitors_are_asked_to_sign_in(owner: User, client: Client) -> None:
    assert client.post("/@owner/dismiss")["Location"].startswith("/accounts/login/")


# --- Where ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES)
def test_they_stand_where_there_is_nothing_else(
    page: str, stranger: User, owner: User, as_person: As
) -> None:
    post = post_of(owner)
    found = as_person(stranger).get(page).text
    assert 'href="/@owner/"' in found
    assert "Active lately" in found
    assert found.count("<img") >= 1, "the cover of their newest post"
    assert post.cover_picture
    assert 'formaction="/@owner/follow"' in found
    assert 'formaction="/@owner/dismiss"' in found


def test_following_with_posts_shows_none(
    stranger: User, ada: User, owner: User, as_person: As
) -> None:
    post_of(ada)
    post_of(owner)
    assert "suggested-person" not in as_person(stranger).get("/?tab=following").text
    Post.objects.filter(author=ada).delete()
    page = as_person(stranger).get("/?tab=following").text
    assert "suggested-person" in page
    assert "Nothing from the people you follow yet" in page


# --- What it costs -------------------------------------------------------------------------------


def crowd(viewer: User, number: int) -> None:
    """So many people followed, each of whom follows others and posts, under so many topics."""
    fresh = [User(username=f"p{number}x{each}") for each in range(3 * number)]
    people = User.objects.bulk_create(fresh)
    known, others = people[:number], people[number:]
    follow(viewer, *known)
    for place, each in enumerate(known):
        follow(each, *others[2 * place : 2 * place + 2], others[0])
    for place, each in enumerate(others):
        under(post_of(each, place % 5), f"topic{place % number}")
    for topic in Topic.objects.all()[:number]:
        topics.follow(person=viewer, topic=topic)


@pytest.mark.parametrize("page", PAGES)
def test_the_number_of_queries_does_not_grow(page: str, stranger: User, as_person: As) -> None:
    browser = as_person(stranger)

    def queries() -> int:
        caches["fragments"].clear()
        Post.objects.filter(author__followers__follower=stranger).delete()
        browser.get(page)
        caches["fragments"].clear()
        with CaptureQueriesContext(connection) as asked:
            assert "suggested-person" in browser.get(page).text
        return len(asked)

    crowd(stranger, 2)
    few = queries()
    crowd(stranger, 14)
    assert len(suggestions.for_member(stranger)) == suggestions.SHOWN
    assert queries() <= few
    # As in a request of theirs.
    stranger.facts = Facts(*(False for _fact in Facts._fields))
    with CaptureQueriesContext(connection) as asked:
        suggestions.shown_to(stranger)
    assert len(asked) <= 9


def test_each_source_ends_at_its_limit(
    stranger: User, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The newest are read of everybody, and of every topic."""
    monkeypatch.setattr(sources, "THEIR_FOLLOWED", 2)
    monkeypatch.setattr(sources, "POSTS_A_TOPIC", 2)
    ben = person("ben")
    follow(stranger, ben)
    people = [person(f"p{number}") for number in range(6)]
    for follower, followed in ((ada, people[:3]), (ben, people[2:5])):
        follow(follower, *followed)
    found = sources.followed_by_followed(stranger)
    assert found == {people[each].pk: 1 for each in (1, 2, 3, 4)}
    for number, author in enumerate(people):
        under(post_of(author, number), "cats" if number % 2 else "sea")
    for name in ("cats", "sea"):
        topics.follow(person=stranger, topic=Topic.objects.get(name=name))
    assert set(sources.under_followed_topics(stranger)) == {each.pk for each in people[:4]}
