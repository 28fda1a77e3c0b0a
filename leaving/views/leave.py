"""Leaving the site, and staying after all."""

from datetime import timedelta
from math import ceil

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.requests import MemberRequest
from leaving import departures, emails
from leaving.views.access import asks_before_writing
from leaving.views.export import shown
from notes_site.http.pagination import bounded_count
from notes_site.http.rate_limits import count
from notes_site.http.responses import is_delete
from posts.models import Comment, Post


@never_cache
@require_http_methods(["GET", "HEAD", "POST", "DELETE"])
@reauthentication_required(enabled=asks_before_writing)  # type: ignore[untyped-decorator]
def leaving(request: MemberRequest) -> HttpResponse:
    """What leaving means; POST begins it and ends all sessions, DELETE keeps the account."""
    if is_delete(request):
        return _stay(request)
    if request.method == "POST":
        return _leave(request)
    person = request.user
    context = {"days": departures.grace_period().days, "download": shown(person)}
    if person.leaving_at:
        context["days_left"] = max(
            1, ceil((person.leaving_at - timezone.now()) / timedelta(days=1))
        )
        return render(request, "leaving/farewell.html", context)
    mine = Post.objects.visible_to(person).filter(author=person)
    written = Comment.objects.filter(author=person)
    context |= {
        "refusal": departures.why_not_leave(person),
        "post_count": bounded_count(mine),
        "comment_count": bounded_count(written),
    }
    return render(request, "leaving/leaving.html", context)


def _leave(request: MemberRequest) -> HttpResponse:
    count(request, "leaving")
    page = HttpResponseRedirect(reverse("leaving:leaving"), status=303)
    try:
        token = departures.leave(request.user)
    except departures.NotAllowedError as refusal:
        messages.error(request, str(refusal))
        return page
    if token is None:
        return page
    # Before `logout`, which replaces request.user.
    person, address = request.user, emails.address_of(token)
    logout(request)
    emails.send(person, address)
    return HttpResponseRedirect(reverse("leaving:receipt", args=[token]), status=303)


def _stay(request: MemberRequest) -> HttpResponse:
    if request.user.leaving_at is None:
        return HttpResponseRedirect(reverse("leaving:leaving"), status=303)
    if departures.stay(request.user):
        messages.success(request, _("Welcome back. Everything is as it was."))
        return HttpResponseRedirect(reverse("feed:stream"), status=303)
    messages.error(request, _("Your account is already being erased, so it can no longer be kept."))
    return HttpResponseRedirect(reverse("leaving:leaving"), status=303)
