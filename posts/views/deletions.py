"""Receipts of what was deleted, for those who deleted it."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.requests import MemberRequest
from notes_site.http.pagination import keyset_page
from posts.receipts.deletion_receipts import counts, deleted_by, receipt

RECEIPTS_A_PAGE = 30


@never_cache
@require_safe
def deletion(request: MemberRequest, post_id: int) -> HttpResponse:
    """What became of every object of one's deleted post; 404 for anything else."""
    found = receipt(request.user, post_id)
    if found is None:
        raise Http404
    return render(request, "posts/deletion.html", {"receipt": found})


@never_cache
@require_safe
def deletions(request: MemberRequest) -> HttpResponse:
    """One's deleted posts, newest first."""
    page = keyset_page(
        deleted_by(request.user), "deleted_at", request.GET.get("cursor", ""), RECEIPTS_A_PAGE
    )
    counted = counts(page.rows)
    context = {
        "rows": [(post, *counted[post.pk]) for post in page.rows],
        "next_url": page.next_url(request),
    }
    return render(request, "posts/deletions.html", context)
