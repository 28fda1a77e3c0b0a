"""Likes."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from accounts.requests import MemberRequest
from notes_site.answers import removes, see_other
from notes_site.rate_limits import count
from posts import engagement
from posts.models import Post
from posts.views.access import visible_post


@require_http_methods(["POST", "DELETE"])
def like(request: MemberRequest, post_id: int) -> HttpResponse:
    """POST likes, DELETE takes it back; both may be repeated."""
    count(request, "like")
    post = visible_post(request, post_id)
    if removes(request):
        engagement.unlike(user=request.user, post=post)
    else:
        engagement.like(user=request.user, post=post)
    if not request.htmx:
        return see_other(request, post.get_absolute_url())
    context = {
        "post": Post.objects.get(pk=post.pk),
        "liked": not removes(request),
        "signed_in": True,
    }
    return render(request, "components/like_button.html", context)
