"""Answers to what went wrong, as a page or as JSON."""

import sys

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from notes_site.http.outages import Outage, outage_of
from notes_site.http.responses import asks_for_json, asks_for_text, refuse_json, wants_json


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400, with the sentence the exception carries when it is one of ours."""
    # Other kinds come from the framework and speak to programmers.
    ours = type(exception) is BadRequest
    sentence = (str(exception) if ours else "") or _(
        "We couldn’t understand this request. If you sent a file, give it a shorter name."
    )
    if asks_for_json(request):
        return refuse_json("bad_request", sentence, 400)
    return render(request, "400.html", {"sentence": sentence}, status=400)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404, the same bytes for what may not be seen and for what never was."""
    if wants_json(request):
        return refuse_json("not_found", _("There is nothing here, or you can’t see it."), 404)
    # Without the request, so that no context processor adds anything about who asks.
    return render(None, "404.html", status=404)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form without a valid token."""
    sentence = _(
        "This form was open too long or came from another site, so nothing was changed."
        " Go back, reload the page and send it again."
    )
    if asks_for_json(request):
        return refuse_json("csrf", sentence, 403)
    return render(request, "403.html", {"sentence": sentence}, status=403)


def too_large(request: HttpRequest) -> HttpResponse:
    """413 for a visitor who sends more than any form for visitors holds."""
    sentence = _(
        "That’s more than you can send without signing in, so it wasn’t read. Sign in first."
    )
    if asks_for_json(request):
        return refuse_json("too_large", sentence, 413)
    return render(request, "413.html", {"sentence": sentence}, status=413)


def too_many_requests(request: HttpRequest, retry_after: int) -> HttpResponse:
    """429 with Retry-After in seconds."""
    sentence = _("That was a lot in a short time. Wait a minute and try again; nothing was lost.")
    response: HttpResponse
    if asks_for_json(request):
        response = refuse_json("too_many_requests", sentence, 429)
    else:
        response = render(request, "429.html", {"sentence": sentence}, status=429)
    response["Retry-After"] = str(retry_after)
    return response


def server_error(request: HttpRequest) -> HttpResponse:
    """What an exception becomes that no view caught: 503 or 507 when a part is away, else 500.

    Neither page asks the database for anything.
    """
    error = sys.exc_info()[1]
    outage = outage_of(error) if error else None
    if outage is not None:
        return away(request, outage, why=str(error))
    if asks_for_json(request):
        return refuse_json(
            "server_error", _("Something went wrong on our side. Try again later."), 500
        )
    return HttpResponse(render_to_string("500.html"), status=500)


def away(request: HttpRequest, outage: Outage, *, why: str) -> HttpResponse:
    """The answer while a part is away, with Retry-After; `why` is for the log alone."""
    # For the one line that the log gets (RequestLogMiddleware).
    request.outage = {"outage": outage.code, "why": why.strip()}  # type: ignore[attr-defined]
    sentence = str(outage.sentence)
    response: HttpResponse
    if asks_for_json(request):
        response = refuse_json(outage.code, sentence, outage.status)
    elif asks_for_text(request):
        response = HttpResponse(sentence, content_type="text/plain; charset=utf-8")
    else:
        response = HttpResponse(render_to_string("503.html", {"sentence": sentence}))
    response.status_code = outage.status
    response["Retry-After"] = str(outage.retry_after)
    response["Cache-Control"] = "no-store"
    return response
