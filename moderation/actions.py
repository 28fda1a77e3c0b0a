"""What moderators do: the functions. Their pages in the admin are in `moderation.admin.actions`.

Each action and its audit entry stand or fall in one transaction.

Every function returns whether it changed anything; when nothing changed, nothing is recorded.
`actor` is who decided, None for the site itself. Each raises NotAllowedError where
`conflict_of_interest.Moderator` gives a reason: nobody decides about themselves.
"""

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import suspension
from accounts.models import User
from moderation import conflict_of_interest
from moderation.models import AuditEntry
from posts.authoring import publishing
from posts.commenting import comments
from posts.models import Comment, Photo, Post
from posts.pipeline import recognition
from posts.uploading import uploads

Action = AuditEntry.Action
Kind = AuditEntry.Kind


class NotAllowedError(Exception):
    """The actor may not do this to this person, or gave no reason; the text says why."""


@transaction.atomic
def hide_post(*, actor: User | None, post: Post, reason: str) -> bool:
    """Hide a post from everyone but its author and moderators."""
    _need_reason(reason)
    noted = require_no_conflict(actor, post, reason)
    changed = publishing.hide_post(post, reason)
    return _record(changed, actor, Action.HIDE, post, noted)


@transaction.atomic
def restore_post(*, actor: User | None, post: Post, reason: str = "") -> bool:
    """Undo `hide_post` exactly."""
    noted = require_no_conflict(actor, post, reason)
    changed = publishing.restore_post(post)
    return _record(changed, actor, Action.RESTORE, post, noted)


@transaction.atomic
def hide_comment(*, actor: User | None, comment: Comment, reason: str) -> bool:
    """Hide a comment from everyone but moderators."""
    _need_reason(reason)
    noted = require_no_conflict(actor, comment, reason)
    changed = comments.hide(comment, reason)
    return _record(changed, actor, Action.HIDE, comment, noted)


@transaction.atomic
def restore_comment(*, actor: User | None, comment: Comment, reason: str = "") -> bool:
    """Undo `hide_comment`."""
    noted = require_no_conflict(actor, comment, reason)
    changed = comments.restore(comment)
    return _record(changed, actor, Action.RESTORE, comment, noted)


@transaction.atomic
def retry_photo(*, actor: User | None, photo: Photo, reason: str = "") -> bool:
    """Queue a failed photo again."""
    noted = require_no_conflict(actor, photo, reason)
    changed = uploads.retry(photo)
    return _record(changed, actor, Action.RETRY, photo, noted)


@transaction.atomic
def release_photo(*, actor: User | None, photo: Photo, reason: str = "") -> bool:
    """Let a held photo appear."""
    noted = require_no_conflict(actor, photo, reason)
    changed = recognition.release(photo)
    return _record(changed, actor, Action.RELEASE, photo, noted)


@transaction.atomic
def refuse_photo(*, actor: User | None, photo: Photo, reason: str) -> bool:
    """Keep a held photo from appearing; its author goes on without it.

    Raises NotAllowedError also without a reason.
    """
    _need_reason(reason)
    noted = require_no_conflict(actor, photo, reason)
    changed = recognition.refuse(photo)
    return _record(changed, actor, Action.REFUSE, photo, noted)


@transaction.atomic
def suspend(*, actor: User | None, person: User, reason: str) -> bool:
    """Suspend a person.

    Raises NotAllowedError for an owner, for oneself, for a moderator unless the actor is an
    owner, and without a reason.
    """
    _need_reason(reason)
    # Asked of the row as it is now: they may have become an owner since the page was read.
    if refusal := why_not_suspend(actor, _locked(person)):
        raise NotAllowedError(refusal)
    noted = require_no_conflict(actor, person, reason)
    changed = suspension.suspend(person=person, reason=reason)
    return _record(changed, actor, Action.SUSPEND, person, noted)


@transaction.atomic
def unsuspend(*, actor: User | None, person: User, reason: str = "") -> bool:
    """Undo `suspend`; raises NotAllowedError where `suspend` would."""
    if refusal := why_not_suspend(actor, _locked(person)):
        raise NotAllowedError(refusal)
    noted = require_no_conflict(actor, person, reason)
    changed = suspension.unsuspend(person=person)
    return _record(changed, actor, Action.UNSUSPEND, person, noted)


def why_not_suspend(actor: User | None, person: User) -> str:
    """Why this person's account is not the actor's to suspend, in a sentence; '' when it is."""
    if person.is_superuser:
        return _("An owner of the site can’t be suspended.")
    if actor is not None and actor.pk == person.pk:
        return _("You can’t suspend yourself.")
    if person.is_staff and actor is not None and not actor.is_superuser:
        return _("Only an owner of the site can suspend a moderator.")
    return ""


def require_no_conflict(
    actor: User | None, thing: object, reason: str, *, for_owners: bool = False
) -> str:
    """The reason as the audit trail keeps it; first it says where an owner was alone.

    Raises NotAllowedError for somebody who would decide about themselves.
    """
    if actor is None:
        return reason
    moderator = conflict_of_interest.Moderator(actor)
    if refusal := moderator.why_not(thing, for_owners=for_owners):
        raise NotAllowedError(refusal)
    return f"{moderator.audit_note(thing, for_owners=for_owners)} {reason}".strip()


def record_about_person(
    *, actor: User | None, action: AuditEntry.Action, person: User, reason: str
) -> None:
    """Write what was done to a person into the audit trail, in the current transaction."""
    _record(True, actor, action, person, reason)


def write_audit_entry(
    *,
    actor: User | None,
    action: AuditEntry.Action,
    kind: AuditEntry.Kind,
    target_id: int,
    label: str,
    reason: str = "",
) -> None:
    """Write what was done to anything at all into the audit trail, in the current transaction."""
    AuditEntry.objects.create(
        actor_id=actor.pk if actor else None,
        actor_name=actor.username if actor else "",
        action=action,
        target_kind=kind,
        target_id=target_id,
        target_label=label[:60],
        reason=reason[:300],
    )


def _locked(person: User) -> User:
    """The person as they are now; nobody changes their role until this transaction ends."""
    return User.objects.select_for_update().get(pk=person.pk)


def _need_reason(reason: str) -> None:
    if not reason.strip():
        raise NotAllowedError(_("Say why, in a sentence. Nothing was changed."))


def _record(
    changed: bool,
    actor: User | None,
    action: AuditEntry.Action,
    target: Post | Photo | Comment | User,
    reason: str,
) -> bool:
    if changed:
        kind, username = _names(target)
        write_audit_entry(
            actor=actor,
            action=action,
            kind=kind,
            target_id=target.pk,
            label=f"@{username}",
            reason=reason,
        )
    return changed


def _names(target: Post | Photo | Comment | User) -> tuple[AuditEntry.Kind, str]:
    match target:
        case Post():
            return Kind.POST, target.author.username
        case Comment():
            return Kind.COMMENT, target.author.username if target.author else ""
        case Photo():
            return Kind.PHOTO, target.owner.username
        case User():
            return Kind.PERSON, target.username
