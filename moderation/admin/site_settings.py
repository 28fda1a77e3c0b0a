"""Email domains kept out, and what the owner chose for the whole site."""

from typing import Any, cast

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import BlockedDomain, User
from moderation import membership
from moderation.admin.actions import ActionsAdmin, ModeratorAction
from moderation.admin.base import ReadOnlyAdmin
from moderation.membership_forms import BlockedDomainForm, SiteSettingsForm
from moderation.models import AuditEntry
from notes_site import site
from notes_site.models import SiteSettings

UNBLOCK = ModeratorAction(
    name="unblock",
    label=gettext_lazy("Stop blocking…"),
    title=gettext_lazy("Stop blocking email domains"),
    button=gettext_lazy("Stop blocking"),
    consequences=(gettext_lazy("People with these addresses can sign up again."),),
    permission="accounts.change_blockeddomain",
    reason_required=False,
    reason_help=gettext_lazy("Optional. It stays in the audit log."),
    refuses=lambda _actor, _blocked: "",
    run=lambda actor, blocked, reason: membership.unblock_domain(
        actor=actor, blocked=blocked, reason=reason
    ),
    done=lambda count: (
        ngettext(
            "%(count)d domain is no longer blocked.",
            "%(count)d domains are no longer blocked.",
            count,
        )
        % {"count": count}
    ),
    dangerous=False,
)


@admin.register(BlockedDomain)
class BlockedDomainAdmin(ActionsAdmin):
    """Domains from which nobody may sign up."""

    audit_kind = AuditEntry.Kind.DOMAIN
    moderator_actions = (UNBLOCK,)
    form = BlockedDomainForm
    list_display = ("domain", "note", "created_at")
    search_fields = ("domain", "note")
    search_help_text = gettext_lazy("Part of a domain, or words from a note.")
    sortable_by = ("domain",)
    fields = ("domain", "note", "created_at")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Who may keep domains out: moderators and owners."""
        return request.user.has_perm("accounts.add_blockeddomain")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        return ((None, {"fields": self.fields if obj else ("domain", "note")}),)

    def save_model(self, request: HttpRequest, obj: BlockedDomain, form: Any, change: bool) -> None:
        """Block it as everywhere else, with its entry in the audit log."""
        made = membership.block_domain(
            # The admin lets nobody in who is signed out.
            actor=cast(User, request.user),
            domain=form.cleaned_data["domain"],
            note=form.cleaned_data["note"],
        )
        # Django goes on with `obj`, which was never saved.
        obj.pk = made.pk

    def log_addition(self, *_arguments: Any) -> None:  # type: ignore[override]
        """Nothing: the audit log has it."""


@admin.register(SiteSettings)
class SiteSettingsAdmin(ReadOnlyAdmin):
    """One row, for owners alone; its list is its page."""

    audit_kind = AuditEntry.Kind.SITE
    form = SiteSettingsForm
    change_form_template = "moderation/change_form.html"
    fields = ("name", "registration")

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Owners only: whoever opens the site opens it for everybody."""
        return bool(request.user.is_superuser)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Owners only."""
        return bool(request.user.is_superuser)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Owners only."""
        return bool(request.user.is_superuser)

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> SiteSettings | None:
        """The one row, also before anything was chosen."""
        return SiteSettings.objects.filter(pk=1).first() or SiteSettings(pk=1)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Straight to the one row."""
        return redirect("admin:notes_site_sitesettings_change", 1)

    def save_model(self, request: HttpRequest, obj: SiteSettings, form: Any, change: bool) -> None:
        """Choose, with an entry in the audit log."""
        membership.change_site(
            actor=cast(User, request.user),
            name=form.cleaned_data["name"],
            registration=form.cleaned_data["registration"],
        )

    def log_change(self, *_arguments: Any) -> None:  # type: ignore[override]
        """Nothing: the audit log has it."""

    def response_change(self, request: HttpRequest, obj: SiteSettings) -> HttpResponse:
        """The same page again, with what is so now."""
        now = site.current()
        messages.success(
            request,
            _("Saved. The site is called %(name)s. Who can sign up: %(who)s.")
            % {"name": now.name, "who": now.registration.label},
        )
        return redirect("admin:notes_site_sitesettings_change", 1)
