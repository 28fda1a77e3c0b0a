"""Likes, and who gave them."""

from django.db.models import Exists, OuterRef
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.models import User
from accounts.requests import MemberRequest
from notes_site.http.pagination import keyset_page
from notes_site.http.resources import resource
from notes_site.http.responses import is_delete, see_other
from posts import likes
from posts.models import Post
from posts.views.access import visible_post

PEOPLE_A_PAGE = 40


@resource("like")
def like(request: MemberRequest, post_id: int) -> HttpResponse:
    """POST likes a post, DELETE takes it back."""
    post = visible_post(request, post_id)
    change = likes.unlike if is_delete(request) else likes.like
    change(user=request.user, post=post)
    if not request.htmx:
        return see_other(request, post.get_absolute_url())
    context = {
        "post": get_object_or_404(Post, pk=post.pk),
        "liked": not is_delete(request),
        "signed_in": True,
        "counted": likes.shows_like_count(post, request.user),
    }
    return render(request, "components/like_button.html", context)


@require_safe
def likers(request: MemberRequest, post_id: int) -> HttpResponse:
    """Who likes a post, the latest first; 404 where their number is not shown either."""
    post = visible_post(request, post_id)
    if not likes.shows_like_count(post, request.user):
        raise Http404
    there = User.objects.visible_to(request.user).filter(pk=OuterRef("user"))
    found = post.likes.filter(Exists(there)).select_related("user")
    page = keyset_page(found, "created_at", request.GET.get("cursor", ""), PEOPLE_A_PAGE)
    context = {
        "post": post,
        "people": [like.user for like in page.rows],
        "next_url": page.next_url(request),
    }
    partly = request.htmx and request.GET.get("cursor")
    template = "posts/_likers_page.html" if partly else "posts/likers.html"
    return render(request, template, context)
