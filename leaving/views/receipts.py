"""The receipt of a leaving, for whoever has its address."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from leaving import receipts
from notes_site.http.responses import wants_json


@login_not_required
@never_cache
@vary_on_headers("Accept")
@require_safe
def receipt(request: HttpRequest, token: str) -> HttpResponse:
    """What became of somebody's account, as a page or as JSON; 404 for any other address."""
    found = receipts.find(token)
    if found is None:
        raise Http404
    if wants_json(request):
        return JsonResponse(found.as_json())
    return render(request, "leaving/receipt.html", {"receipt": found})
