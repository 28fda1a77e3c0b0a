"""Suspension ends sessions, closes the door, and hides what is theirs; never an owner's."""

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import User
from moderation import actions
from moderation.models import AuditEntry
from notes_site.storage import media
from posts.commenting import comments
from posts.models import Post, Rendition
from tests.conftest import PASSWORD
from tests.making import MakePost
from tests.moderation.conftest import Settle

AsPerson = Callable[[User | None], Client]


def suspend(actor: User, person: User) -> bool:
    return actions.suspend(actor=actor, person=person, reason="Spam links")


def test_every_session_ends_by_the_next_request(
    owner: User, moderator: User, as_person: AsPerson
) -> None:
    sessions = [as_person(owner), as_person(owner)]
    for browser in sessions:
        assert browser.get("/new/").status_code == 200
    suspend(moderator, owner)
    for browser in sessions:
        assert browser.get("/new/").status_code == 302
    actions.unsuspend(actor=moderator, person=owner)
    for browser in sessions:
        assert browser.get("/new/").status_code == 302, "an ended session came back to life"


@pytest.mark.parametrize("name", ["owner", "owner@example.org"])
def test_a_suspended_person_cannot_sign_in_and_is_told_why(
    owner: User, moderator: User, name: str
) -> None:
    def sign_in(password: str) -> Client:
        browser = Client()
        browser.post("/accounts/login/", {"login": name, "password": password})
        return browser

    suspend(moderator, owner)
    browser = sign_in(PASSWORD)
    assert browser.get("/new/").status_code == 302
    assert (
        "This account is suspended: Spam links." in browser.get("/accounts/login/").content.decode()
    )
    # Who doesn't know the password learns nothing of the account.
    assert b"suspended" not in sign_in("a wrong one").get("/accounts/login/").content

    actions.unsuspend(actor=moderator, person=owner)
    assert sign_in(PASSWORD).get("/new/").status_code == 200


def test_what_is_theirs_is_gone_and_comes_back(
    make_post: MakePost,
    owner: User,
    stranger: User,
    moderator: User,
    as_person: AsPerson,
    settle: Settle,
) -> None:
    post, other = make_post(owner), make_post(stranger)
    comments.write(author=owner, post=other, text="Buy now")
    settle()
    renditions = Rendition.objects.filter(photo__post=post)
    public = list(renditions.values_list("key", flat=True))
    visitor = as_person(None)

    def statuses() -> list[int]:
        return [visitor.get(path).status_code for path in (post.get_absolute_url(), "/@owner/")]

    assert statuses() == [200, 200]
    suspend(moderator, owner)
    assert statuses() == [404, 404]
    assert b"Buy now" not in visitor.get(other.get_absolute_url()).content
    settle()
    assert not any(media().exists(key) for key in public)
    assert not renditions.filter(key__startswith="public/").exists()

    actions.unsuspend(actor=moderator, person=owner)
    settle()
    assert statuses() == [200, 200]
    assert b"Buy now" in visitor.get(other.get_absolute_url()).content
    assert not renditions.exclude(key__startswith="public/").exists()


def test_nobody_suspends_an_owner_or_themself(site_owner: User, moderator: User) -> None:
    second_owner = User.objects.create_superuser("otto", "otto@example.org", "x")
    for actor, person in (
        (moderator, site_owner),
        (second_owner, site_owner),
        (site_owner, site_owner),
        (moderator, moderator),
        (None, site_owner),
    ):
        with pytest.raises(actions.NotAllowedError):
            actions.suspend(actor=actor, person=person, reason="Because")
    assert not User.objects.filter(suspended_at__isnull=False).exists()
    assert not AuditEntry.objects.filter(action="suspend").exists()


def test_only_owners_suspend_moderators(site_owner: User, moderator: User, owner: User) -> None:
    colleague = User.objects.create_user("cleo", is_staff=True)
    with pytest.raises(actions.NotAllowedError):
        suspend(moderator, colleague)
    assert suspend(site_owner, colleague)
    assert suspend(moderator, owner)


def test_a_person_made_owner_meanwhile_is_safe(moderator: User, owner: User) -> None:
    """What counts is the role in the database, not the row that was read for the page."""
    User.objects.filter(pk=owner.pk).update(is_superuser=True)
    assert not owner.is_superuser
    with pytest.raises(actions.NotAllowedError):
        suspend(moderator, owner)


def test_suspending_twice_is_recorded_once(moderator: User, owner: User) -> None:
    assert suspend(moderator, owner)
    assert not suspend(moderator, owner)
    assert AuditEntry.objects.filter(action="suspend", target_id=owner.pk).count() == 1


def test_a_new_name_reaches_the_cards(
    make_post: MakePost, owner: User, as_person: AsPerson, settle: Settle
) -> None:
    make_post(owner)
    visitor = as_person(None)
    assert b"Olive Oyl" not in visitor.get("/").content
    as_person(owner).post("/settings/profile/", {"display_name": "Olive Oyl", "bio": ""})
    settle()
    assert b"Olive Oyl" in visitor.get("/").content


def test_one_query_tells_whether_media_may_be_public(
    make_post: MakePost,
    owner: User,
    django_assert_num_queries: Callable[[int], Callable[..., None]],
) -> None:
    post = make_post(owner)
    with django_assert_num_queries(1):  # type: ignore[attr-defined]
        assert Post.objects.select_related("author").get(pk=post.pk).is_open_to_all
