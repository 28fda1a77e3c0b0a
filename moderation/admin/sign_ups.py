"""Who asked to join: the queue of sign-ups."""

from django.contrib import admin
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import SignUp, User
from accounts.signup.registration import domain_of
from moderation import membership
from moderation.admin import columns
from moderation.admin.actions import ActionsAdmin, ModeratorAction


def _decided(_actor: User, sign_up: SignUp) -> str:
    return _("is already decided.") if sign_up.decided_at else ""


APPROVE = ModeratorAction(
    name="approve",
    label=gettext_lazy("Approve…"),
    title=gettext_lazy("Approve sign-ups"),
    button=gettext_lazy("Approve"),
    consequences=(
        gettext_lazy("Their account opens right away, and they can sign in with their password."),
        gettext_lazy("If this site sends email, they’re told."),
    ),
    permission="accounts.change_signup",
    reason_required=False,
    reason_help=gettext_lazy("Optional. It stays in the audit log; they don’t see it."),
    refuses=_decided,
    run=lambda actor, row, reason: membership.approve(actor=actor, person=row.user, reason=reason),
    done=lambda count: (
        ngettext("%(count)d sign-up is approved.", "%(count)d sign-ups are approved.", count)
        % {"count": count}
    ),
    dangerous=False,
)
DECLINE = ModeratorAction(
    name="decline",
    label=gettext_lazy("Decline…"),
    title=gettext_lazy("Decline sign-ups"),
    button=gettext_lazy("Decline and erase"),
    consequences=(
        gettext_lazy("Their account, their reason and their email address are permanently erased."),
        gettext_lazy("If this site sends email, they’re told, but not your reason."),
        gettext_lazy("They can ask again, and someone else can take the username."),
    ),
    permission="accounts.change_signup",
    reason_required=False,
    reason_help=gettext_lazy("Optional. It stays in the audit log; they don’t see it."),
    refuses=_decided,
    run=lambda actor, row, reason: membership.decline(actor=actor, person=row.user, reason=reason),
    done=lambda count: (
        ngettext("%(count)d sign-up is declined.", "%(count)d sign-ups are declined.", count)
        % {"count": count}
    ),
)


class WaitingFilter(columns.HiddenFilter):
    """Waiting for a decision, or decided."""

    title = gettext_lazy("decided")
    parameter_name = "decided"
    column = "decided_at"


@admin.register(SignUp)
class SignUpAdmin(ActionsAdmin):
    """How people came in, those who wait first. Their addresses are for owners' eyes only."""

    moderator_actions = (APPROVE, DECLINE)
    list_display = ("by", "reason", "mail_domain", "standing", "created_at")
    list_display_links = ("created_at",)
    list_filter = (WaitingFilter, "created_at")
    list_select_related = ("user", "invite", "decided_by")
    search_fields = ("user__username", "reason")
    search_help_text = gettext_lazy("A username, or words from a reason.")
    sortable_by = ("created_at",)
    fields = ("by", "reason", "mail_domain", "standing", "created_at", "decided_at")

    def summary(self, row: SignUp) -> str:
        if not row.reason:
            return f"@{row.user.username}"
        return f"@{row.user.username}: “{row.reason}”"

    @admin.display(description=gettext_lazy("Who"))
    def by(self, sign_up: SignUp) -> SafeString:
        return columns.person(sign_up.user)

    @admin.display(description=gettext_lazy("Email domain"))
    def mail_domain(self, sign_up: SignUp) -> str:
        return domain_of(sign_up.user.email)

    @admin.display(description=gettext_lazy("State"))
    def standing(self, sign_up: SignUp) -> SafeString:
        if sign_up.decided_at is None:
            return columns.badge("waiting", _("Waiting for approval"))
        if sign_up.invite:
            return columns.badge("good", _("Joined with the invitation “%s”") % sign_up.invite)
        if sign_up.decided_by is None:
            return columns.badge("good", _("Approved"))
        return columns.badge("good", _("Approved by @%s") % sign_up.decided_by.username)
