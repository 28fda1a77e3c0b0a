"""Who comes in: the queue of sign-ups, invitations, kept-out domains, and the site's settings.

As in moderation/actions.py, each action and its audit entry stand or fall in one transaction, and
`actor` is who decided, None for the site itself.
"""

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.email import addresses, owner_help
from accounts.models import BlockedDomain, Invite, User
from accounts.signup import invites, registration
from moderation import actions
from moderation.actions import NotAllowedError
from moderation.models import AuditEntry
from notes_site import site

Action = AuditEntry.Action
Kind = AuditEntry.Kind


@transaction.atomic
def approve(*, actor: User | None, person: User, reason: str = "") -> bool:
    """Open the account of somebody who waits; False when they wait no more."""
    noted = actions.require_no_conflict(actor, person, reason)
    changed = registration.approve(person=person, by=actor)
    if changed:
        actions.record_about_person(actor=actor, action=Action.APPROVE, person=person, reason=noted)
    return changed


@transaction.atomic
def decline(*, actor: User | None, person: User, reason: str = "") -> bool:
    """Erase the account of somebody who waits; False when they wait no more."""
    noted = actions.require_no_conflict(actor, person, reason)
    # Read now, because deleting the account clears `person.pk`.
    number, label = person.pk, f"@{person.username}"
    if not registration.decline(person=person, by=actor):
        return False
    actions.write_audit_entry(
        actor=actor,
        action=Action.DECLINE,
        kind=Kind.PERSON,
        target_id=number,
        label=label,
        reason=noted,
    )
    return True


@transaction.atomic
def make_invite(
    *, actor: User | None, most_uses: int | None, days: int | None, note: str = ""
) -> Invite:
    """A new invitation; None for a limit is none. The trail names its note, never its code."""
    invite = invites.make(by=actor, most_uses=most_uses, days=days, note=note)
    actions.write_audit_entry(
        actor=actor, action=Action.CREATE, kind=Kind.INVITE, target_id=invite.pk, label=note
    )
    return invite


@transaction.atomic
def revoke_invite(*, actor: User | None, invite: Invite, reason: str = "") -> bool:
    """Close an invitation; False when it was closed already."""
    changed = invites.revoke(invite)
    if changed:
        actions.write_audit_entry(
            actor=actor,
            action=Action.REVOKE,
            kind=Kind.INVITE,
            target_id=invite.pk,
            label=invite.note,
            reason=reason,
        )
    return changed


@transaction.atomic
def block_domain(*, actor: User | None, domain: str, note: str = "") -> BlockedDomain:
    """Keep everyone with an address at this domain, or below it, from signing up."""
    blocked = BlockedDomain.objects.create(domain=registration.domain_of(domain), note=note)
    actions.write_audit_entry(
        actor=actor,
        action=Action.BLOCK,
        kind=Kind.DOMAIN,
        target_id=blocked.pk,
        label=blocked.domain,
        reason=note,
    )
    return blocked


@transaction.atomic
def unblock_domain(*, actor: User | None, blocked: BlockedDomain, reason: str = "") -> bool:
    """Undo `block_domain`; False when somebody did already."""
    removed, _rows = BlockedDomain.objects.filter(pk=blocked.pk).delete()
    if removed:
        actions.write_audit_entry(
            actor=actor,
            action=Action.UNBLOCK,
            kind=Kind.DOMAIN,
            target_id=blocked.pk,
            label=blocked.domain,
            reason=reason,
        )
    return bool(removed)


@transaction.atomic
def change_site(*, actor: User | None, name: str, registration: str) -> bool:
    """Choose the site's name and who may sign up; False when both are so already.

    Raises NotAllowedError for anyone but an owner.
    """
    _need_owner(actor)
    # What this process remembers may be older than another owner's choice.
    site.forget()
    before = site.chosen()
    if (before.name, before.registration) == (name, registration):
        return False
    site.change(name=name, registration=registration)
    now = site.current()
    told = f"{now.name}: {now.registration.label}"
    actions.write_audit_entry(
        actor=actor, action=Action.CHANGE, kind=Kind.SITE, target_id=1, label=now.name, reason=told
    )
    return True


@transaction.atomic
def confirm_address(*, actor: User | None, person: User, reason: str = "") -> bool:
    """Confirm a person's main address for them; False when it is confirmed already.

    Raises NotAllowedError for anyone but an owner, and when the address is another account's.
    """
    _need_owner(actor)
    noted = actions.require_no_conflict(actor, person, reason, for_owners=True)
    try:
        changed = owner_help.confirm_address(person)
    except addresses.AddressTakenError as error:
        raise NotAllowedError(
            _("Another account has confirmed this address. Nothing was changed.")
        ) from error
    if changed:
        actions.record_about_person(actor=actor, action=Action.CONFIRM, person=person, reason=noted)
    return changed


@transaction.atomic
def make_reset_link(*, actor: User | None, person: User, reason: str = "") -> str:
    """A link with which a person chooses a new password, once; to be handed over by the owner.

    Raises NotAllowedError for anyone but an owner, and for an account that is not open.
    """
    _need_owner(actor)
    if refusal := why_no_reset_link(person):
        raise NotAllowedError(refusal)
    noted = actions.require_no_conflict(actor, person, reason, for_owners=True)
    actions.record_about_person(actor=actor, action=Action.RESET_LINK, person=person, reason=noted)
    return owner_help.reset_link(person)


def why_no_reset_link(person: User) -> str:
    """Why this person gets no link for a new password, in a sentence; '' when they may."""
    return "" if person.is_active else _("The account is not open, so nobody can sign in to it.")


def _need_owner(actor: User | None) -> None:
    if actor is not None and not actor.is_superuser:
        raise NotAllowedError(_("Only an owner of the site can do this."))
