"""The public history of a post's edits."""

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import BadRequest
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.requests import PageRequest
from posts.authoring import history
from posts.views.access import visible_post


@login_not_required
@require_safe
def versions(request: PageRequest, post_id: int) -> HttpResponse:
    """What changed in a post since it was published, for everyone who may see the post."""
    post = visible_post(request, post_id)
    found = history.versions(post, request.user, _before(request))
    more = found and not found[-1].is_first
    context = {
        "post": post,
        "versions": found,
        "older_url": f"{request.path}?before={found[-1].number}" if more else "",
    }
    return render(request, "posts/history.html", context)


def _before(request: PageRequest) -> int | None:
    """The number that the link to older versions names."""
    given = request.GET.get("before", "")
    if not given:
        return None
    # Ten digits may not fit the column.
    if not (given.isascii() and given.isdigit() and len(given) < 10):
        raise BadRequest(_("This link to the next page is broken. Start again from the top."))
    return int(given)
