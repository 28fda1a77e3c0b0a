"""A person's download of everything: asked for, watched, fetched."""

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from accounts.requests import MemberRequest
from leaving import exporting
from leaving.contents import FILES
from leaving.models import Export
from leaving.views.access import asks_again, asks_before_writing
from notes_site import site
from notes_site.http.rate_limits import count
from notes_site.http.responses import is_delete
from posts.uploading import quota
from posts.views.media import send_object


@never_cache
@require_http_methods(["GET", "HEAD", "POST", "DELETE"])
@reauthentication_required(enabled=asks_before_writing)  # type: ignore[untyped-decorator]
def page(request: MemberRequest) -> HttpResponse:
    """The page; POST begins a download, DELETE takes the one that is there away."""
    if is_delete(request):
        export = exporting.newest(request.user)
        if export is not None and exporting.discard(export):
            messages.success(
                request, _("The download was deleted. Everything else of yours is still here.")
            )
        return _back(request)
    if request.method == "POST":
        count(request, "export")
        exporting.request(request.user)
        return _back(request)
    download = shown(request.user) | {"size": quota.used(request.user)}
    context = {"files": _files(), "download": download}
    return render(request, "leaving/data.html", context)


@never_cache
@require_safe
def download(request: MemberRequest, export_id: int) -> HttpResponseBase:
    """A ready archive, for whose it is and nobody else; 404 as if it never was."""
    export = get_object_or_404(Export, pk=export_id, user=request.user.pk)
    if not export.is_offered:
        raise Http404
    answer: HttpResponseBase = _send(request, export)
    return answer


# After the look-up: an address with no archive behind it is a 404 and asks for no password.
@reauthentication_required(enabled=asks_again)  # type: ignore[untyped-decorator]
def _send(request: HttpRequest, export: Export) -> HttpResponseBase:
    name = f"{site.current().name}-{export.user.username}-{export.created_at:%Y-%m-%d}.zip"
    return send_object(export.key, cache="private, no-store", name=name)


def shown(person: User) -> dict[str, object]:
    """What the part of a page about the download needs."""
    export = exporting.newest(person)
    return {
        "export": export,
        "trouble": exporting.REASONS.get(export.error) if export else None,
        "days_kept": exporting.KEPT.days,
        "page": _page_of(person),
        "route": "leaving:last_download" if person.leaving_at else "leaving:download",
    }


def _files() -> list[tuple[str, str]]:
    """What is in a download, as (name, what it is)."""
    return [
        ("originals/", _("the photos in your posts, sorted by post")),
        *((kind.file, str(kind.label)) for kind in FILES),
        (
            "manifest.json",
            _("every file with its size and its SHA-256, so you can check that nothing is missing"),
        ),
    ]


def _page_of(person: User) -> str:
    return reverse("leaving:last_data" if person.leaving_at else "leaving:data")


def _back(request: MemberRequest) -> HttpResponse:
    page = reverse("leaving:leaving") if request.user.leaving_at else _page_of(request.user)
    return HttpResponseRedirect(page, status=303)
