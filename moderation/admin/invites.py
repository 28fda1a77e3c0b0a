"""Invitations in the admin: made, handed over, revoked."""

from typing import Any, cast

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import Invite, User
from accounts.signup import invites
from moderation import membership
from moderation.admin import columns
from moderation.admin.actions import ActionsAdmin, ModeratorAction
from moderation.membership_forms import InviteForm
from moderation.models import AuditEntry

REVOKE = ModeratorAction(
    name="revoke",
    label=gettext_lazy("Revoke…"),
    title=gettext_lazy("Revoke invitations"),
    button=gettext_lazy("Revoke"),
    consequences=(
        gettext_lazy("From now on, nobody can join with them."),
        gettext_lazy("People who already joined with them stay."),
    ),
    permission="accounts.change_invite",
    reason_required=False,
    reason_help=gettext_lazy("Optional. It stays in the audit log."),
    refuses=lambda _actor, invite: _("is already revoked.") if invite.revoked_at else "",
    run=lambda actor, invite, reason: membership.revoke_invite(
        actor=actor, invite=invite, reason=reason
    ),
    done=lambda count: (
        ngettext("%(count)d invitation is revoked.", "%(count)d invitations are revoked.", count)
        % {"count": count}
    ),
)


@admin.register(Invite)
class InviteAdmin(ActionsAdmin):
    """Codes that open sign-up for some people, for some time."""

    audit_kind = AuditEntry.Kind.INVITE
    moderator_actions = (REVOKE,)
    form = InviteForm
    list_display = ("name", "address", "uses", "standing", "expires_at", "maker")
    list_select_related = ("created_by",)
    search_fields = ("note", "code", "created_by__username")
    search_help_text = gettext_lazy("Words from a note, a code, or who made it.")
    sortable_by = ()
    fields = ("address", "note", "uses", "expires_at", "standing", "maker", "created_at")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Who may make invitations: moderators and owners."""
        return request.user.has_perm("accounts.add_invite")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        asked = ("note", "most_uses", "days")
        return ((None, {"fields": self.fields if obj else asked}),)

    def save_model(self, request: HttpRequest, obj: Invite, form: Any, change: bool) -> None:
        """Make it as everywhere else, with its entry in the audit log."""
        made = membership.make_invite(
            # The admin lets nobody in who is signed out.
            actor=cast(User, request.user),
            note=form.cleaned_data["note"],
            most_uses=form.cleaned_data["most_uses"],
            days=form.cleaned_data["days"],
        )
        # Django goes on with `obj`, which was never saved.
        obj.pk, obj.code = made.pk, made.code

    def log_addition(self, *_arguments: Any) -> None:  # type: ignore[override]
        """Nothing: the audit log has it."""

    def response_add(
        self, request: HttpRequest, obj: Invite, post_url_continue: str | None = None
    ) -> HttpResponse:
        """To the invitation's own page, where its link is."""
        address = reverse("admin:accounts_invite_change", args=[obj.pk])
        return HttpResponseRedirect(address, status=303)

    @admin.display(description=gettext_lazy("For"))
    def name(self, invite: Invite) -> str:
        return invite.note or invite.code

    @admin.display(description=gettext_lazy("Link"))
    def address(self, invite: Invite) -> SafeString:
        return format_html('<code class="secret">{}</code>', invites.link(invite))

    @admin.display(description=gettext_lazy("Used"))
    def uses(self, invite: Invite) -> str:
        if invite.most_uses is None:
            return _("%(count)d times, without a limit") % {"count": invite.use_count}
        return _("%(count)d of %(most)d") % {"count": invite.use_count, "most": invite.most_uses}

    @admin.display(description=gettext_lazy("State"))
    def standing(self, invite: Invite) -> SafeString:
        if invite.revoked_at:
            return columns.badge("bad", _("Revoked"))
        if invite.expires_at and invite.expires_at <= timezone.now():
            return columns.badge("waiting", _("Expired"))
        if not invite.is_good:
            return columns.badge("waiting", _("Used up"))
        return columns.badge("good", _("Valid"))

    @admin.display(description=gettext_lazy("Made by"))
    def maker(self, invite: Invite) -> str | SafeString:
        return columns.person(invite.created_by) if invite.created_by else _("the site")
