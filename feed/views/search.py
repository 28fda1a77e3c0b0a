"""The search page, and what it suggests while somebody types."""

from dataclasses import replace
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import BadRequest
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.requests import PageRequest
from accounts.social import relations
from feed import topics
from feed.people import suggestions as suggested
from feed.search import popular, results
from feed.search.results import SearchQuery
from feed.stream import candidates
from notes_site.http.pagination import Page, keyset_page, sorted_page
from notes_site.http.rate_limits import count
from notes_site.ids import decode, encode
from posts.cards import render_cards
from posts.models import Post

CARDS_A_PAGE = 24
PEOPLE_A_PAGE = 30
MAX_TOPICS = 50
# What stands above the posts under "Top".
TOP_PEOPLE = 3
TOP_TOPICS = 8
# What is suggested while somebody types, and how much is put in order for it.
SUGGESTED_POSTS = 6
SUGGESTED_OTHERS = 3
SHORTEST = 2
RANKED_TO_SUGGEST = 100


@login_not_required
@require_safe
@vary_on_headers("Cookie", "HX-Request")
def search_page(request: PageRequest) -> HttpResponse:
    """What `q` finds: the best of all, or posts by `sort`, people or topics, as `in` says."""
    text = request.GET.get("q", "")[: results.LONGEST].strip()
    question = results.parse_query(text)
    where = _where(request)
    context = {"q": text, "where": where, "tabs": _tabs(), "odd_dates": question.odd_dates}
    if question.is_empty:
        context |= _popular(request)
    else:
        count(request, "search")
        context |= FINDERS[where](request, question)
    if request.htmx and request.GET.get("cursor"):
        template = "accounts/_people.html" if where == "people" else "components/card_page.html"
        return render(request, template, context)
    return render(request, "feed/search.html", context)


@login_not_required
@require_safe
@vary_on_headers("Cookie")
def suggestions(request: PageRequest) -> HttpResponse:
    """A few people, topics and posts for what is typed so far, as options of a list."""
    question = results.parse_query(request.GET.get("q", "").strip())
    context: dict[str, Any] = {"people": [], "topics": [], "posts": []}
    if len(question.words) >= SHORTEST:
        count(request, "suggest")
        people = results.people(question, request.user).order_by("-follower_count", "-pk")
        context = {
            "people": list(people[:SUGGESTED_OTHERS]),
            "topics": results.topics(question, request.user, SUGGESTED_OTHERS),
            "posts": _suggested_posts(request, question),
        }
    context["count"] = sum(map(len, context.values()))
    return render(request, "feed/_suggestions.html", context)


def _suggested_posts(request: PageRequest, question: SearchQuery) -> list[Post]:
    ranked = results.ranked(question, request.user, most=RANKED_TO_SUGGEST)[:SUGGESTED_POSTS]
    posts = candidates.listed_for(request.user).select_related("author")
    found = posts.only("title", "caption", "cover", "author").in_bulk([post.pk for post in ranked])
    return [found[post.pk] for post in ranked if post.pk in found]


def _where(request: PageRequest) -> str:
    # A sort is one of posts.
    where = request.GET.get("in") or ("posts" if "sort" in request.GET else "top")
    return where if where in FINDERS else "top"


def _top(request: PageRequest, question: SearchQuery) -> dict[str, Any]:
    cursor = request.GET.get("cursor", "")
    context = _cards(request, _by_relevance(request, question, cursor), cursor)
    if cursor:
        return context
    people = results.people(question, request.user).order_by("-follower_count", "-pk")
    return context | {
        "rows": relations.with_relations(request.user, list(people[:TOP_PEOPLE])),
        "topics": results.topics(question, request.user, TOP_TOPICS),
    }


def _posts(request: PageRequest, question: SearchQuery) -> dict[str, Any]:
    sorts = [("newest", _("Newest")), ("likes", _("Most liked"))]
    if question.words:
        sorts.insert(0, ("relevance", _("Relevance")))
    sort = request.GET.get("sort", "")
    sort = sort if sort in dict(sorts) else sorts[0][0]
    cursor = request.GET.get("cursor", "")
    page = (
        _by_relevance(request, question, cursor)
        if sort == "relevance"
        else _by_column(request, question, results.SORTS[sort], cursor)
    )
    return _cards(request, page, cursor) | {"sort": sort, "sorts": sorts}


def _by_column(request: PageRequest, question: SearchQuery, order: str, cursor: str) -> Page[Any]:
    found = results.posts(question, request.user)
    return keyset_page(found.only("id", "version", order), order, cursor, CARDS_A_PAGE)


def _by_relevance(request: PageRequest, question: SearchQuery, cursor: str) -> Page[Any]:
    """A page in order of relevance; the newest post of the first bounds those after it.

    So what is posted in between pushes nothing out of the list that is being read.
    """
    if not question.words:
        return _by_column(request, question, results.SORTS["newest"], cursor)
    place, _dot, newest = cursor.partition(".")
    try:
        bound = decode(newest) if cursor else None
    except ValueError as error:
        raise BadRequest(
            _("This link to the next page is broken. Start again from the top.")
        ) from error
    rows = results.ranked(question, request.user, newest=bound)
    page = sorted_page(rows, "rank", place, CARDS_A_PAGE)
    if not page.cursor:
        return page
    return replace(page, cursor=f"{page.cursor}.{newest or encode(max(row.pk for row in rows))}")


def _cards(request: PageRequest, page: Page[Any], cursor: str) -> dict[str, Any]:
    return {
        "cards": render_cards(page.rows, request.user, first_page=not cursor),
        "next_url": page.next_url(request),
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


def _popular(request: PageRequest) -> dict[str, Any]:
    """What to look at before anything is asked; to members people they don't follow yet."""
    viewer = request.user
    context: dict[str, Any] = {"nothing_asked": True, "topics": popular.topics(viewer)}
    if viewer.is_authenticated:
        return context | {"suggested": suggested.shown_to(viewer)}
    return context | {"rows": relations.with_relations(viewer, popular.people())}


FINDERS = {"top": _top, "posts": _posts, "people": _people, "topics": _topics}


def _tabs() -> list[tuple[str, str]]:
    return [
        ("top", _("Top")),
        ("posts", _("Photos")),
        ("people", _("People")),
        ("topics", _("Topics")),
    ]
