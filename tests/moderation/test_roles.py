"""Moderators are chosen by owners, and may do what moderators do and nothing else."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from accounts.models import User
from moderation import actions
from moderation.models import AuditEntry
from moderation.roles import make_moderator, remove_moderator

AsPerson = Callable[[User | None], Client]


def fresh(person: User) -> User:
    """The person without what was kept of their permissions."""
    return User.objects.get(pk=person.pk)


def test_the_admin_opens_and_closes_with_the_role(
    site_owner: User, owner: User, as_person: AsPerson
) -> None:
    browser = as_person(owner)
    assert make_moderator(user=owner, actor=site_owner)
    assert fresh(owner).is_moderator
    assert browser.get("/admin/posts/post/").status_code == 200

    assert remove_moderator(user=owner, actor=site_owner)
    assert not fresh(owner).is_moderator
    assert not fresh(owner).groups.exists()
    assert browser.get("/admin/posts/post/").status_code == 302
    trail = AuditEntry.objects.filter(target_id=owner.pk)
    assert [entry.action for entry in trail] == ["dismiss", "appoint"]


def test_twice_is_once(site_owner: User, owner: User) -> None:
    assert make_moderator(user=owner, actor=site_owner)
    assert not make_moderator(user=owner, actor=site_owner)
    assert not make_moderator(user=site_owner, actor=None)
    assert AuditEntry.objects.count() == 1


def test_it_works_before_any_permission_is_made(owner: User) -> None:
    Permission.objects.all().delete()
    make_moderator(user=owner, actor=None)
    assert fresh(owner).is_moderator


def test_only_owners_choose(moderator: User, owner: User) -> None:
    with pytest.raises(actions.NotAllowedError):
        make_moderator(user=owner, actor=moderator)
    with pytest.raises(actions.NotAllowedError):
        remove_moderator(user=moderator, actor=moderator)
    assert not fresh(owner).is_staff
    assert fresh(moderator).is_moderator


def test_moderators_have_exactly_these_rights(moderator: User) -> None:
    assert moderator.get_all_permissions() == {
        "posts.view_post",
        "posts.change_post",
        "posts.view_photo",
        "posts.change_photo",
        "posts.view_comment",
        "posts.change_comment",
        "posts.view_upload",
        "posts.view_erasure",
        "accounts.view_user",
        "accounts.change_user",
        "accounts.view_signup",
        "accounts.change_signup",
        "accounts.view_invite",
        "accounts.add_invite",
        "accounts.change_invite",
        "accounts.view_blockeddomain",
        "accounts.add_blockeddomain",
        "accounts.change_blockeddomain",
        "moderation.view_auditentry",
        "moderation.view_report",
        "moderation.change_report",
    }


def test_the_button_is_the_owners_alone(
    site_owner: User, moderator: User, owner: User, as_person: AsPerson
) -> None:
    address = f"/admin/accounts/user/appoint/?ids={owner.code}"
    assert as_person(moderator).post(address).status_code == 403
    assert as_person(site_owner).post(address).status_code == 303
    assert fresh(owner).is_moderator
