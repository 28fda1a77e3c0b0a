"""The stream and topic pages."""

import hashlib
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.messages import get_messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.cache import get_conditional_response
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.requests import PageRequest
from feed import candidates
from notes_site import kept_pages, site
from notes_site.pagination import Page, bounded_count, keyset_page, page_of
from posts.cards import render_cards
from posts.models import Topic

CARDS_A_PAGE = 24
TABS = {"for-you": "hot", "following": "published_at", "latest": "published_at"}
TAB_COOKIE = "tab"
A_YEAR = 31_536_000


@login_not_required
@require_safe
@vary_on_headers("Cookie", "HX-Request")
def stream(request: PageRequest) -> HttpResponse:
    """The stream: For you, Following or Latest; for visitors Explore, or Latest."""
    tab = _chosen_tab(request)
    cursor = request.GET.get("cursor", "")
    page = _page(request, tab, cursor)
    template = "feed/_page.html" if request.htmx and cursor else "feed/stream.html"
    etag = _etag(request, page, tab, template)
    response = get_conditional_response(request, etag=etag) or kept_pages.response(
        request,
        etag,
        lambda: render(
            request, template, _cards(request, page, cursor) | {"tab": tab, "tabs": _tabs(request)}
        ),
    )
    if request.GET.get("tab") in TABS:
        response.set_cookie(TAB_COOKIE, tab, max_age=A_YEAR, samesite="Lax", httponly=True)
    return response


@login_not_required
@require_safe
def topic(request: PageRequest, name: str) -> HttpResponse:
    """Posts under a topic, newest first."""
    found = Topic.objects.filter(name=name.casefold()).first()
    if found is None:
        raise Http404
    posts = candidates.under(found)
    cursor = request.GET.get("cursor", "")
    page = keyset_page(posts, "published_at", cursor, CARDS_A_PAGE, candidates.UNDER_TOPIC)
    if not page.rows:
        # That somebody wrote the word where only they see it is theirs to know.
        raise Http404
    context = _cards(request, page, cursor) | {
        "topic": found.name,
        "post_count": bounded_count(posts),
    }
    if request.htmx and cursor:
        return render(request, "feed/_page.html", context)
    return render(request, "feed/topic.html", context)


def _page(request: PageRequest, tab: str, cursor: str) -> Page[Any]:
    if tab == "for-you" and not cursor:
        return page_of(candidates.hottest(CARDS_A_PAGE + 1), TABS[tab], CARDS_A_PAGE)
    posts = candidates.followed(request.user) if tab == "following" else candidates.explore()
    return keyset_page(posts, TABS[tab], cursor, CARDS_A_PAGE)


def _cards(request: PageRequest, page: Page[Any], cursor: str) -> dict[str, Any]:
    return {
        "cards": render_cards(page.rows, request.user, first_page=not cursor),
        "next_url": page.next_url(request),
    }


def _chosen_tab(request: PageRequest) -> str:
    """The tab asked for, else the one remembered, else For you."""
    tab = request.GET.get("tab") or request.COOKIES.get(TAB_COOKIE, "")
    if tab == "following" and not request.user.is_authenticated:
        return "for-you"
    return tab if tab in TABS else "for-you"


def _tabs(request: PageRequest) -> list[tuple[str, str]]:
    if not request.user.is_authenticated:
        return [("for-you", _("Explore")), ("latest", _("Latest"))]
    return [("for-you", _("For you")), ("following", _("Following")), ("latest", _("Latest"))]


def _etag(request: PageRequest, page: Page[Any], tab: str, template: str) -> str | None:
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
