"""Health for machines: is the process up, and do its parts answer?"""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache

from notes_site.health.readiness import readiness
from notes_site.views.metrics import is_allowed


@login_not_required
@never_cache
def healthz(_request: HttpRequest) -> HttpResponse:
    """200: this process answers."""
    return HttpResponse("ok", content_type="text/plain")


@login_not_required
@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when every part answers, else 503; which one is away, but not why, which is logged.

    For the machines beside this one. Through a proxy it is 404, but for METRICS_ALLOWED.
    """
    if "X-Forwarded-For" in request.headers and not is_allowed(request):
        raise Http404
    report = readiness.report()
    told = {"ready": report.ready, "parts": dict(report.parts)}
    if report.cures:
        told["cures"] = list(report.cures)
    return JsonResponse(told, status=200 if report.ready else 503)
