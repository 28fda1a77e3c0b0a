"""What every request passes through: a log line, headers, and the rule that one is signed in."""

import logging
import time
from collections.abc import Callable
from typing import Any

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    UnreadablePostError,
)
from django.utils.translation import gettext as _

from notes_site.http.outages import outage_of
from notes_site.http.rate_limits import TooManyRequestsError
from notes_site.http.responses import refuse_json, wants_json
from notes_site.ids import random_key
from notes_site.serving.gate import LARGE_BODY
from notes_site.views import errors

requests = logging.getLogger("notes.requests")

GetResponse = Callable[[HttpRequest], HttpResponseBase]
PERMISSIONS_POLICY = (
    "accelerometer=(), camera=(), geolocation=(), gyroscope=(), magnetometer=(),"
    " microphone=(), payment=(), usb=(), browsing-topics=()"
)


class RequestLogMiddleware:
    """One log line a request that failed or was slow, with an id that the answer carries too."""

    SLOW_SECONDS = 1.0

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        started = time.perf_counter()
        response = self.get_response(request)
        seconds = time.perf_counter() - started
        if response.status_code >= 500 or seconds > self.SLOW_SECONDS:
            request_id = random_key(12)
            response["X-Request-ID"] = request_id
            requests.warning(
                "request",
                extra={
                    "request_id": request_id,
                    "method": request.method,
                    "path": request.path,
                    "status": response.status_code,
                    "seconds": round(seconds, 3),
                    **getattr(request, "outage", {}),
                },
            )
        return response


class OutageMiddleware:
    """Turns an outage that a view met into its answer; `handler500` does so for middlewares."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """503 or 507 for a part that is away; other exceptions take their usual way."""
        if isinstance(error, UnreadablePostError):
            # The visitor left in the midst of sending: a fault of nobody's, and worth no traceback.
            return errors.bad_request(request, error)
        outage = outage_of(error)
        return errors.away(request, outage, why=str(error)) if outage else None


class SecurityHeadersMiddleware:
    """Headers Django has no setting for, on every answer, errors and media included."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        # Public pictures have set their own: other sites may embed them (decision 27).
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        return response


class PlainTextMiddleware:
    """Keeps NULs out, which PostgreSQL refuses to look for.

    An address with one is 404, for nothing has such a name; a cookie with one was never ours.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if "\0" in request.path_info or "%00" in request.META.get("QUERY_STRING", ""):
            return errors.not_found(request, Http404())
        for name in [name for name, value in request.COOKIES.items() if "\0" in value]:
            del request.COOKIES[name]
        return self.get_response(request)


class SignInRequiredMiddleware(LoginRequiredMiddleware):
    """Signed in by default; exempt views say so with `login_not_required`.

    A page sends a visitor to sign in; JSON answers 401 with a sentence.
    """

    def handle_no_permission(  # type: ignore[override]
        self, request: HttpRequest, view_func: Any
    ) -> HttpResponseBase:
        if wants_json(request) or getattr(view_func, "answers_json", False):
            return refuse_json("signed_out", _("You are signed out. Sign in and try again."), 401)
        response = super().handle_no_permission(request, view_func)
        if getattr(request, "headers", {}).get("HX-Request"):
            # htmx follows a redirect in the background; this makes the whole page go there.
            answer = HttpResponse(status=401)
            answer["HX-Redirect"] = response["Location"]
            return answer
        return response


class LargeBodyMiddleware:
    """Refuses a visitor's large request without reading it.

    No form for visitors is large, and whoever is signed out could keep threads busy with one.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, *_view: Any, **_arguments: Any
    ) -> HttpResponse | None:
        """413 for a visitor whose body is still on its way."""
        if request.META.get(LARGE_BODY) and not request.user.is_authenticated:
            return errors.too_large(request)
        return None


class RateLimitMiddleware:
    """Turns a limit reached anywhere in a view into 429 with Retry-After."""

    # What django-allauth answers by itself says no time; its shortest window is this long.
    SECONDS = 300

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if response.status_code == 429:
            response.headers.setdefault("Retry-After", str(self.SECONDS))
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """429 for TooManyRequestsError; other exceptions take their usual way."""
        if isinstance(error, TooManyRequestsError):
            return errors.too_many_requests(request, error.retry_after)
        return None
