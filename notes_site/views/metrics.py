"""`/metrics`: figures about the site, for the machines that watch it."""

import ipaddress

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from prometheus_client import CONTENT_TYPE_LATEST

from notes_site.health.metrics import exposition


# A token is not asked for, since a refusal for want of one would tell that something is here.
@csrf_exempt
@login_not_required
def metrics(request: HttpRequest) -> HttpResponse:
    """The figures, to the addresses of METRICS_ALLOWED; to everyone else there is nothing here."""
    if request.method not in ("GET", "HEAD") or not is_allowed(request):
        raise Http404
    return _figures(request)


# Apart from the view, so that its 404 has the same headers as any other.
@never_cache
def _figures(_request: HttpRequest) -> HttpResponse:
    return HttpResponse(exposition(), content_type=CONTENT_TYPE_LATEST)


def is_allowed(request: HttpRequest) -> bool:
    """Whether METRICS_ALLOWED holds the address that asks."""
    try:
        address = ipaddress.ip_address(_client(request))
    except ValueError:
        return False
    # A socket for both kinds of addresses writes an IPv4 one as IPv6.
    address = getattr(address, "ipv4_mapped", None) or address
    return any(address in network for network in settings.METRICS_ALLOWED)


def _client(request: HttpRequest) -> str:
    """Who asks: the address that the outermost trusted proxy saw; '' when that is not known."""
    forwarded = request.headers.get("X-Forwarded-For")
    if forwarded is None:
        return str(request.META.get("REMOTE_ADDR", ""))
    hops = [hop.strip() for hop in forwarded.split(",")]
    proxies = settings.ALLAUTH_TRUSTED_PROXY_COUNT
    # Through a proxy that the settings don't know, everyone would seem to be this machine.
    return hops[-proxies] if 0 < proxies <= len(hops) else ""
