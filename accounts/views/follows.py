"""Follow and unfollow."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods

from accounts import follows
from accounts.models import User
from accounts.requests import MemberRequest
from notes_site.answers import removes, see_other
from notes_site.rate_limits import count


@require_http_methods(["POST", "DELETE"])
def follow(request: MemberRequest, username: str) -> HttpResponse:
    """POST follows, DELETE unfollows; both may be repeated."""
    count(request, "follow")
    person = get_object_or_404(User, username=username.lower(), is_active=True, suspended_at=None)
    if removes(request):
        follows.unfollow(follower=request.user, followee=person)
    else:
        follows.follow(follower=request.user, followee=person)
    if request.htmx:
        following = not removes(request) and person != request.user
        return render(
            request,
            "components/follow_button.html",
            {"profile": person, "following": following},
        )
    return see_other(request, person.get_absolute_url())
