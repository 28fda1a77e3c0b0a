"""Addresses that browsers and robots ask for by convention."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponseRedirect
from django.templatetags.static import static


@login_not_required
def favicon(_request: HttpRequest) -> HttpResponseRedirect:
    """The icon, for pages that can't name it, such as a bare photo."""
    return HttpResponseRedirect(static("img/icon.svg"))
