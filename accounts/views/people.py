"""Pages of people: who follows somebody, whom they follow, and whom one keeps at a distance."""

from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.models import Block, Follow, Mute, Restriction
from accounts.models.relations import active_mutes, blocked_between
from accounts.models.user import in_good_standing
from accounts.requests import MemberRequest
from accounts.social import relations
from accounts.views.access import person_with_open_circle
from notes_site.http.pagination import keyset_page

PEOPLE_A_PAGE = 30


@require_safe
def followers(request: MemberRequest, username: str) -> HttpResponse:
    """Who follows the person, newest first, without those the viewer may not know of."""
    return _page(request, username, whose="followee", who="follower")


@require_safe
def following(request: MemberRequest, username: str) -> HttpResponse:
    """Whom the person follows, in the same way."""
    return _page(request, username, whose="follower", who="followee")


@require_safe
def people_settings(request: MemberRequest) -> HttpResponse:
    """Whom the viewer blocked, muted or restricted, each with its undoing; 404 for other lists."""
    shown = request.GET.get("show", "blocked")
    kept = _kept_at_a_distance(request).get(shown)
    if kept is None:
        raise Http404
    rows, who = kept
    page = keyset_page(
        rows.filter(in_good_standing(who)).select_related(who),
        "created_at",
        request.GET.get("cursor", ""),
        PEOPLE_A_PAGE,
    )
    context = {
        "shown": shown,
        "rows": [(row, getattr(row, who)) for row in page.rows],
        "kinds": [
            ("blocked", _("Blocked")),
            ("muted", _("Muted")),
            ("restricted", _("Restricted")),
        ],
        "next_url": page.next_url(request),
    }
    more = request.htmx and request.GET.get("cursor")
    template = "accounts/_distant.html" if more else "accounts/people_settings.html"
    return render(request, template, context)


def _kept_at_a_distance(request: MemberRequest) -> "dict[str, tuple[QuerySet[Any], str]]":
    """The rows of each kind, and the column that names the other person."""
    me = request.user
    # Blocking leaves mutes and restrictions, but neither list may name who blocked the viewer.
    mutes = Mute.objects.filter(active_mutes(), muter=me)
    restrictions = Restriction.objects.filter(restricter=me)
    return {
        "blocked": (Block.objects.filter(blocker=me), "blocked"),
        "muted": (mutes.exclude(blocked_between(me.pk, "muted")), "muted"),
        "restricted": (restrictions.exclude(blocked_between(me.pk, "restricted")), "restricted"),
    }


def _page(request: MemberRequest, username: str, *, whose: str, who: str) -> HttpResponse:
    person, relation = person_with_open_circle(request, username)
    rows = Follow.objects.filter(in_good_standing(who), **{whose: person})
    page = keyset_page(
        rows.exclude(blocked_between(request.user.pk, who)).select_related(who),
        "created_at",
        request.GET.get("cursor", ""),
        PEOPLE_A_PAGE,
    )
    context = {
        "profile": person,
        "relation": relation,
        "rows": relations.with_relations(request.user, [getattr(row, who) for row in page.rows]),
        "next_url": page.next_url(request),
        "tab": "followers" if who == "follower" else "following",
        "may_remove": who == "follower" and person.pk == request.user.pk,
    }
    more = request.htmx and request.GET.get("cursor")
    template = "accounts/_people.html" if more else "accounts/people.html"
    return render(request, template, context)
