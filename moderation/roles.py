"""Who moderates: staff in the group Moderators, appointed by owners."""

from django.apps import apps
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from moderation import actions
from moderation.models import AuditEntry

GROUP = "Moderators"
# They look at all of these; what they do goes through moderation/actions.py.
PERMISSIONS = {
    "posts": (
        "view_post", "change_post", "view_photo", "change_photo", "view_comment",
        "change_comment", "view_upload", "view_erasure",
    ),
    "accounts": (
        "view_user", "change_user", "view_signup", "change_signup", "view_invite", "add_invite",
        "change_invite", "view_blockeddomain", "add_blockeddomain", "change_blockeddomain",
    ),
    "moderation": ("view_auditentry", "view_report", "change_report",),
}  # fmt: skip


@transaction.atomic
def make_moderator(*, user: User, actor: User | None, reason: str = "") -> bool:
    """Let a person moderate; False when they do already, or own the site.

    Safe to run at any time after migrating, also where the permissions are not made yet. Raises
    actions.NotAllowedError when the actor is not an owner; None is the site itself.
    """
    _need_owner(actor)
    group = _group()
    before = User.objects.select_for_update().get(pk=user.pk)
    if before.is_superuser or (before.is_staff and before.groups.filter(pk=group.pk).exists()):
        return False
    User.objects.filter(pk=user.pk).update(is_staff=True)
    user.groups.add(group)
    user.is_staff = True
    action = AuditEntry.Action.MAKE_MODERATOR
    actions.record_about_person(actor=actor, action=action, person=user, reason=reason)
    return True


@transaction.atomic
def remove_moderator(*, user: User, actor: User | None, reason: str = "") -> bool:
    """Undo `make_moderator`; False when the person is no moderator, or owns the site."""
    _need_owner(actor)
    changed = User.objects.filter(pk=user.pk, is_staff=True, is_superuser=False).update(
        is_staff=False
    )
    if not changed:
        return False
    user.groups.remove(_group())
    user.is_staff = False
    action = AuditEntry.Action.REMOVE_MODERATOR
    actions.record_about_person(actor=actor, action=action, person=user, reason=reason)
    return True


def _need_owner(actor: User | None) -> None:
    if actor is not None and not actor.is_superuser:
        raise actions.NotAllowedError(_("Only an owner of the site can choose the moderators."))


def _group() -> Group:
    """The group with exactly its permissions, made when it is missing."""
    group, _created = Group.objects.get_or_create(name=GROUP)
    wanted = []
    for app_label, codenames in PERMISSIONS.items():
        # Made after migrating by a signal, which tests and a first start may not have had yet.
        create_permissions(apps.get_app_config(app_label), verbosity=0)
        found = Permission.objects.filter(content_type__app_label=app_label, codename__in=codenames)
        wanted += list(found)
    group.permissions.set(wanted)
    return group
