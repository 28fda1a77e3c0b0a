"""Going private and public, links of a profile, and what a person would rather not see."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import Follow, FollowRequest, User
from notes_site.models import Event
from notes_site.queue import events
from posts.models import Post
from posts.pipeline import placement
from tests.making import MakePost

SignIn = Callable[[User | None], Client]
PROFILE, PRIVACY = "/settings/profile/", "/settings/privacy/"


def handle_all() -> None:
    """Do what the worker does with what happened."""
    for event in Event.objects.filter(handled_at=None):
        events.handle(event.pk)


def links(*rows: tuple[str, str]) -> dict[str, Any]:
    """The form with these rows of links."""
    labels, urls = zip(*rows, strict=True)
    return {"display_name": "Ann", "link_label": list(labels), "link_url": list(urls)}


def test_pronouns_and_links_are_saved(owner: User, as_person: SignIn) -> None:
    browser = as_person(owner)
    form = links(("Shop", " shop.example/a "), ("", ""), ("", "http://b.example")) | {
        "pronouns": "they/them"
    }
    assert browser.post(PROFILE, form).status_code == 302
    owner.refresh_from_db()
    assert owner.pronouns == "they/them"
    assert owner.links == [
        {"label": "Shop", "url": "https://shop.example/a"},
        {"label": "", "url": "http://b.example"},
    ]
    page = browser.get(PROFILE).content.decode()
    assert page.count('name="link_url"') == 5
    assert 'value="https://shop.example/a"' in page
    browser.post(PROFILE, {"display_name": "Ann"})
    owner.refresh_from_db()
    assert len(owner.links) == 2, "a form that says nothing of links leaves them"
    browser.post(PROFILE, links(("", "")))
    owner.refresh_from_db()
    assert owner.links == []


@pytest.mark.parametrize(
    ("label", "url", "sentence"),
    [
        ("x", "", "The address is missing."),
        ("x", "javascript:alert(1)", "a web address we can link to"),
        ("x", "javascript://example.org/%0aalert(1)", "a web address we can link to"),
        ("x", "data:text/html,hi", "a web address we can link to"),
        ("x", "just words", "a web address we can link to"),
        ("x", "ftp://example.org", "a web address we can link to"),
        ("x", "http://[::1", "a web address we can link to"),
        ("x", "https://example.org/\nb", "a web address we can link to"),
        ("x", "https://ann:secret@example.org", "Leave out the part before the @"),
        ("x", "https://example.org/" + "y" * 200, "up to 200 characters"),
        ("x" * 41, "https://example.org", "up to 40 characters"),
    ],
)
def test_a_bad_link_gets_a_sentence_and_all_is_kept(
    label: str, url: str, sentence: str, owner: User, as_person: SignIn
) -> None:
    answer = as_person(owner).post(PROFILE, links(("good", "good.example"), (label, url)))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert sentence in page
    assert "Nothing has been saved yet." in page
    assert 'value="good.example"' in page
    assert f'value="{label}"' in page
    assert [row.url for row in answer.context["form"].rows][1] == url
    owner.refresh_from_db()
    assert (owner.display_name, owner.links) == ("", [])


def test_a_sixth_link_is_one_too_many(owner: User, as_person: SignIn) -> None:
    rows = [("", f"https://{number}.example") for number in range(6)]
    answer = as_person(owner).post(PROFILE, links(*rows))
    assert answer.status_code == 422
    assert "A profile can have up to 5 links." in answer.content.decode()
    owner.refresh_from_db()
    assert owner.links == []


def test_going_private_acts_on_old_posts_and_their_media(
    owner: User, follower: User, stranger: User, make_post: MakePost, as_person: SignIn, commit: Any
) -> None:
    post = make_post(owner, title="Mine")
    with commit():
        answer = as_person(owner).post(PRIVACY, {"is_private": "on"})
    assert (answer.status_code, answer["Location"]) == (303, PRIVACY)
    seen = [
        as_person(person).get(f"/p/{post.code}/").status_code
        for person in (None, stranger, follower, owner)
    ]
    assert seen == [404, 404, 200, 200]
    handle_all()
    placement.place_post(post.pk)
    assert where(post) == {"private"}
    with commit():
        as_person(owner).post(PRIVACY, {})
    handle_all()
    placement.place_post(post.pk)
    assert where(post) == {"public"}
    assert as_person(None).get(f"/p/{post.code}/").status_code == 200


def where(post: Post) -> set[str]:
    """The folders in which the renditions of a post lie."""
    keys = post.photos.get().renditions.values_list("key", flat=True)
    return {key.partition("/")[0] for key in keys}


def test_going_public_lets_in_who_waits_and_says_so_before(
    owner: User, stranger: User, as_person: SignIn
) -> None:
    browser = as_person(owner)
    browser.post(PRIVACY, {"is_private": "on"})
    as_person(stranger).post("/@owner/follow")
    assert FollowRequest.objects.count() == 1
    page = browser.get(PRIVACY).content.decode()
    assert "1 person is waiting for your answer." in page
    answer = browser.post(PRIVACY, {}, follow=False)
    assert answer.status_code == 303
    assert "Everyone who was waiting for your answer now follows you." in browser.get(
        PRIVACY
    ).content.decode().replace("\n", " ")
    handle_all()
    assert not FollowRequest.objects.exists()
    assert Follow.objects.filter(follower=stranger, followee=owner).exists()
    owner.refresh_from_db()
    assert owner.follower_count == 1


def test_saving_the_same_again_moves_nothing(owner: User, as_person: SignIn) -> None:
    browser = as_person(owner)
    browser.post(PRIVACY, {"shows_likes": "on", "hides_like_counts": "on"})
    owner.refresh_from_db()
    assert (owner.is_private, owner.shows_likes, owner.hides_like_counts) == (False, True, True)
    assert not Event.objects.filter(kind="user.audience_changed").exists()
    browser.post(PRIVACY, {"is_private": "on"})
    browser.post(PRIVACY, {"is_private": "on"})
    assert Event.objects.filter(kind="user.audience_changed", subject_id=owner.pk).count() == 1
    owner.refresh_from_db()
    assert (owner.is_private, owner.shows_likes, owner.hides_like_counts) == (True, False, False)


def test_the_settings_are_ones_own(owner: User, as_person: SignIn) -> None:
    for address in (PROFILE, PRIVACY):
        for method in ("get", "post"):
            assert getattr(as_person(None), method)(address).status_code == 302
        assert as_person(owner).delete(address).status_code == 405


def test_the_limit_counts(rate_limits: Any, owner: User, as_person: SignIn) -> None:
    browser = as_person(owner)
    answers = {browser.post(PRIVACY, {}).status_code for _ in range(61)}
    assert answers == {303, 429}
