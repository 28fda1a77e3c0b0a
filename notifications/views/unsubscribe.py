"""The link in every email that ends them; whoever has it needs no sign-in."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from notes_site.http.rate_limits import count
from notifications import preferences


# A mail program posts here by itself (RFC 8058), without a page of ours and so without its token;
# the signed address stands for it.
@csrf_exempt
@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """GET asks, for mail scanners open every link; POST ends the emails, any number of times."""
    person = preferences.read_token(token)
    if person is None:
        raise Http404
    done = request.method == "POST"
    if done:
        count(request, "unsubscribe")
        preferences.unsubscribe(person)
    return render(request, "notifications/unsubscribe.html", {"done": done})
