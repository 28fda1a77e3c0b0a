"""Topics that members follow and mute: by any way, again and again, and nobody's business."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import caches
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.social import relations
from feed import topics
from feed.models import MutedTopic, TopicFollow
from feed.topics import Standing, TopicRefusedError
from posts.models import PostTopic, Topic
from tests.feed.test_relations_in_feed import under_sea
from tests.feed.test_stream import post_of

As = Callable[[User | None], Client]
HTMX = {"HX-Request": "true"}
JSON = {"Accept": "application/json"}
FOLLOW, PIN, MUTE = (f"/topics/sea/{act}" for act in ("follow", "pin", "mute"))


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    for name in ("fragments", "frames", "pages"):
        caches[name].clear()


@pytest.fixture
def sea(stranger: User) -> Topic:
    """A topic with a public post of somebody's."""
    under_sea(post_of(stranger))
    return Topic.objects.get(name="sea")


def standing(person: User, topic: Topic) -> Standing:
    return topics.standing(person, topic)


@pytest.mark.parametrize(
    ("address", "means"),
    [
        (FOLLOW, Standing(followed=True)),
        (PIN, Standing(followed=True, pinned=True)),
        (MUTE, Standing(muted=True)),
    ],
)
def test_made_and_taken_away_any_number_of_times(
    address: str, means: Standing, sea: Topic, owner: User, friend: User, as_person: As
) -> None:
    browser = as_person(owner)
    for _ in range(2):
        answer = browser.post(address, headers={"Referer": "http://testserver/settings/muted/"})
        assert (answer.status_code, answer["Location"]) == (
            303,
            "http://testserver/settings/muted/",
        )
        assert standing(owner, sea) == means
    for _ in range(2):
        assert browser.post(address, {"_method": "delete"})["Location"] == "/topics/sea/"
        assert standing(owner, sea) == Standing(followed=address == PIN)
    assert browser.delete(FOLLOW).status_code == 303
    assert standing(owner, sea) == standing(friend, sea) == Standing()


def test_a_script_gets_the_button_as_it_is_now(sea: Topic, owner: User, as_person: As) -> None:
    browser = as_person(owner)
    followed = browser.post(FOLLOW, headers=HTMX).text
    assert "Following" in followed
    assert 'value="delete"' in followed
    assert 'aria-pressed="false"' in browser.delete(FOLLOW, headers=HTMX).text


@pytest.mark.parametrize("address", [FOLLOW, PIN, MUTE])
def test_visitors_are_asked_to_sign_in(address: str, sea: Topic, client: Client) -> None:
    assert client.post(address)["Location"].startswith("/accounts/login/")
    assert client.post(address, headers=JSON).status_code == 401
    assert not TopicFollow.objects.exists()


@pytest.mark.parametrize("address", [FOLLOW, PIN, MUTE])
@pytest.mark.parametrize("why", ["never", "private", "blocked", "a number", "odd"])
def test_a_topic_that_is_not_shown_is_none(
    address: str, why: str, owner: User, stranger: User, as_person: As
) -> None:
    name = {"a number": "7", "odd": "%00"}.get(why, "sea")
    if why == "private":
        under_sea(post_of(stranger, audience="followers"))
    if why == "blocked":
        under_sea(post_of(stranger))
        relations.block(blocker=stranger, blocked=owner)
    browser = as_person(owner)
    never = browser.post(address.replace("sea", "neverwas"))
    for answer in (browser.post(address.replace("sea", name)), browser.delete(address)):
        assert (answer.status_code, answer.content) == (404, never.content)
    assert not TopicFollow.objects.exists()
    assert not MutedTopic.objects.exists()


def test_what_is_kept_can_be_undone_when_no_post_is_left(
    sea: Topic, owner: User, as_person: As
) -> None:
    topics.pin(person=owner, topic=sea)
    PostTopic.objects.all().delete()
    browser = as_person(owner)
    for address in (PIN, FOLLOW):
        assert browser.delete(address).status_code == 303
    assert standing(owner, sea) == Standing()
    assert browser.post(FOLLOW).status_code == 404


def test_following_and_muting_end_each_other(sea: Topic, owner: User) -> None:
    topics.pin(person=owner, topic=sea)
    topics.mute(person=owner, topic=sea)
    assert standing(owner, sea) == Standing(muted=True)
    topics.follow(person=owner, topic=sea)
    assert standing(owner, sea) == Standing(followed=True)


@pytest.mark.parametrize(
    ("change", "limit", "says"),
    [
        (topics.follow, "MAX_FOLLOWED", "You already follow 2 topics"),
        (topics.pin, "MAX_PINNED", "You already have 2 topics as tabs"),
        (topics.mute, "MAX_MUTED", "You already muted 2 topics"),
    ],
)
def test_no_more_than_fit(
    change: Callable[..., bool],
    limit: str,
    says: str,
    sea: Topic,
    owner: User,
    as_person: As,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(topics, limit, 2)
    for name in ("hill", "wood"):
        change(person=owner, topic=Topic.objects.create(name=name))
    with pytest.raises(TopicRefusedError, match=says):
        change(person=owner, topic=sea)
    assert standing(owner, sea) == Standing(), "nothing is changed by halves"
    browser, address = as_person(owner), f"/topics/sea/{change.__name__}"
    refused = browser.post(address, headers=JSON)
    assert (refused.status_code, refused.json()["code"]) == (422, "topics")
    assert says in browser.post(address, headers=HTMX)["HX-Trigger"]
    assert browser.post(address).status_code == 303
    assert says in browser.get("/topics/sea/").text


def test_the_page_and_search_say_what_a_topic_is_to_the_viewer(
    sea: Topic, owner: User, friend: User, as_person: As
) -> None:
    topics.pin(person=owner, topic=sea)
    for address in ("/topics/sea/", "/search/?q=se&in=topics"):
        assert "Following<span" in as_person(owner).get(address).text
        assert "Follow<span" in as_person(friend).get(address).text
        assert 'form="acts"' not in Client().get(address).text
    assert "Unpin from your feed" in as_person(owner).get("/topics/sea/").text
    topics.mute(person=owner, topic=sea)
    assert "Unmute" in as_person(owner).get("/topics/sea/").text
    assert "/accounts/login/?next=/topics/sea/" in Client().get("/topics/sea/").text


def test_search_asks_no_more_often_for_many_topics(sea: Topic, owner: User, as_person: As) -> None:
    browser = as_person(owner)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert browser.get("/search/?q=s&in=topics").status_code == 200
        return len(captured)

    few = queries()
    post = PostTopic.objects.get().post
    for number in range(20):
        more = Topic.objects.create(name=f"s{number}")
        PostTopic.objects.create(post=post, topic=more, published_at=post.published_at)
        topics.follow(person=owner, topic=more)
    assert queries() == few


def test_each_change_is_counted(
    sea: Topic, owner: User, as_person: As, rate_limits: dict[str, Any]
) -> None:
    rate_limits["topic"] = "2/5m/user"
    browser = as_person(owner)
    assert [browser.post(each).status_code for each in (FOLLOW, PIN, MUTE)] == [303, 303, 429]
