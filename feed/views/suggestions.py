"""Saying that somebody should not be suggested again."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.requests import MemberRequest
from accounts.views.access import other_person
from feed.people import dismissals, suggestions
from notes_site.http.resources import resource
from notes_site.http.responses import is_delete, see_other


@resource("suggestion")
def dismiss(request: MemberRequest, username: str) -> HttpResponse:
    """POST suggests somebody no longer, DELETE takes that back; they hear of neither."""
    person = other_person(request, username)
    if is_delete(request):
        dismissals.restore(person=request.user, other=person)
    else:
        dismissals.dismiss(person=request.user, other=person)
    if request.htmx:
        return _in_its_place(request, person)
    if not is_delete(request):
        words = _("We won’t suggest @%(name)s again. They won’t be notified.")
        messages.success(request, words % {"name": person.username})
    return see_other(request, reverse("feed:welcome_people"))


def _in_its_place(request: MemberRequest, person: User) -> HttpResponse:
    """What now stands where the suggestion stood: a way to take it back, or itself again."""
    if not is_delete(request):
        return render(request, "feed/_dismissed_person.html", {"person": person})
    suggestion = suggestions.again(request.user, person)
    return render(request, "feed/_suggested_person.html", {"suggestion": suggestion})
