"""Reports in the admin: the open ones first, with a link to what they are about."""

from django.contrib import admin
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from moderation import reports
from moderation.admin import columns
from moderation.admin.deeds import Deed, DeedsAdmin
from moderation.models import Report

Decision = Report.Decision


def _decided(_actor: object, report: Report) -> str:
    return _("is decided already.") if report.decision else ""


UPHOLD = Deed(
    name="uphold",
    label=gettext_lazy("Uphold…"),
    title=gettext_lazy("Uphold reports"),
    button=gettext_lazy("Uphold"),
    consequences=(
        gettext_lazy("Who reported hears that you found it right."),
        gettext_lazy("Nothing is done to what was reported: hide or suspend it on its own page."),
    ),
    permission="moderation.change_report",
    reason_required=False,
    reason_help=gettext_lazy("If you like. It stays in the audit log."),
    refuses=_decided,
    run=lambda actor, report, reason: reports.decide(
        actor=actor, report=report, decision=Decision.UPHELD, reason=reason
    ),
    done=lambda count: (
        ngettext("%(count)d report is upheld.", "%(count)d reports are upheld.", count)
        % {"count": count}
    ),
    dangerous=False,
)
SET_ASIDE = Deed(
    name="set_aside",
    label=gettext_lazy("Set aside…"),
    title=gettext_lazy("Set reports aside"),
    button=gettext_lazy("Set aside"),
    consequences=(gettext_lazy("Who reported hears that nothing was found against the rules."),),
    permission="moderation.change_report",
    reason_required=False,
    reason_help=gettext_lazy("If you like. It stays in the audit log."),
    refuses=_decided,
    run=lambda actor, report, reason: reports.decide(
        actor=actor, report=report, decision=Decision.SET_ASIDE, reason=reason
    ),
    done=lambda count: (
        ngettext("%(count)d report is set aside.", "%(count)d reports are set aside.", count)
        % {"count": count}
    ),
    dangerous=False,
)


class OpenFilter(columns.HiddenFilter):
    """Decided, or waiting."""

    title = gettext_lazy("decided")
    parameter_name = "decided"
    column = "decided_at"


@admin.register(Report)
class ReportAdmin(DeedsAdmin):
    """What members told the moderators."""

    deeds = (UPHOLD, SET_ASIDE)
    # What waits stands first.
    ordering = ("decision", "-pk")
    list_display = ("category", "about", "beginning", "by", "created_at", "decision")
    list_filter = (OpenFilter, "category", "target_kind")
    list_select_related = ("reporter",)
    search_fields = ("target_label",)
    sortable_by = ("created_at",)
    fields = ("category", "about", "words", "by", "created_at", "decision", "decided_at")

    @admin.display(description=gettext_lazy("About"))
    def about(self, report: Report) -> SafeString:
        kinds = {"post": "posts_post", "comment": "posts_comment", "person": "accounts_user"}
        words = f"{report.get_target_kind_display()}, {report.target_label}"
        return columns.link_to(kinds[report.target_kind], report.target_id, words)

    @admin.display(description=gettext_lazy("In their words"))
    def beginning(self, report: Report) -> str:
        return report.words if len(report.words) <= 120 else f"{report.words[:119]}…"

    @admin.display(description=gettext_lazy("By"))
    def by(self, report: Report) -> SafeString | str:
        return columns.person(report.reporter) if report.reporter else _("somebody who left")

    def summary(self, row: Report) -> str:
        return str(row)
