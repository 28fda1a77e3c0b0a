"""Reports in the admin: the open ones first, with a link to what they are about.

Nobody finds a report of what is theirs. An owner who is alone with it learns what is wrong, and
neither who reported it nor their words.
"""

from typing import cast

from django.contrib import admin
from django.db.models import BooleanField, Case, F, Q, QuerySet, Value, When
from django.http import HttpRequest
from django.template.defaultfilters import linebreaksbr
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from moderation import reports
from moderation.admin import columns
from moderation.admin.actions import ActionsAdmin, ModeratorAction
from moderation.admin.base import moderator_of
from moderation.models import Report

Decision = Report.Decision


def _decided(_actor: object, report: Report) -> str:
    return _("is already decided.") if report.decision else ""


AGREE = ModeratorAction(
    name="agree",
    label=gettext_lazy("Agree…"),
    title=gettext_lazy("Agree with reports"),
    button=gettext_lazy("Agree"),
    consequences=(
        gettext_lazy("Whoever reported it is told that you agreed with their report."),
        gettext_lazy("This does nothing to what was reported: hide or suspend it on its own page."),
    ),
    permission="moderation.change_report",
    reason_required=False,
    reason_help=gettext_lazy("Optional. It stays in the audit log."),
    refuses=_decided,
    run=lambda actor, report, reason: reports.decide(
        actor=actor, report=report, decision=Decision.AGREED, reason=reason
    ),
    done=lambda count: (
        ngettext("You agreed with %(count)d report.", "You agreed with %(count)d reports.", count)
        % {"count": count}
    ),
    dangerous=False,
)
DISMISS = ModeratorAction(
    name="dismiss",
    label=gettext_lazy("Dismiss…"),
    title=gettext_lazy("Dismiss reports"),
    button=gettext_lazy("Dismiss"),
    consequences=(
        gettext_lazy("Whoever reported it is told that nothing was found to break the rules."),
    ),
    permission="moderation.change_report",
    reason_required=False,
    reason_help=gettext_lazy("Optional. It stays in the audit log."),
    refuses=_decided,
    run=lambda actor, report, reason: reports.decide(
        actor=actor, report=report, decision=Decision.DISMISSED, reason=reason
    ),
    done=lambda count: (
        ngettext("You dismissed %(count)d report.", "You dismissed %(count)d reports.", count)
        % {"count": count}
    ),
    dangerous=False,
)


_WITHHELD = gettext_lazy("not shown: it is about you")
_IS_OPEN = Q(decision="")
# What waits comes first: a child in danger or somebody who may hurt themselves, then the oldest.
# What is decided follows, the last decision first.
QUEUE = (
    F("decided_at").desc(nulls_first=True),
    Case(When(_IS_OPEN & Q(category__in=Report.URGENT), then=0), default=1).asc(),
    F("pk").asc(),
)


class OpenFilter(columns.HiddenFilter):
    """Decided, or waiting."""

    title = gettext_lazy("decided")
    parameter_name = "decided"
    column = "decided_at"


@admin.register(Report)
class ReportAdmin(ActionsAdmin):
    """What members told the moderators."""

    moderator_actions = (AGREE, DISMISS)
    ordering = QUEUE  # type: ignore[assignment]
    list_display = ("what", "about", "beginning", "by", "created_at", "decision")
    list_filter = (OpenFilter, "category", "target_kind")
    list_select_related = ("reporter",)
    search_fields = ("target_label",)
    sortable_by = ("created_at",)
    fields = ("category", "about", "lines", "by", "created_at", "decision", "decided_at")

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Report]":
        """What the viewer may know of, each marked where it is about the viewer."""
        about_viewer = Case(
            When(person_id=request.user.pk, then=Value(True)),
            default=Value(False),
            output_field=BooleanField(),
        )
        rows = moderator_of(request).visible_reports().annotate(is_about_viewer=about_viewer)
        return rows.order_by(*QUEUE)

    @admin.display(description=gettext_lazy("What is wrong"))
    def what(self, report: Report) -> SafeString | str:
        if report.category in Report.URGENT and not report.decision:
            return columns.badge("bad", report.get_category_display())
        return report.get_category_display()

    @admin.display(description=gettext_lazy("About"))
    def about(self, report: Report) -> SafeString:
        kinds = {"post": "posts_post", "comment": "posts_comment", "person": "accounts_user"}
        words = f"{report.get_target_kind_display()}, {report.target_label}"
        return columns.link_to(kinds[report.target_kind], report.target_id, words)

    @admin.display(description=gettext_lazy("In their words"))
    def beginning(self, report: Report) -> str:
        if _is_withheld(report):
            return str(_WITHHELD)
        return report.words if len(report.words) <= 120 else f"{report.words[:119]}…"

    @admin.display(description=gettext_lazy("In their words"))
    def lines(self, report: Report) -> str:
        return str(_WITHHELD) if _is_withheld(report) else linebreaksbr(report.words)

    @admin.display(description=gettext_lazy("By"))
    def by(self, report: Report) -> SafeString | str:
        if _is_withheld(report):
            return str(_WITHHELD)
        return columns.person(report.reporter) if report.reporter else _("someone who left")

    def summary(self, row: Report) -> str:
        return str(row)


def _is_withheld(report: Report) -> bool:
    """Whether the viewer must not learn who reported; `get_queryset` has marked it."""
    return cast(bool, report.is_about_viewer)  # type: ignore[attr-defined]
