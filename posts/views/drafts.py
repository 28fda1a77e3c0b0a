"""What a member has not published yet."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.requests import MemberRequest
from notes_site.pagination import keyset_page
from posts.models import Post
from posts.publishing import UNPUBLISHED

DRAFTS_A_PAGE = 24


@require_safe
def drafts(request: MemberRequest) -> HttpResponse:
    """The member's drafts and scheduled posts, newest first."""
    mine = Post.objects.visible_to(request.user).filter(
        author=request.user.pk, state__in=UNPUBLISHED
    )
    page = keyset_page(mine, "created_at", request.GET.get("cursor", ""), DRAFTS_A_PAGE)
    context = {"drafts": page.rows, "next_url": page.next_url(request)}
    return render(request, "posts/drafts.html", context)
