"""The search page: posts, people and topics."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.requests import PageRequest
from accounts.social import relations
from feed import topics
from feed.search import results
from feed.search.results import SearchQuery
from notes_site.http.pagination import keyset_page
from notes_site.http.rate_limits import count
from posts.cards import render_cards

CARDS_A_PAGE = 24
PEOPLE_A_PAGE = 30
MAX_TOPICS = 50


@login_not_required
@require_safe
@vary_on_headers("Cookie", "HX-Request")
def search_page(request: PageRequest) -> HttpResponse:
    """What `q` finds: posts by `sort`, people or topics, as `in` says."""
    text = request.GET.get("q", "")[: results.LONGEST].strip()
    question = results.parse_query(text)
    where = request.GET.get("in", "posts")
    finder = FINDERS.get(where, _posts)
    if not question.is_empty:
        count(request, "search")
    context = {"q": text, "where": where if where in FINDERS else "posts", "tabs": _tabs()}
    context |= {} if question.is_empty else finder(request, question)
    if request.htmx and request.GET.get("cursor"):
        template = (
            "accounts/_people.html" if context["where"] == "people" else "components/card_page.html"
        )
        return render(request, template, context)
    return render(request, "feed/search.html", context)


def _posts(request: PageRequest, question: SearchQuery) -> dict[str, Any]:
    sort = request.GET.get("sort", "newest")
    sort = sort if sort in results.SORTS else "newest"
    cursor = request.GET.get("cursor", "")
    found = results.posts(question, request.user)
    order = results.SORTS[sort]
    page = keyset_page(found.only("id", "version", order), order, cursor, CARDS_A_PAGE)
    return {
        "cards": render_cards(page.rows, request.user, first_page=not cursor),
        "next_url": page.next_url(request),
        "sort": sort,
        "sorts": [("newest", _("Newest")), ("likes", _("Most liked"))],
    }


def _people(request: PageRequest, question: SearchQuery) -> dict[str, Any]:
    found = results.people(question, request.user)
    cursor = request.GET.get("cursor", "")
    page = keyset_page(found, "follower_count", cursor, PEOPLE_A_PAGE)
    return {
        "rows": relations.with_relations(request.user, page.rows),
        "next_url": page.next_url(request),
    }


def _topics(request: PageRequest, question: SearchQuery) -> dict[str, Any]:
    found = results.topics(question, request.user, MAX_TOPICS)
    return {"topics": topics.with_standings(request.user, found)}


FINDERS = {"posts": _posts, "people": _people, "topics": _topics}


def _tabs() -> list[tuple[str, str]]:
    return [("posts", _("Photos")), ("people", _("People")), ("topics", _("Topics"))]
