"""Blocking, muting and restricting somebody."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.requests import MemberRequest
from accounts.social import relations
from accounts.social.forms import MuteForm
from accounts.views.access import blockable_person, other_person
from notes_site.http.resources import resource
from notes_site.http.responses import is_delete, see_other


@resource("people")
def block(request: MemberRequest, username: str) -> HttpResponse:
    """POST blocks somebody, DELETE unblocks them."""
    person = blockable_person(request, username)
    if is_delete(request):
        relations.unblock(blocker=request.user, blocked=person)
        _say(request, person, _("You unblocked @%(name)s. You no longer follow each other."))
        return see_other(request, person.get_absolute_url())
    relations.block(blocker=request.user, blocked=person)
    _say(
        request, person, _("You blocked @%(name)s. You can no longer see anything from each other.")
    )
    # Wherever one came from, it may have been a page of theirs.
    return HttpResponseRedirect(person.get_absolute_url(), status=303)


@resource("people")
def mute(request: MemberRequest, username: str) -> HttpResponse:
    """POST mutes posts, comments or both, for a time or for good; DELETE hears them again."""
    person = other_person(request, username)
    if is_delete(request):
        relations.unmute(muter=request.user, muted=person)
        _say(request, person, _("You unmuted @%(name)s."))
        return see_other(request, person.get_absolute_url())
    form = MuteForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose what to mute, and for how long. Nothing was changed."))
        return see_other(request, person.get_absolute_url())
    _mute(request, person, form)
    return see_other(request, person.get_absolute_url())


@resource("people")
def restrict(request: MemberRequest, username: str) -> HttpResponse:
    """POST holds back what they write under the viewer's posts, DELETE stops that."""
    person = other_person(request, username)
    if is_delete(request):
        relations.unrestrict(restricter=request.user, restricted=person)
        _say(request, person, _("Comments by @%(name)s appear right away again."))
    else:
        relations.restrict(restricter=request.user, restricted=person)
        _say(request, person, _("New comments by @%(name)s now wait for your approval."))
    return see_other(request, person.get_absolute_url())


def _mute(request: MemberRequest, person: User, form: forms.Form) -> None:
    what, days = form.cleaned_data["what"], form.cleaned_data["days"]
    relations.mute(
        muter=request.user,
        muted=person,
        posts=what != "comments",
        comments=what != "posts",
        # “Until I undo it” is 0 days, and timedelta(0) is falsy.
        until=timezone.now() + days if days else None,
    )
    _say(request, person, _("You muted @%(name)s. They won’t be notified."))


def _say(request: MemberRequest, person: User, words: str) -> None:
    messages.success(request, words % {"name": person.username})
