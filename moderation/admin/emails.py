"""Emails on their way, sent and given up: for owners, who may see addresses (decision 3)."""

from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from moderation.admin import columns
from moderation.admin.base import ReadOnlyAdmin
from notes_site.models import OutgoingEmail

State = OutgoingEmail.State
LOOKS = {State.WAITING: "waiting", State.SENT: "good", State.FAILED: "bad"}


@admin.register(OutgoingEmail)
class OutgoingEmailAdmin(ReadOnlyAdmin):
    """What became of each email. What was written in it is not shown."""

    list_display = ("purpose", "to", "standing", "attempts", "error", "next_try_at", "created_at")
    list_filter = ("state", "purpose", "created_at")
    sortable_by = ("created_at",)
    fields = (*list_display, "ended_at")

    def has_view_permission(self, request: HttpRequest, obj: OutgoingEmail | None = None) -> bool:
        """For owners only."""
        return bool(request.user.is_active and request.user.is_superuser)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """For owners only."""
        return self.has_view_permission(request)

    @admin.display(description=gettext_lazy("State"))
    def standing(self, email: OutgoingEmail) -> SafeString:
        return columns.badge(LOOKS[State(email.state)], str(email.get_state_display()))
