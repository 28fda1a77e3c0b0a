"""The welcome of a new member: once, step by step, and nothing of it has to be."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import caches
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from accounts.signup import invites, registration
from accounts.signup.registration import Admission
from accounts.social import follows
from feed import topics, welcome
from feed.models import MutedTopic, TopicFollow
from notes_site.models import SiteSettings
from posts.models import Like, Post, Topic, Upload
from tests import making
from tests.conftest import PASSWORD
from tests.feed.test_stream import post_of
from tests.feed.test_suggestions import under

pytestmark = pytest.mark.django_db
As = Callable[[User | None], Client]
PICTURE, TOPICS, PEOPLE = (f"/welcome/{step}/" for step in ("picture", "topics", "people"))
NAMES = ("cats", "sea", "fog", "birds", "lines")
NEW = {"username": "newcomer", "email": "newcomer@example.org"}


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    """What is the same for everybody is kept in the process, beyond a test."""
    for name in ("fragments", "frames", "pages"):
        caches[name].clear()


@pytest.fixture
def busy(owner: User, friend: User) -> list[Post]:
    """A site with five topics, by two people."""
    return [
        under(post_of((owner, friend)[number % 2], number), name)
        for number, name in enumerate(NAMES)
    ]


def followed(person: User) -> set[str]:
    return {row.topic.name for row in TopicFollow.objects.filter(person=person)}


def sign_up(client: Client, **fields: str) -> Any:
    return client.post(
        "/accounts/signup/", {**NEW, "password1": PASSWORD, "password2": PASSWORD, **fields}
    )


def skip_of(page: str) -> str:
    (address,) = re.findall(r'href="([^"]+)">Skip<', page)
    return str(address)


# --- Who is welcomed -----------------------------------------------------------------------------


def test_signing_up_leads_there(client: Client, busy: list[Post]) -> None:
    assert sign_up(client)["Location"] == "/welcome/"
    answer = client.get("/welcome/")
    assert answer["Location"] == PICTURE
    page = client.get(PICTURE).text
    assert "Step 1 of 3" in page
    assert "signed in" not in page


def test_it_leads_on_to_where_one_was_going(client: Client, busy: list[Post]) -> None:
    there = f"/p/{busy[0].code}/"
    address = sign_up(client, next=there)["Location"]
    page = client.get(address, follow=True).text
    carried = f"next=%2Fp%2F{busy[0].code}%2F"
    for step in (TOPICS, PEOPLE):
        assert skip_of(page) == f"{step}?{carried}"
        page = client.get(skip_of(page)).text
    assert skip_of(page) == there


@pytest.mark.parametrize("there", ["https://evil.example/", "//evil.example", "javascript:alert()"])
def test_it_leads_nowhere_else(there: str, stranger: User, as_person: As) -> None:
    page = as_person(stranger).get(PICTURE, {"next": there}).text
    assert "evil" not in page
    assert "javascript:" not in page


def test_the_second_time_one_is_just_in(client: Client, busy: list[Post]) -> None:
    sign_up(client)
    client.post("/accounts/logout/")
    login = {"login": "newcomer", "password": PASSWORD}
    assert client.post("/accounts/login/", login)["Location"] == "/"


def test_who_waited_for_approval_is_welcomed_at_the_first_sign_in(client: Client) -> None:
    person = User(username="waiting", email="waiting@example.org")
    person.set_password(PASSWORD)
    registration.create_account(person, Admission(reason="I know you", waits=True))
    registration.approve(person=person, by=None)
    login = {"login": "waiting", "password": PASSWORD}
    assert client.post("/accounts/login/", login)["Location"] == "/welcome/"


def test_by_invitation_too(client: Client, moderator: User) -> None:
    SiteSettings.objects.update_or_create(pk=1, defaults={"registration": "invite"})
    invite = invites.make(by=moderator, most_uses=1, days=None)
    assert sign_up(client, invite=invite.code)["Location"] == "/welcome/"


def test_who_follows_people_already_needs_no_welcome(
    client: Client, owner: User, friend: User
) -> None:
    assert owner.last_login is None
    login = {"login": "owner", "password": PASSWORD}
    assert client.post("/accounts/login/", login)["Location"] == "/"


def test_without_a_passkey_a_password_comes_first(client: Client) -> None:
    client.post("/accounts/signup/passkey/", NEW)
    address = client.post("/accounts/signup/passkey/instead/")["Location"]
    assert address == "/accounts/password/set/?next=%2Fwelcome%2F"
    fields = {"password1": PASSWORD, "password2": PASSWORD, "next": "/welcome/"}
    assert client.post(address, fields)["Location"] == "/welcome/"


# --- The picture ---------------------------------------------------------------------------------


def test_a_picture_is_taken_and_the_next_step_comes(
    stranger: User, busy: list[Post], as_person: As
) -> None:
    file = SimpleUploadedFile("me.jpg", making.picture(), "image/jpeg")
    answer = as_person(stranger).post(PICTURE, {"avatar": file})
    assert (answer.status_code, answer["Location"]) == (303, TOPICS)
    assert Upload.objects.get(owner=stranger).purpose == Upload.Purpose.AVATAR


@pytest.mark.parametrize("content", [None, b"no picture"])
def test_what_is_no_picture_is_told_on_the_same_page(
    content: bytes | None, stranger: User, busy: list[Post], as_person: As
) -> None:
    data = {} if content is None else {"avatar": SimpleUploadedFile("me.jpg", content)}
    answer = as_person(stranger).post(f"{PICTURE}?next=/p/x/", data)
    assert answer.status_code == 422
    assert 'id="avatar-problem"' in answer.text
    assert "next=%2Fp%2Fx%2F" in answer.text, "the way on is kept"
    assert not Upload.objects.exists()


# --- The topics ----------------------------------------------------------------------------------


def test_topics_are_followed_by_name_and_by_pictures(
    stranger: User, busy: list[Post], as_person: As
) -> None:
    under(busy[4], "graphic", "black", "white")
    data = {"topics": ["cats", "sea", "never_written"], "pictures": [busy[4].code, "0", "x" * 99]}
    answer = as_person(stranger).post(TOPICS, data)
    assert (answer.status_code, answer["Location"]) == (303, PEOPLE)
    assert followed(stranger) == {"cats", "sea", "lines", "graphic", "black"}
    assert not Like.objects.exists()


def test_the_page_names_what_a_picture_stands_for(
    stranger: User, busy: list[Post], as_person: As
) -> None:
    page = as_person(stranger).get(TOPICS).text
    for post, name in zip(busy, NAMES, strict=True):
        assert f'name="topics" value="{name}"' in page
        (tile,) = re.findall(f'value="{post.code}".*?</label>', page, re.DOTALL)
        assert f"#{name}" in tile
    assert "The pictures won’t be liked." in page


def test_nothing_ticked_is_told_and_nothing_is_lost(
    stranger: User, busy: list[Post], as_person: As, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = as_person(stranger)
    answer = browser.post(TOPICS)
    assert answer.status_code == 422
    assert "Tap a topic or a picture first, or skip this step." in answer.text
    monkeypatch.setattr(topics, "MAX_FOLLOWED", 1)
    answer = browser.post(TOPICS, {"topics": ["cats", "sea"], "pictures": [busy[2].code]})
    assert answer.status_code == 422
    assert "which is the limit" in answer.text
    ticked = re.findall(r'name="(?:topics|pictures)" value="([^"]+)"\s+checked', answer.text)
    assert ticked == ["cats", "sea", busy[2].code]
    assert followed(stranger) == set(), "all or none"


def test_what_one_can_not_find_is_neither_offered_nor_followed(
    stranger: User, owner: User, busy: list[Post], as_person: As
) -> None:
    hidden = [
        under(post_of(owner, audience=audience), f"secret{audience}")
        for audience in ("self", "followers", "unlisted")
    ]
    hidden.append(under(post_of(owner, hidden_at=timezone.now()), "secrethidden"))
    browser = as_person(stranger)
    page = browser.get(TOPICS).text
    assert "secret" not in page
    names = [f"secret{each}" for each in ("self", "followers", "unlisted", "hidden")]
    data = {"topics": names, "pictures": [post.code for post in hidden]}
    assert browser.post(TOPICS, data).status_code == 422
    assert followed(stranger) == set()


def test_followed_and_muted_topics_are_not_offered_again(
    stranger: User, busy: list[Post], as_person: As
) -> None:
    topics.follow(person=stranger, topic=Topic.objects.get(name="cats"))
    topics.mute(person=stranger, topic=Topic.objects.get(name="sea"))
    page = as_person(stranger).get(TOPICS).text
    assert re.findall('name="topics" value="(.*?)"', page) == ["fog", "birds", "lines"]
    assert busy[0].code not in page
    assert busy[1].code not in page
    # A picture never unmutes anything.
    under(busy[2], "sea")
    as_person(stranger).post(TOPICS, {"pictures": [busy[2].code]})
    assert MutedTopic.objects.filter(person=stranger).exists()


def test_pictures_are_as_different_as_can_be(stranger: User, owner: User, friend: User) -> None:
    many = [under(post_of(owner, number), f"topic{number}") for number in range(20)]
    one = under(post_of(friend, 30), "rare")
    found = [choice.post.pk for choice in welcome.pictures_to_tap(stranger)]
    assert found[:2] == [many[0].pk, one.pk]
    assert len(found) == welcome.PICTURES_SHOWN


# --- The people, and the end ---------------------------------------------------------------------


def test_the_last_step_ends_on_the_stream(stranger: User, busy: list[Post], as_person: As) -> None:
    page = as_person(stranger).get(PEOPLE).text
    assert "Step 3 of 3" in page
    assert re.findall(r'href="([^"]+)">Done', page) == ["/"]
    assert 'href="/@owner/"' in page


def test_a_follow_without_a_script_comes_back_to_the_step(
    stranger: User, busy: list[Post], as_person: As
) -> None:
    here = f"http://testserver{PEOPLE}"
    answer = as_person(stranger).post("/@owner/follow", headers={"Referer": here})
    assert answer["Location"] == here


def test_a_new_site_asks_for_a_picture_alone(stranger: User, as_person: As) -> None:
    browser = as_person(stranger)
    page = browser.get(PICTURE).text
    assert "Step 1 of 1" in page
    assert skip_of(page) == "/"
    for step in (TOPICS, PEOPLE):
        answer = browser.get(step)
        assert (answer.status_code, answer["Location"]) == (303, "/")


def test_four_topics_are_no_choice(stranger: User, owner: User, as_person: As) -> None:
    for number, name in enumerate(NAMES[:4]):
        under(post_of(owner, number), name)
    page = as_person(stranger).get(PICTURE).text
    assert "Step 1 of 2" in page
    assert skip_of(page) == PEOPLE
    # Who comes for it finds what there is.
    assert 'value="cats"' in as_person(stranger).get(TOPICS).text


def test_a_quiet_site_still_has_topics(stranger: User, owner: User) -> None:
    for number, name in enumerate(NAMES):
        under(post_of(owner, 24 * 40 + number), name)
    assert welcome.are_topics_enough(stranger)


def test_it_can_be_found_again(owner: User, friend: User, as_person: As) -> None:
    browser = as_person(owner)
    assert 'href="/welcome/topics/"' in browser.get("/settings/muted/").text
    follows.unfollow(follower=owner, followee=friend)


def test_a_visitor_is_asked_to_sign_in(client: Client) -> None:
    for address in ("/welcome/", PICTURE, TOPICS, PEOPLE):
        assert client.get(address)["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize("page", [PICTURE, TOPICS, PEOPLE])
def test_the_number_of_queries_does_not_grow(
    page: str, stranger: User, owner: User, busy: list[Post], as_person: As
) -> None:
    browser = as_person(stranger)

    def queries() -> int:
        caches["fragments"].clear()
        with CaptureQueriesContext(connection) as asked:
            assert browser.get(page).status_code == 200
        return len(asked)

    queries()
    few = queries()
    for number in range(40):
        author = User.objects.create_user(username=f"p{number}")
        under(post_of(author, number), f"topic{number}", f"other{number % 3}")
    assert queries() <= few
