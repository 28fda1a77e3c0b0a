"""The audit log in the admin."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from moderation.admin.base import ReadOnlyAdmin, moderator_of
from moderation.models import AuditEntry


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    """Who did what to whom, and why; never that somebody reported what is the viewer's."""

    list_display = ("created_at", "who", "action", "target", "reason")
    list_filter = ("action", "target_kind", "created_at")
    search_fields = ("actor_name", "target_label", "reason")
    search_help_text = gettext_lazy("A username, or words from a reason.")
    sortable_by = ()
    fields = ("created_at", "who", "action", "target", "reason")

    def get_queryset(self, request: HttpRequest) -> "QuerySet[AuditEntry]":
        return moderator_of(request).visible_audit_entries().order_by(*self.ordering)

    @admin.display(description=gettext_lazy("By"))
    def who(self, entry: AuditEntry) -> str:
        return entry.actor

    @admin.display(description=gettext_lazy("What"))
    def target(self, entry: AuditEntry) -> SafeString:
        return format_html(
            '{} <a href="{}">{}</a> {}',
            entry.get_target_kind_display(),
            entry.target_url,
            entry.target_code,
            entry.target_label,
        )
