"""Answers to what went wrong, as a page or as JSON."""

import sys

from django.core.exceptions import BadRequest
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views import defaults

from notes_site.answers import refuse_json, wants_json

RETRY_SECONDS = 10


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400, with the sentence the exception carries when it is one of ours."""
    # Other kinds come from the framework and speak to programmers.
    ours = type(exception) is BadRequest
    sentence = (str(exception) if ours else "") or _(
        "This request could not be understood. If you sent a file, give it a shorter name."
    )
    if wants_json(request) or request.path.startswith("/uploads/"):
        return refuse_json("bad_request", sentence, 400)
    return render(request, "400.html", {"sentence": sentence}, status=400)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404, the same bytes for what may not be seen and for what never was."""
    if wants_json(request):
        return refuse_json("not_found", _("There is nothing here, or it is not for you."), 404)
    return render(None, "404.html", status=404)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form without a valid token."""
    sentence = _(
        "This form was open too long or came from another site, so nothing was changed."
        " Go back, reload the page and send it again."
    )
    if wants_json(request) or request.path.startswith("/uploads/"):
        return refuse_json("csrf", sentence, 403)
    return render(request, "403.html", {"sentence": sentence}, status=403)


def too_large(request: HttpRequest) -> HttpResponse:
    """413 for a visitor who sends more than any form for visitors holds."""
    sentence = _("That is more than a visitor can send, so it was not read. Sign in first.")
    if wants_json(request) or request.path.startswith("/uploads/"):
        return refuse_json("too_large", sentence, 413)
    return render(request, "413.html", {"sentence": sentence}, status=413)


def too_many_requests(request: HttpRequest, retry_after: int) -> HttpResponse:
    """429 with Retry-After in seconds."""
    sentence = _("That was a lot in a short time. Wait a minute and try again; nothing was lost.")
    response: HttpResponse
    if wants_json(request) or request.path.startswith("/uploads/"):
        response = refuse_json("too_many_requests", sentence, 429)
    else:
        response = render(request, "429.html", {"sentence": sentence}, status=429)
    response["Retry-After"] = str(retry_after)
    return response


def server_error(request: HttpRequest) -> HttpResponse:
    """503 when the database is what failed, else 500; asked by Django within the `except`."""
    if isinstance(sys.exc_info()[1], OperationalError | InterfaceError):
        return database_away(request)
    return defaults.server_error(request)


def database_away(request: HttpRequest) -> HttpResponse:
    """503 with Retry-After: the database does not answer, or not in time."""
    sentence = _(
        "The site's database does not answer right now, so this was not done. What was saved "
        "before is safe. Try again in a moment."
    )
    response: HttpResponse
    if wants_json(request) or request.path.startswith("/uploads/"):
        response = refuse_json("database_away", sentence, 503)
    else:
        # Without the request: who is signed in stands in the database too.
        response = render(None, "database_away.html", {"sentence": sentence}, status=503)
    response["Retry-After"] = str(RETRY_SECONDS)
    return response
