"""What all our admins share: they show, and change nothing by themselves."""

from typing import Any, ClassVar, cast

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.text import capfirst

from accounts.models import User
from moderation.conflict_of_interest import Moderator
from notes_site.ids import decode


def moderator_of(request: HttpRequest) -> Moderator:
    """What the viewer may decide and know of; the same one for the whole request."""
    if not hasattr(request, "_moderator"):
        # The admin lets nobody in who is signed out.
        request._moderator = Moderator(cast(User, request.user))  # type: ignore[attr-defined]
    return cast(Moderator, request._moderator)  # type: ignore[attr-defined]


class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Lists and pages to look at, for those with the permission to view."""

    # What the audit log calls these rows; '' when nothing is ever done to them.
    audit_kind = ""
    OPEN_LOOKUPS = frozenset(
        ["author__id__exact", "owner__id__exact", "post__id__exact", "target_kind", "target_id"]
    )
    # Otherwise Django counts the whole table for every list, whatever is filtered.
    show_full_result_count = False
    list_per_page = 50
    list_max_show_all = 200
    ordering: ClassVar[tuple[str, ...]] = ("-id",)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never: the site itself adds."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never: moderators don't edit other people's words."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never: deleting erases files too, and so goes through the site."""
        return False

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        """The offered filters and whole ids only: a filter on any column would tell, letter by
        letter, what the page itself does not show."""
        offered = {getattr(each, "parameter_name", each) for each in self.list_filter}
        if lookup in self.OPEN_LOOKUPS or lookup in offered:
            return True
        return any(lookup.startswith(f"{name}__") for name in offered)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """By the search fields, or by the code in an address, or the whole address pasted."""
        search_term = search_term.strip().removeprefix("@")
        found, may_repeat = super().get_search_results(request, queryset, search_term)
        try:
            number = decode(search_term.rstrip("/").rpartition("/")[2])
        except ValueError:
            return found, may_repeat
        return found | queryset.filter(pk=number), may_repeat

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The list, under its plain name."""
        title = {"title": capfirst(self.opts.verbose_name_plural)}
        return super().changelist_view(request, title | (extra_context or {}))

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """What the audit log knows of the row."""
        query = urlencode({"target_kind": self.audit_kind, "target_id": object_id})
        return redirect(f"{reverse('admin:moderation_auditentry_changelist')}?{query}")

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:
        """The page of one row, with what `row_context` says of it."""
        # One way to save is enough.
        context |= {"show_save_and_add_another": False, "show_save_and_continue": False}
        if obj:
            context |= self.row_context(request, obj)
        return super().render_change_form(request, context, add, change, form_url, obj)

    def row_context(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        """What the page of a row shows besides its fields: what moderators did to it."""
        if not self.audit_kind:
            return {}
        entries = moderator_of(request).visible_audit_entries()
        entries = entries.filter(target_kind=self.audit_kind, target_id=row.pk)
        return {"audit_entries": entries[:20]}
