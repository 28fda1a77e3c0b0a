"""The public history of a post's edits."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.requests import PageRequest
from posts import history
from posts.views.access import visible_post


@login_not_required
@require_safe
def versions(request: PageRequest, post_id: int) -> HttpResponse:
    """What changed in a post since it was published, for everyone who may see the post."""
    post = visible_post(request, post_id)
    context = {"post": post, "versions": history.versions(post, request.user)}
    return render(request, "posts/history.html", context)
