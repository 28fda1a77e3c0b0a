"""Pages that are the same for everyone, kept whole and compressed in this process."""

from collections.abc import Callable

from django.core.cache import caches
from django.http import HttpRequest, HttpResponse
from django.middleware.gzip import GZipMiddleware


def _no_view(_request: HttpRequest) -> HttpResponse:
    raise NotImplementedError


# The very middleware of the site, run once a page; it leaves alone what is compressed already.
_gzip = GZipMiddleware(_no_view)


def response(
    request: HttpRequest, etag: str | None, make: Callable[[], HttpResponse]
) -> HttpResponse:
    """The page with this tag: the one kept, else made, and kept for the next who asks.

    The tag must tell of everything that the page shows: nothing else ever makes it stale. No tag
    means that the page is one person's own, and nothing is kept.
    """
    if etag is None:
        return make()
    pages = caches["pages"]
    key = f"{etag}:{'gzip' in request.headers.get('Accept-Encoding', '')}"
    kept: HttpResponse | None = pages.get(key)
    if kept is not None:
        # A copy: this cache pickles what it keeps, so middlewares may change the response.
        return kept
    made = make()
    made["ETag"] = etag
    # The browser asks each time, so a hidden post is gone with the next request.
    made["Cache-Control"] = "private, no-cache"
    # Changed in place, as the middleware does it.
    _gzip.process_response(request, made)
    pages.set(key, made)
    return made
