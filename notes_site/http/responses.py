"""The forms an answer takes: JSON refusals, redirects back."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import Resolver404, resolve
from django.utils.http import url_has_allowed_host_and_scheme


def wants_json(request: HttpRequest) -> bool:
    """Whether the client asked for JSON rather than for a page."""
    try:
        # The first one wins a tie, so `*/*` gets a page.
        preferred = request.get_preferred_type(["text/html", "application/json"])
    except (LookupError, ValueError):
        # An Accept header that can't be read asks for nothing in particular.
        return False
    return preferred == "application/json"


def asks_for_json(request: HttpRequest) -> bool:
    """Whether an error should be JSON: the client said so, or the address speaks nothing else."""
    return wants_json(request) or getattr(_view(request), "answers_json", False)


def asks_for_text(request: HttpRequest) -> bool:
    """Whether an error should be one line: where a fragment or a picture goes, no page fits."""
    return bool(request.headers.get("HX-Request")) or getattr(
        _view(request), "answers_bytes", False
    )


def _view(request: HttpRequest) -> Any:
    """The view at the request's address, also when a middleware failed before it; or None."""
    try:
        return (request.resolver_match or resolve(request.path_info)).func
    except Resolver404:
        return None


def refuse_json(code: str, sentence: str, status: int) -> JsonResponse:
    """A refusal in JSON: a code for programs and a sentence for people."""
    return JsonResponse({"code": code, "error": sentence}, status=status)


def is_delete(request: HttpRequest) -> bool:
    """Whether the request asks to remove: DELETE, or a form's POST with `_method=delete`."""
    return request.method == "DELETE" or request.POST.get("_method") == "delete"


def see_other(request: HttpRequest, fallback: str) -> HttpResponse:
    """303 back to the page the form stood on, or to `fallback` when that isn't one of ours."""
    # Sent with every form of ours, as SECURE_REFERRER_POLICY says.
    origin = request.headers.get("Referer", "")
    safe = url_has_allowed_host_and_scheme(
        origin, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return HttpResponse(status=303, headers={"Location": origin if safe else fallback})
