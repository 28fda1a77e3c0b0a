"""A moderator's actions in the admin: a page that says what will happen, asks why, and does it.

What each of them does to the rows is in `moderation.actions`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html_join
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import User
from moderation.actions import NotAllowedError
from moderation.admin.base import ReadOnlyAdmin, moderator_of
from moderation.forms import ReasonForm
from notes_site.ids import decode, encode
from posts.pictures import Picture

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

AT_ONCE = 100
# Nobody is given this permission, so it is the owners' alone: they have all there are.
OWNERS_ONLY = "accounts.add_user"


@dataclass(frozen=True)
class ModeratorAction:
    """One thing to do to rows of an admin."""

    name: str
    label: "_StrPromise"
    title: "_StrPromise"
    button: "_StrPromise"
    consequences: Sequence["_StrPromise"]
    permission: str
    reason_required: bool
    reason_help: "_StrPromise"
    # Why a row is left as it is, in a sentence; '' when the action applies to it.
    refuses: Callable[[User, Any], str]
    # Carries it out; True when that changed something, a text when it made something that is
    # shown once, on a page of its own. May raise NotAllowedError.
    run: Callable[[User, Any, str], bool | str]
    # What was done to so many rows, as a sentence.
    done: Callable[[int], str]
    dangerous: bool = True
    # Whether it is offered in the list too, or only on a row's own page.
    in_list: bool = True


class ActionsAdmin(ReadOnlyAdmin):
    """An admin with actions: in the list's menu, beside each row, and on each row's page."""

    moderator_actions: Sequence[ModeratorAction] = ()
    change_form_template = "moderation/change_form.html"

    def summary(self, row: Any) -> str:
        """The row in a few words, for the page that asks."""
        return str(row)

    def picture(self, row: Any) -> Picture | None:
        """The row's picture, for the page that asks."""
        return None

    def get_urls(self) -> list[URLPattern]:
        """An address for each action, before Django's own, which take every path for an id."""
        views = [
            path(
                f"{action.name}/",
                self.admin_site.admin_view(partial(self.action_view, action=action)),
                name=f"{self.opts.app_label}_{self.opts.model_name}_{action.name}",
            )
            for action in self.moderator_actions
        ]
        return views + super().get_urls()

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """The actions this viewer may do, as the list's menu wants them."""
        return {
            action.name: (partial(_open, action=action), action.name, str(action.label))
            for action in self._permitted(request)
            if action.in_list
        }

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        """The columns, and links to the actions that apply to each row."""
        columns = list(self.list_display)
        permitted = [action for action in self._permitted(request) if action.in_list]
        if not permitted:
            return columns

        def links(row: Any) -> SafeString:
            applying = [action for action in permitted if not _why_not(request, action, row)]
            return format_html_join(
                " ",
                '<a href="{}">{}</a>',
                ((self._address(d, [row.pk]), d.label) for d in applying),
            )

        links.short_description = gettext_lazy("Actions")  # type: ignore[attr-defined]
        return [*columns, links]

    def row_context(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        """The same, and the actions that apply to the row."""
        applying = [
            (action, self._address(action, [row.pk]))
            for action in self._permitted(request)
            if not _why_not(request, action, row)
        ]
        return {**super().row_context(request, row), "moderator_actions": applying}

    def action_view(self, request: HttpRequest, action: ModeratorAction) -> HttpResponse:
        """GET asks why, POST does it; 422 with the form again when the reason is wrong.

        Raises PermissionDenied for who may not do it.
        """
        if action not in self._permitted(request):
            raise PermissionDenied
        rows, left = self._asked_for(request, action)
        form = ReasonForm(
            request.POST if request.method == "POST" else None,
            required=action.reason_required,
            help_text=str(action.reason_help),
        )
        if request.method == "POST" and form.is_valid():
            return self._carry_out(request, action, rows, left, form.cleaned_data["reason"])
        context = self.admin_site.each_context(request) | {
            "title": action.title,
            "opts": self.opts,
            "action": action,
            "rows": [(self.summary(row), self.picture(row)) for row in rows],
            "left": [(self.summary(row), why) for row, why in left],
            "form": form,
            "next": self._back(request),
        }
        status = 422 if form.errors else 200
        return render(request, "moderation/action.html", context, status=status)

    def _permitted(self, request: HttpRequest) -> list[ModeratorAction]:
        return [
            action for action in self.moderator_actions if request.user.has_perm(action.permission)
        ]

    def _asked_for(
        self, request: HttpRequest, action: ModeratorAction
    ) -> tuple[list[Any], list[tuple[Any, str]]]:
        """The rows the address names: those the action applies to, and the others with why not."""
        try:
            ids = [decode(code) for code in request.GET.get("ids", "").split(",")[:AT_ONCE]]
        except ValueError:
            ids = []
        # Through the admin's own queryset: what the viewer may not see stays out of reach.
        found = self.get_queryset(request).filter(pk__in=ids)
        if isinstance(self.list_select_related, tuple):
            found = found.select_related(*self.list_select_related)
        reasons = [(row, _why_not(request, action, row)) for row in found]
        return [row for row, why in reasons if not why], [(row, why) for row, why in reasons if why]

    def _carry_out(
        self,
        request: HttpRequest,
        action: ModeratorAction,
        rows: list[Any],
        left: list[tuple[Any, str]],
        reason: str,
    ) -> HttpResponse:
        changed, shown = 0, []
        for row in rows:
            try:
                outcome = action.run(_actor(request), row, reason)
            except NotAllowedError as error:
                left = [*left, (row, str(error))]
                continue
            changed += bool(outcome)
            if not outcome:
                left = [*left, (row, self._what_happened(request, action, row))]
            if isinstance(outcome, str):
                shown.append((self.summary(row), outcome))
        if shown:
            return self._show(request, action, shown)
        if changed:
            messages.success(request, action.done(changed))
        for row, why in left:
            messages.warning(request, f"{self.summary(row)}: {why}")
        if not changed and not left:
            messages.info(
                request, _("Nothing was changed: it was already done, or it no longer exists.")
            )
        return HttpResponseRedirect(self._back(request), status=303)

    def _what_happened(self, request: HttpRequest, action: ModeratorAction, row: Any) -> str:
        """Why an action that applied when the page was asked for changed nothing any more."""
        now = self.get_queryset(request).filter(pk=row.pk).first()
        why = _why_not(request, action, now) if now else ""
        return why or _("someone else just did this, or it no longer exists.")

    def _show(
        self, request: HttpRequest, action: ModeratorAction, shown: list[tuple[str, str]]
    ) -> HttpResponse:
        """What an action made, once: it stands nowhere else."""
        context = self.admin_site.each_context(request) | {
            "title": action.done(len(shown)),
            "opts": self.opts,
            "shown": shown,
            "next": self._back(request),
        }
        return render(request, "moderation/made.html", context)

    def _back(self, request: HttpRequest) -> str:
        """Where the viewer came from, when that is a page of ours; else the list."""
        for origin in (
            request.POST.get("next", ""),
            request.GET.get("next", ""),
            # On POST the Referer is this form itself.
            request.headers.get("Referer", "") if request.method == "GET" else "",
        ):
            if url_has_allowed_host_and_scheme(
                origin, allowed_hosts={request.get_host()}, require_https=request.is_secure()
            ):
                return origin
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")

    def _address(self, action: ModeratorAction, ids: Sequence[int]) -> str:
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_{action.name}"
        return f"{reverse(name)}?ids={','.join(encode(number) for number in ids)}"


def _open(
    model_admin: ActionsAdmin, request: HttpRequest, rows: Any, *, action: ModeratorAction
) -> HttpResponse | None:
    """Go from the list's menu to the action's page."""
    ids = list(rows.order_by("pk").values_list("pk", flat=True)[: AT_ONCE + 1])
    if len(ids) > AT_ONCE:
        messages.warning(
            request,
            ngettext(
                "Select up to %(most)d row at a time. Nothing was changed.",
                "Select up to %(most)d rows at a time. Nothing was changed.",
                AT_ONCE,
            )
            % {"most": AT_ONCE},
        )
        return None
    address = model_admin._address(action, ids)
    return HttpResponseRedirect(
        f"{address}&{urlencode({'next': request.get_full_path()})}", status=303
    )


def _why_not(request: HttpRequest, action: ModeratorAction, row: Any) -> str:
    """Why the viewer can't do this to a row, in a sentence; '' when they can."""
    for_owners = action.permission == OWNERS_ONLY
    return action.refuses(_actor(request), row) or moderator_of(request).why_not(
        row, for_owners=for_owners
    )


def _actor(request: HttpRequest) -> User:
    # The admin lets nobody in who is signed out.
    return cast(User, request.user)
