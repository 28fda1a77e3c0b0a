"""A member's first page: few queries, a kept frame, and every change with the next request."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from unittest import mock

import pytest
from django.core.cache import caches
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import suspension
from accounts.login import sessions
from accounts.models import FollowRequest, User
from accounts.social import lists, relations
from notes_site import site
from notifications.kinds import Kind
from notifications.models import Notification
from posts import likes as engagement
from posts.authoring import publishing
from tests.conftest import PASSWORD
from tests.making import MakePost

As = Callable[[User | None], Client]
TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
INCLUDED = re.compile(r'{% (?:include|extends) "([^"]+)"')


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    for name in ("fragments", "frames"):
        caches[name].clear()


def test_queries(owner: User, stranger: User, make_post: MakePost, as_person: As) -> None:
    """The session, the person, the posts, what they are to the person, and the badge."""
    make_post(stranger, title="Harbour")
    browser = as_person(owner)
    browser.get("/")
    with CaptureQueriesContext(connection) as captured:
        assert "Harbour" in browser.get("/").text
    assert len(captured) == 5


def test_the_frame_is_made_once_and_the_parts_are_new(
    owner: User, stranger: User, make_post: MakePost, as_person: As
) -> None:
    for number in range(30):
        make_post(stranger, title=f"Harbour {number}")
    browser = as_person(owner)
    whole = browser.get("/").text
    assert 'class="more" href="/?cursor=' in whole
    with mock.patch("notes_site.http.frames.render_to_string", side_effect=AssertionError("again")):
        again = browser.get("/").text
    token = re.compile(r'name="csrfmiddlewaretoken" value="(\w{64})"')
    assert token.search(whole)[1] != token.search(again)[1]  # type: ignore[index]
    assert token.sub("", whole) == token.sub("", again)
    make_post(stranger, title="Lighthouse")
    assert "Lighthouse" in browser.get("/").text


def test_a_kept_frame_is_what_would_be_rendered(
    owner: User, stranger: User, make_post: MakePost, as_person: As
) -> None:
    for number in range(30):
        make_post(stranger, title=f"Harbour & {number}")
    browser = as_person(owner)
    kept = [browser.get("/?tab=latest").text for _ in range(2)]
    with mock.patch("feed.views.stream.get_messages", return_value=["a message"]):
        plain = browser.get("/?tab=latest").text
    token = re.compile(r'value="\w{64}"')
    assert {token.sub("", page) for page in kept} == {token.sub("", plain)}


def test_everyone_has_a_frame_of_their_own(
    owner: User, friend: User, moderator: User, make_post: MakePost, as_person: As
) -> None:
    make_post(owner)
    for _ in range(2):
        for person in (owner, friend, moderator):
            page = as_person(person).get("/").text
            nav = page[page.index("<header") : page.index("</header>")]
            assert re.findall(r'href="/@(\w+)/"', nav) == [person.username]
            assert ("/admin/" in nav) == (person == moderator)


def renamed(person: User) -> None:
    User.objects.filter(pk=person.pk).update(username="newname")


def asked(person: User) -> None:
    User.objects.filter(pk=person.pk).update(is_private=True)
    requester = User.objects.create_user("asking")
    FollowRequest.objects.create(requester=requester, target=person)


def told(person: User) -> None:
    Notification.objects.create(
        recipient=person, kind=Kind.MODERATION, subject_id=1, newest_at=timezone.now()
    )


def listed(person: User) -> None:
    lists.create(owner=person, name="Close to me")


def called(_person: User) -> None:
    site.change(name="Harbour Photos", registration="")


@pytest.mark.parametrize(
    ("change", "shows"),
    [
        (renamed, "/@newname/"),
        (asked, "Requests<b"),
        (told, "1 new"),
        (listed, "Close to me"),
        (called, "Harbour Photos"),
    ],
)
def test_what_the_frame_shows_changes_at_once(
    owner: User,
    stranger: User,
    make_post: MakePost,
    as_person: As,
    change: Callable[[User], None],
    shows: str,
) -> None:
    make_post(stranger)
    browser = as_person(owner)
    assert shows not in browser.get("/").text
    change(owner)
    try:
        assert shows in browser.get("/").text
    finally:
        site.forget()


def test_frames_show_nothing_of_the_viewer_that_their_key_leaves_out() -> None:
    """Whoever puts more of the viewer into the frame puts it into its key in the view too."""
    found, waiting = set(), ["feed/stream.html"]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += INCLUDED.findall((TEMPLATES / name).read_text())
    tags = [
        tag
        for name in found - {"components/card.html", "components/footer.html"}
        for tag in re.findall(r"{[{%].+?[%}]}", (TEMPLATES / name).read_text())
    ]
    of_viewer = {each for tag in tags for each in re.findall(r"\b(?:user|perms)\.[\w.]+", tag)}
    assert of_viewer == {"user.is_authenticated", "user.is_moderator", "user.get_absolute_url"}
    of_request = {each for tag in tags for each in re.findall(r"\brequest\.[\w.]+", tag)}
    assert of_request == {
        "request.path",
        "request.get_full_path",
        "request.resolver_match.view_name",
    }


# --- What ends, ends with the next request ------------------------------------------------------


def signs_out(person: User, _here: Client) -> None:
    sessions.end_all(person.pk)


def is_suspended(person: User, _here: Client) -> None:
    suspension.suspend(person=person, reason="spam")


def has_another_password(person: User, _here: Client) -> None:
    person.set_password(PASSWORD + "!")
    person.save()


def is_let_in_no_more(person: User, _here: Client) -> None:
    User.objects.filter(pk=person.pk).update(is_active=False)


def signs_out_here(_person: User, here: Client) -> None:
    key = here.session.session_key
    assert key
    type(here.session)(key).delete()


@pytest.mark.parametrize(
    "ends", [signs_out, signs_out_here, is_suspended, has_another_password, is_let_in_no_more]
)
def test_a_session_that_ended_shows_nothing_more(
    owner: User,
    stranger: User,
    make_post: MakePost,
    as_person: As,
    ends: Callable[[User, Client], None],
) -> None:
    make_post(stranger)
    here = as_person(owner)
    for _ in range(2):
        assert 'id="acts"' in here.get("/").text
    ends(owner, here)
    page = here.get("/").text
    assert 'id="acts"' not in page
    assert f"/@{owner.username}/" not in page
    assert here.get("/settings/profile/").status_code == 302


def test_what_is_done_elsewhere_shows_with_the_next_request(
    owner: User, stranger: User, make_post: MakePost, as_person: As
) -> None:
    post = make_post(stranger, title="Harbour")
    here, elsewhere = as_person(owner), as_person(owner)
    like = f'id="like-{post.code}"'

    def pressed() -> str:
        button = here.get("/").text.partition(like)[2].partition(">")[0]
        return re.search(r'aria-pressed="(\w+)"', button)[1]  # type: ignore[index]

    assert [pressed(), pressed()] == ["false", "false"]
    elsewhere.post(f"/p/{post.code}/like")
    assert pressed() == "true"
    engagement.unlike(user=owner, post=post)
    assert pressed() == "false"
    publishing.hide_post(post, "spam")
    assert "Harbour" not in here.get("/").text
    publishing.restore_post(post)
    assert "Harbour" in here.get("/").text


@pytest.mark.parametrize("blocker", ["owner", "stranger"])
def test_a_block_or_mute_holds_from_the_next_request(
    owner: User, stranger: User, make_post: MakePost, as_person: As, blocker: str
) -> None:
    make_post(stranger, title="Harbour")
    browser = as_person(owner)
    people = {"owner": (owner, stranger), "stranger": (stranger, owner)}[blocker]
    for _ in range(2):
        assert "Harbour" in browser.get("/").text
    relations.block(blocker=people[0], blocked=people[1])
    assert "Harbour" not in browser.get("/").text
    relations.unblock(blocker=people[0], blocked=people[1])
    assert "Harbour" in browser.get("/").text
    relations.mute(muter=owner, muted=stranger, until=timezone.now() + timedelta(hours=1))
    assert "Harbour" not in browser.get("/").text
    owner.mutes.update(until=timezone.now())
    assert "Harbour" in browser.get("/").text
