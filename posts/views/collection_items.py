"""The posts of a collection: adding, removing and reordering them, and choosing the cover."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods
from django_htmx.http import trigger_client_event

from accounts.requests import MemberRequest
from notes_site.http.rate_limits import count
from notes_site.http.resources import resource
from notes_site.http.responses import is_delete, see_other
from notes_site.ids import decode
from posts.collecting import collections
from posts.collecting.covers import shown_items
from posts.collecting.forms import CollectionForm
from posts.models import Collection, CollectionItem, Post, Save
from posts.models.collection import MAX_COLLECTIONS
from posts.views.access import visible_post
from posts.views.collections import own_collection


@never_cache
@require_http_methods(["GET", "POST"])
def collect(request: MemberRequest, post_id: int) -> HttpResponse:
    """Which collections a post is in, as a page or a dialog; 422 with what was ticked."""
    if request.method == "POST":
        count(request, "collection")
    post = visible_post(request, post_id)
    mine = Collection.objects.visible_to(request.user).filter(owner=request.user)
    found = list(mine.order_by("-created_at", "-pk")[:MAX_COLLECTIONS])
    if request.method == "GET":
        inside = CollectionItem.objects.filter(collection__owner=request.user, post=post)
        chosen = set(inside.values_list("collection_id", flat=True))
        return _choice(request, post, collections=found, chosen=chosen)
    chosen = {each.pk for each in found if each.code in request.POST.getlist("in")}
    # One that was made meanwhile was not on the form, and stays as it is.
    among = [each for each in found if each.code in request.POST.getlist("offered")]
    name = request.POST.get("name", "").strip()
    problem = _wrong_with(name) if name else ""
    try:
        if not problem:
            collections.choose(owner=request.user, post=post, among=among, chosen=chosen, new=name)
            return _chosen(request, post)
    except collections.CollectionRefusedError as error:
        problem = error.sentence
    return _choice(request, post, 422, collections=found, chosen=chosen, name=name, problem=problem)


def _wrong_with(name: str) -> str:
    """Why no collection can be called so, in a sentence; '' when one can."""
    errors = CollectionForm({"name": name}).errors
    return " ".join(str(sentence) for sentence in errors.get("name", []))


def _choice(request: MemberRequest, post: Post, status: int = 200, **choice: Any) -> HttpResponse:
    template = "posts/_collect.html" if request.htmx else "posts/collect.html"
    return render(request, template, {"post": post, "choice": choice}, status=status)


def _chosen(request: MemberRequest, post: Post) -> HttpResponse:
    """Back to the post; in its dialog the button that tells whether it is saved, and a word."""
    sentence = _("Your collections are saved.")
    if not request.htmx:
        messages.success(request, sentence)
        return HttpResponse(status=303, headers={"Location": post.get_absolute_url()})
    saved = Save.objects.filter(user=request.user, post=post).exists()
    context = {"post": post, "saved": saved, "signed_in": True, "apart": True}
    answer = render(request, "components/save_button.html", context)
    return trigger_client_event(answer, "notes:say", {"sentence": sentence})


@resource("collection")
def item(request: MemberRequest, collection_id: int, post_id: int) -> HttpResponse:
    """POST puts a post into a collection, DELETE takes it out."""
    collection = own_collection(request, collection_id)
    post = visible_post(request, post_id)
    if is_delete(request):
        collections.remove(collection=collection, post=post)
    else:
        try:
            collections.add(collection=collection, post=post)
        except collections.TooManyError as error:
            messages.error(request, error.sentence)
    return see_other(request, collection.get_absolute_url())


@require_http_methods(["POST"])
def place(request: MemberRequest, collection_id: int, post_id: int) -> HttpResponse:
    """Move a post: one `step` "up" or "down", or `before` or `after` another post's code."""
    count(request, "collection")
    collection = own_collection(request, collection_id)
    post = visible_post(request, post_id)
    earlier = request.POST.get("step") == "up" or "before" in request.POST
    beside = _neighbour(request, collection, post, earlier) or _named(request)
    if beside is not None:
        collections.move(collection=collection, post=post, beside=beside, earlier=earlier)
    return see_other(request, reverse("posts:collection_edit", args=[collection.pk]))


def _neighbour(
    request: MemberRequest, collection: Collection, post: Post, earlier: bool
) -> Post | None:
    """The post that its owner sees next to this one; None at the end, and without a `step`."""
    items = shown_items(request.user).filter(collection=collection).select_related("post")
    here = collection.items.filter(post=post).values_list("position", flat=True).first()
    if here is None or "step" not in request.POST:
        return None
    beyond = items.filter(position__gt=here) if earlier else items.filter(position__lt=here)
    found = beyond.order_by("position" if earlier else "-position").first()
    return found.post if found else None


def _named(request: MemberRequest) -> Post | None:
    """The visible post whose code came along as `before` or `after`; BadRequest for no code."""
    code = request.POST.get("before") or request.POST.get("after")
    if not code:
        return None
    try:
        return visible_post(request, decode(code))
    except ValueError as error:
        raise BadRequest(_("We couldn’t find that post. Reload the page and try again.")) from error


@resource("collection")
def cover(request: MemberRequest, collection_id: int, post_id: int) -> HttpResponse:
    """POST lets a post of a collection stand for it, DELETE its first ones again."""
    collection = own_collection(request, collection_id)
    post = visible_post(request, post_id)
    chosen = None if is_delete(request) else post
    if not collections.choose_cover(collection=collection, post=chosen):
        raise Http404
    return see_other(request, reverse("posts:collection_edit", args=[collection.pk]))
