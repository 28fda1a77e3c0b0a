"""The page of notifications, and the badge that tells of new ones."""

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlencode

from django.core.exceptions import BadRequest
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.requests import MemberRequest
from feed.stream import news
from notes_site.http.pagination import Page, keyset_page
from notifications.kinds import Kind
from notifications.models import Notification
from notifications.presentation import (
    Line,
    badge_text,
    badge_words,
    lines,
    mark_seen,
    preferences_of,
    rows_of,
    unseen_count,
    zone_of,
)

SIZE = 30
TABS = {
    "": (gettext_lazy("All"), ()),
    "comments": (
        gettext_lazy("Comments"),
        (
            Kind.COMMENT,
            Kind.REPLY,
            Kind.MENTION,
            Kind.COMMENT_LIKE,
            Kind.COMMENT_HELD,
            Kind.COMMENT_APPROVED,
        ),
    ),
    "people": (gettext_lazy("People"), (Kind.FOLLOW, Kind.REQUEST, Kind.ACCEPTED)),
}


@never_cache
@require_safe
def page(request: MemberRequest) -> HttpResponse:
    """What happened to the person, newest first. Opening it makes all of it seen."""
    show = request.GET.get("show", "")
    show = show if show in TABS else ""
    cursor = request.GET.get("cursor", "")
    found = keyset_page(rows_of(request.user, TABS[show][1]), "newest_at", cursor, SIZE)
    preferences = preferences_of(found.rows)
    stored = preferences.seen_at if preferences else None
    # Further pages go by what was seen when the first was opened, so their dots are right too.
    since = _moment(request.GET["since"]) if "since" in request.GET else stored
    # Only the first page of all lines marks them as seen, and only up to its newest line, not up
    # to now: what has come since stays new.
    if not (cursor or show) and found.rows and (stored is None or found.rows[0].newest_at > stored):
        mark_seen(request.user, found.rows[0].newest_at)
    shown = lines(found.rows, request.user, since)
    context = {
        "lines": shown,
        "today": timezone.now().astimezone(zone_of(found.rows)).date(),
        "next_url": _next_url(found, shown, since, show),
        # The day that the page before ended with needs no second heading.
        "continued": request.GET.get("day", ""),
        "tabs": [(slug, label) for slug, (label, _kinds) in TABS.items()],
        "show": show,
    }
    if not show:
        context["unseen_notifications"] = 0
    piece = request.htmx and cursor
    template = "notifications/_lines.html" if piece else "notifications/page.html"
    return render(request, template, context)


@never_cache
@require_safe
def badge(request: MemberRequest) -> HttpResponse:
    """How many lines are new, for the script that keeps the badge; 401 for who is signed out.

    A page of the feed that is open hears with it what came there, so that it need not ask itself.
    """
    count = unseen_count(request.user)
    answer = {"count": badge_text(count), "words": badge_words(count)}
    if "known" in request.GET:
        answer["news"] = news.words(request)
    return JsonResponse(answer)


# The rule that asks for sign-in looks at this, and answers the script rather than sending it off.
badge.answers_json = True  # type: ignore[attr-defined]


def _moment(text: str) -> datetime | None:
    """The moment an address carries; None for ''. Raises BadRequest for what is none."""
    try:
        moment = parse_datetime(text) if text else None
    except ValueError as error:
        raise BadRequest(_("This link is broken. Start again from the top.")) from error
    if text and (moment is None or moment.tzinfo is None):
        raise BadRequest(_("This link is broken. Start again from the top."))
    return moment


def _next_url(
    found: Page[Notification], shown: Sequence[Line], since: datetime | None, show: str
) -> str:
    """The next page, with what was seen before the first, and the day that this one ends with."""
    if not found.cursor:
        return ""
    query = {"cursor": found.cursor, "since": since.isoformat() if since else ""}
    if shown:
        query["day"] = f"{shown[-1].local:%Y-%m-%d}"
    if show:
        query["show"] = show
    return f"{reverse('notifications:page')}?{urlencode(query)}"
