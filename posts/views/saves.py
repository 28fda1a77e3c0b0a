"""Saving a post, and all that one saved."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.requests import MemberRequest
from notes_site.http.pagination import bounded_count, keyset_page
from notes_site.http.resources import resource
from notes_site.http.responses import is_delete, see_other
from posts.cards import render_cards
from posts.collecting import saves
from posts.collecting.covers import shown_saves
from posts.models import Save
from posts.views.access import visible_post

CARDS_A_PAGE = 24
OF_A_CARD = ("created_at", "user_id", "post__id", "post__version")


@resource("save")
def save(request: MemberRequest, post_id: int) -> HttpResponse:
    """POST saves a post for oneself, DELETE lets it go."""
    post = visible_post(request, post_id)
    change = saves.unsave if is_delete(request) else saves.save
    change(user=request.user, post=post)
    if not request.htmx:
        return see_other(request, post.get_absolute_url())
    context = {"post": post, "saved": not is_delete(request), "signed_in": True}
    return render(request, "components/save_button.html", context)


@never_cache
@require_safe
def saved(request: MemberRequest) -> HttpResponse:
    """All that one saved, the latest first, as far as one may still see it."""
    cursor = request.GET.get("cursor", "")
    shown = shown_saves(request.user)
    rows = shown.select_related("post").only(*OF_A_CARD)
    page = keyset_page(rows, "created_at", cursor, CARDS_A_PAGE)
    context: dict[str, Any] = {
        "cards": render_cards([row.post for row in page.rows], request.user, first_page=not cursor),
        "next_url": page.next_url(request),
    }
    if request.htmx and cursor:
        return render(request, "components/card_page.html", context)
    kept = bounded_count(Save.objects.filter(user=request.user))
    context |= {"post_count": (there := bounded_count(shown)), "gone": kept - there}
    return render(request, "posts/saved.html", context)
