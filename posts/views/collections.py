"""Collections: one's own, and those that others show."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.requests import MemberRequest, PageRequest
from notes_site.http.pagination import bounded_count, keyset_page
from notes_site.http.rate_limits import count
from notes_site.http.responses import is_delete, refuse_json, wants_json
from posts.cards import render_cards
from posts.collecting import collections
from posts.collecting.covers import cover_of_saved, covers, shown_items, shown_saves
from posts.collecting.forms import CollectionForm
from posts.models import Collection

COLLECTIONS_A_PAGE = 24
CARDS_A_PAGE = 24
ROWS_A_PAGE = 60
# All that cards, lines and cursors read: any other column would be a query for each row.
OF_A_CARD = ("position", "collection_id", "post__id", "post__version")
OF_A_ROW = ("position", "collection_id", "post__id", "post__title", "post__caption", "post__cover")


def visible_collection(request: HttpRequest, collection_id: int) -> Collection:
    """The collection, with its owner; 404 when the viewer may not see it, as if it never was."""
    there = Collection.objects.visible_to(request.user).select_related("owner")
    return get_object_or_404(there, pk=collection_id)


def own_collection(request: HttpRequest, collection_id: int) -> Collection:
    """The viewer's own collection; 404 when it is anybody else's."""
    collection = visible_collection(request, collection_id)
    if collection.owner_id != request.user.pk:
        raise Http404
    return collection


@never_cache
@require_safe
def all_collections(request: MemberRequest) -> HttpResponse:
    """All that one saved, then one's collections, the newest first."""
    cursor = request.GET.get("cursor", "")
    mine = Collection.objects.visible_to(request.user).filter(owner=request.user)
    page = keyset_page(mine, "created_at", cursor, COLLECTIONS_A_PAGE)
    context: dict[str, Any] = {
        "covers": covers(page.rows, request.user),
        "next_url": page.next_url(request),
        "is_self": True,
    }
    if request.htmx and cursor:
        return render(request, "posts/_collection_cards.html", context)
    context |= {
        "saved_pictures": cover_of_saved(request.user),
        "saved_count": bounded_count(shown_saves(request.user)),
        "is_first_page": not cursor,
    }
    return render(request, "posts/collections.html", context)


@require_http_methods(["GET", "POST"])
def new(request: MemberRequest) -> HttpResponse:
    """A form; POST → 303 to the new collection, 422 with what was typed."""
    form = CollectionForm(request.POST or None)
    if request.method == "POST":
        count(request, "collection")
        if form.is_valid():
            try:
                made = collections.create(owner=request.user, **form.cleaned_data)
            except collections.CollectionRefusedError as error:
                form.add_error("name", error.sentence)
            else:
                messages.success(request, _("Your collection is ready. Add to it from any post."))
                return HttpResponseRedirect(made.get_absolute_url(), status=303)
    status = 422 if form.errors else 200
    return render(request, "posts/collection_new.html", {"form": form}, status=status)


@login_not_required
@require_http_methods(["GET", "HEAD", "POST", "DELETE"])
def collection(request: PageRequest, collection_id: int) -> HttpResponse:
    """GET shows a collection; DELETE, by its owner, takes it away."""
    if request.method in ("GET", "HEAD"):
        return _show(request, visible_collection(request, collection_id))
    # Visitors may look, so the middleware lets them in; changes ask for a sign-in here.
    if not request.user.is_authenticated:
        if wants_json(request):
            return refuse_json("signed_out", _("You are signed out. Sign in and try again."), 401)
        return redirect_to_login(request.path)
    count(request, "collection")
    found = own_collection(request, collection_id)
    if not is_delete(request):
        return refuse_json("method", _("A collection can only be read or deleted here."), 405)
    collections.delete(found)
    messages.success(request, _("The collection was deleted. Its posts are still saved."))
    return redirect("posts:collections")


def _show(request: PageRequest, found: Collection) -> HttpResponse:
    cursor = request.GET.get("cursor", "")
    shown = shown_items(request.user).filter(collection=found)
    rows = shown.select_related("post").only(*OF_A_CARD)
    page = keyset_page(rows, "position", cursor, CARDS_A_PAGE)
    posts = [row.post for row in page.rows]
    context: dict[str, Any] = {
        "collection": found,
        "cards": render_cards(posts, request.user, first_page=not cursor),
        "next_url": page.next_url(request),
    }
    if request.htmx and cursor:
        return render(request, "components/card_page.html", context)
    context |= {"is_owner": found.owner_id == request.user.pk, "post_count": shown.count()}
    if context["is_owner"]:
        context["gone"] = found.items.count() - context["post_count"]
    return render(request, "posts/collection.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
def edit(request: MemberRequest, collection_id: int) -> HttpResponse:
    """Its name, description and openness, and its posts in order; 422 with what was typed."""
    found = own_collection(request, collection_id)
    # An instance of its own: validating writes into it, and `found` heads the page.
    form = CollectionForm(request.POST or None, instance=own_collection(request, collection_id))
    if request.method == "POST":
        count(request, "collection")
        if form.is_valid():
            try:
                collections.change(found, **form.cleaned_data)
            except collections.CollectionRefusedError as error:
                form.add_error("name", error.sentence)
            else:
                messages.success(request, _("The collection is saved."))
                return HttpResponseRedirect(found.get_absolute_url(), status=303)
    status = 422 if form.errors else 200
    context = _rows(request, found) | {"collection": found, "form": form}
    return render(request, "posts/collection_edit.html", context, status=status)


def _rows(request: MemberRequest, found: Collection) -> dict[str, Any]:
    """The posts of a collection as lines, the first first."""
    items = shown_items(request.user).filter(collection=found).select_related("post")
    page = keyset_page(
        items.only(*OF_A_ROW), "position", request.GET.get("cursor", ""), ROWS_A_PAGE
    )
    for item in page.rows:
        # The same for all, so no line has to ask for it.
        item.collection = found
    return {"items": page.rows, "next_url": page.next_url(request)}
