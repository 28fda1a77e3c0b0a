"""A member's page: its frame kept for them alone, and the parts of the moment put into it.

A frame is a page with empty slots. Nothing ever has to be cleared: the key holds all that the
frame shows, read again by every request, and whose it is.
"""

import hashlib
from collections.abc import Mapping
from inspect import isfunction
from typing import Any

from django.conf import settings
from django.core.cache import caches
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.template import Engine
from django.template.loader import render_to_string
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from notes_site import site
from notes_site.ids import random_key

# Nobody can write a slot into a name or a caption: each process has its own.
_SLOT = random_key(22)


def render_framed(
    request: HttpRequest,
    template: str,
    context: Mapping[str, Any],
    parts: Mapping[str, str],
    viewer: tuple[object, ...],
) -> HttpResponse:
    """The page that `template` makes of a context with slots and of the parts that fill them.

    `viewer` holds everything that the template shows of who looks, and `repr` of the context what
    else it shows, but for the site, the address, and what context processors count.
    """
    context = {**_counted(request), **context, "csrf_token": slot("csrf_token")}
    place = (settings.RELEASE, site.current(), template, request.get_full_path(), get_language())
    key = hashlib.sha256(repr((place, viewer, context)).encode()).hexdigest()
    frame: str | None = caches["frames"].get(key)
    if frame is None:
        frame = render_to_string(template, context, request)
        caches["frames"].set(key, frame)
    for name, text in {**parts, "csrf_token": get_token(request)}.items():
        frame = frame.replace(slot(name), conditional_escape(text))
    return HttpResponse(frame)


def slot(name: str) -> SafeString:
    """What stands in a frame where the part of this name goes."""
    return mark_safe(f"{_SLOT}-{name}-")  # noqa: S308


def _counted(request: HttpRequest) -> dict[str, object]:
    """What context processors count for the viewer where a page shows it: here, at once."""
    known: dict[str, Any] = {}
    for processor in Engine.get_default().template_context_processors:
        known |= processor(request)
    return {name: value() for name, value in known.items() if isfunction(value)}
