"""The stream, Explore and topic pages."""

import hashlib
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.messages import get_messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.utils.safestring import mark_safe
from django.utils.translation import get_language
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.requests import PageRequest
from feed import topics
from feed.people import suggestions
from feed.stream import candidates, tabs
from feed.stream.pages import CARDS_A_PAGE, explored, page_of_tab
from feed.stream.tabs import Tab
from notes_site import site
from notes_site.http import page_cache
from notes_site.http.frames import render_framed, slot
from notes_site.http.pagination import Page, bounded_count, keyset_page
from posts.cards import render_cards
from posts.models import Topic
from posts.text.tags import topic_name

# What htmx gets: the cards alone.
PIECE = "components/card_page.html"
A_YEAR = 31_536_000


@login_not_required
@require_safe
@vary_on_headers("Cookie", "HX-Request")
def stream(request: PageRequest) -> HttpResponse:
    """For you, Following, Latest, one's own list or topic; for visitors Explore, or Latest."""
    tab = tabs.chosen(request)
    cursor = request.GET.get("cursor", "")
    page = page_of_tab(request.user, tab, cursor)
    template = PIECE if request.htmx and cursor else "feed/stream.html"
    etag = _etag(request, page, tab, template)
    response = get_conditional_response(request, etag=etag) or page_cache.response(
        request,
        etag,
        lambda: _rendered(request, template, _context(request, page, tab, cursor)),
    )
    # Only a tab somebody chose is remembered: a visitor who just looks gets no cookie.
    if request.GET.get("tab") in tabs.ORDERS:
        response.set_cookie(
            tabs.COOKIE, tab.remembered_as, max_age=A_YEAR, samesite="Lax", httponly=True
        )
    return response


@login_not_required
@require_safe
@vary_on_headers("Cookie", "HX-Request")
def explore(request: PageRequest) -> HttpResponse:
    """What is good on the whole site, for everybody; a visitor's home page shows the same."""
    cursor = request.GET.get("cursor", "")
    page = explored(request.user, cursor)
    template = PIECE if request.htmx and cursor else "feed/explore.html"
    etag = _etag(request, page, Tab(tabs.FOR_YOU), template)
    return get_conditional_response(request, etag=etag) or page_cache.response(
        request,
        etag,
        lambda: _rendered(request, template, _cards(request, page, cursor) | _canonical(cursor)),
    )


@login_not_required
@require_safe
def topic(request: PageRequest, name: str) -> HttpResponse:
    """Posts under a topic, newest first; 404 where there is none."""
    found = get_object_or_404(Topic, name=topic_name(name))
    posts = candidates.under_topic(found, request.user)
    cursor = request.GET.get("cursor", "")
    page = keyset_page(posts, "published_at", cursor, CARDS_A_PAGE, candidates.UNDER_TOPIC)
    if not page.rows and not candidates.is_shown(found, request.user):
        # That somebody wrote the word where only they see it is theirs to know.
        raise Http404
    context = _cards(request, page, cursor) | {"topic": found.name}
    if request.htmx and cursor:
        return render(request, PIECE, context)
    since, member = candidates.UNDER_TOPIC
    context["post_count"] = bounded_count(posts, f"-{since}", f"-{member}")
    context["standing"] = topics.standing(request.user, found)
    return render(request, "feed/topic.html", context)


def _context(request: PageRequest, page: Page[Any], tab: Tab, cursor: str) -> dict[str, Any]:
    context = _cards(request, page, cursor) | {
        "tab": tab.slug,
        "people_list": tab.people_list,
        "topic": tab.topic.name if tab.topic else "",
    }
    if not (request.htmx and cursor):
        context["tabs"] = tabs.all_of(request, tab)
        context["by_time"] = tab.query if tab.order == tabs.BY_TIME else ""
    if tab.slug == tabs.FOR_YOU and not request.user.is_authenticated:
        context |= _canonical(cursor)
    if request.user.is_authenticated and tab.slug == tabs.FOLLOWING and not page.rows:
        context["suggested"] = suggestions.shown_to(request.user)
        context["follows"] = request.user.following_count > 0
    return context


def _canonical(cursor: str) -> dict[str, str]:
    """The one address for search engines of what stands at `/` and at `/explore/`."""
    address = reverse("feed:stream")
    return {"canonical": f"{address}?{urlencode({'cursor': cursor})}" if cursor else address}


def _rendered(request: PageRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    """The page; a member's with the frame that is kept of it, where it has one."""
    viewer, cards, next_url = request.user, context["cards"], context["next_url"]
    # A message is shown once and a list's page names the list, so neither goes into a kept frame.
    plain = context.get("people_list") or len(get_messages(request)) or template == PIECE
    if not viewer.is_authenticated or not cards or plain:
        return render(request, template, context)
    return render_framed(
        request,
        template,
        {**context, "cards": [slot("cards")], "next_url": next_url and slot("next_url")},
        {"cards": mark_safe("".join(cards)), "next_url": next_url},  # noqa: S308
        (viewer.pk, viewer.get_absolute_url(), viewer.is_moderator),
    )


def _cards(request: PageRequest, page: Page[Any], cursor: str) -> dict[str, Any]:
    return {
        "cards": render_cards(page.rows, request.user, first_page=not cursor),
        "next_url": page.next_url(request),
    }


def _etag(request: PageRequest, page: Page[Any], tab: Tab, template: str) -> str | None:
    """A strong tag of all that a visitor's page is made of; None for a page that is one's own.

    That is a member's page, and one that carries a message.
    """
    if request.user.is_authenticated or len(get_messages(request)):
        return None
    shown = [(post.pk, post.version) for post in page.rows]
    address = request.get_full_path()
    frame = (settings.RELEASE, site.current(), template, address, tab, get_language())
    text = repr((*frame, shown, page.cursor))
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'
