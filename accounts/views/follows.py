"""Following, and letting others follow."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.models import FollowRequest, User
from accounts.models.user import in_good_standing
from accounts.requests import MemberRequest
from accounts.social import follows, relations
from accounts.views.access import other_person, visible_person
from notes_site.http.pagination import keyset_page
from notes_site.http.resources import resource
from notes_site.http.responses import is_delete, see_other

PEOPLE_A_PAGE = 30


@resource("follow")
def follow(request: MemberRequest, username: str) -> HttpResponse:
    """POST follows or asks to, DELETE takes either back."""
    person = visible_person(request, username)
    change = follows.unfollow if is_delete(request) else follows.follow
    change(follower=request.user, followee=person)
    return _button(request, person)


@resource("follow")
def follower(request: MemberRequest, username: str) -> HttpResponse:
    """DELETE ends that the person follows the viewer; they are not told."""
    if not is_delete(request):
        return HttpResponseNotAllowed(["DELETE"])
    person = other_person(request, username)
    if follows.remove_follower(person=request.user, follower=person):
        words = _("@%(name)s no longer follows you. They won’t be notified.")
        messages.success(request, words % {"name": person.username})
    return see_other(request, person.get_absolute_url())


@require_safe
def requests(request: MemberRequest) -> HttpResponse:
    """Who asks to follow the viewer, newest first."""
    asking = FollowRequest.objects.filter(in_good_standing("requester"), target=request.user)
    page = keyset_page(
        asking.select_related("requester"),
        "created_at",
        request.GET.get("cursor", ""),
        PEOPLE_A_PAGE,
    )
    people = [row.requester for row in page.rows]
    context = {
        "rows": relations.with_relations(request.user, people),
        "next_url": page.next_url(request),
        "tab": "requests",
    }
    if request.htmx and request.GET.get("cursor"):
        return render(request, "accounts/_requests.html", context)
    return render(request, "accounts/requests.html", context)


@resource("follow")
def answer(request: MemberRequest, username: str) -> HttpResponse:
    """POST lets in who asked, DELETE sends the request away without a word to them."""
    person = other_person(request, username)
    if is_delete(request):
        follows.decline(target=request.user, requester=person)
        if request.htmx:
            return HttpResponse()
    else:
        follows.accept(target=request.user, requester=person)
    return _button(request, person, "accounts/_accepted.html")


def _button(
    request: MemberRequest, person: User, template: str = "components/follow_button.html"
) -> HttpResponse:
    """What now stands in place of the button, or the way back for a plain form."""
    if not request.htmx:
        return see_other(request, person.get_absolute_url())
    relation = relations.relation(request.user, person)
    return render(request, template, {"profile": person, "relation": relation})
