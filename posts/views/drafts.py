"""What a member has not published yet."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.requests import MemberRequest
from notes_site.http.pagination import keyset_page
from posts.views.access import own_unpublished

DRAFTS_A_PAGE = 24


@require_safe
def drafts(request: MemberRequest) -> HttpResponse:
    """The member's drafts and scheduled posts, newest first."""
    page = keyset_page(
        own_unpublished(request), "created_at", request.GET.get("cursor", ""), DRAFTS_A_PAGE
    )
    context = {"drafts": page.rows, "next_url": page.next_url(request)}
    return render(request, "posts/drafts.html", context)
