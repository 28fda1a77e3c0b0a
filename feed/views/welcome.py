"""The welcome of a new member: a picture, topics, people; each may be skipped, and found again."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from accounts.requests import MemberRequest
from feed import welcome
from feed.people import suggestions
from feed.topics import TopicRefusedError
from notes_site.http.rate_limits import count
from notes_site.ids import decode
from posts.views import avatars

PICTURE, TOPICS, PEOPLE = "picture", "topics", "people"
# In their order, each with whether it has anything to offer somebody.
STEPS: dict[str, Callable[[User], bool]] = {
    PICTURE: lambda _viewer: True,
    TOPICS: welcome.are_topics_enough,
    PEOPLE: lambda viewer: bool(suggestions.for_member(viewer, most=1)),
}


@require_safe
def start(request: MemberRequest) -> HttpResponse:
    """To the first step."""
    return HttpResponseRedirect(_address(request, PICTURE))


@require_http_methods(["GET", "HEAD", "POST"])
def picture(request: MemberRequest) -> HttpResponse:
    """A picture of oneself."""
    problem = ""
    if request.method == "POST":
        problem = avatars.receive(request)
        if not problem:
            return _onward(request, PICTURE)
    return _page(request, PICTURE, problem, {})


@require_http_methods(["GET", "HEAD", "POST"])
def topics(request: MemberRequest) -> HttpResponse:
    """Topics to follow, by their names or by pictures that have them."""
    problem = ""
    if request.method == "POST":
        count(request, "topic")
        problem = _follow(request)
        if not problem:
            return _onward(request, TOPICS)
    context = {
        "topics": welcome.topics_to_follow(request.user),
        "choices": welcome.pictures_to_tap(request.user),
        "ticked": {*request.POST.getlist("topics"), *request.POST.getlist("pictures")},
        "enough": welcome.ENOUGH,
    }
    if not (context["topics"] or context["choices"]):
        return _onward(request, TOPICS)
    return _page(request, TOPICS, problem, context)


@require_safe
def people(request: MemberRequest) -> HttpResponse:
    """People to follow."""
    suggested = suggestions.shown_to(request.user)
    if not suggested:
        return _onward(request, PEOPLE)
    return _page(request, PEOPLE, "", {"suggested": suggested})


def _follow(request: MemberRequest) -> str:
    """Follow what was ticked; why that can't be, as a sentence, '' when it could."""
    names, codes = request.POST.getlist("topics"), request.POST.getlist("pictures")
    try:
        followed = welcome.follow(request.user, names, _ids(codes))
    except TopicRefusedError as error:
        return error.sentence
    if not followed:
        return _("Tap a topic or a picture first, or skip this step.")
    words = ngettext(
        "You now follow %(count)d topic.", "You now follow %(count)d topics.", followed
    )
    messages.success(request, words % {"count": followed})
    return ""


def _ids(codes: list[str]) -> list[int]:
    """The ids of these codes; what is none is left out."""
    found = []
    for code in codes[: welcome.PICTURES_SHOWN]:
        try:
            found.append(decode(code))
        except ValueError:
            continue
    return found


def _page(request: MemberRequest, step: str, problem: str, context: dict[str, Any]) -> HttpResponse:
    steps = [each for each, offers in STEPS.items() if each == step or offers(request.user)]
    context |= {
        "problem": problem,
        "here": _address(request, step),
        "onward": _after(request, step),
        "number": steps.index(step) + 1,
        "of": len(steps),
    }
    status = 422 if problem else 200
    return render(request, f"feed/welcome/{step}.html", context, status=status)


def _onward(request: MemberRequest, step: str) -> HttpResponse:
    return HttpResponseRedirect(_after(request, step), status=303)


def _after(request: MemberRequest, step: str) -> str:
    """The next step that offers something, or what the welcome came before."""
    names = list(STEPS)
    for each in names[names.index(step) + 1 :]:
        if STEPS[each](request.user):
            return _address(request, each)
    return _next(request) or reverse("feed:stream")


def _address(request: MemberRequest, step: str) -> str:
    there = _next(request)
    return reverse(f"feed:welcome_{step}") + (f"?{urlencode({'next': there})}" if there else "")


def _next(request: MemberRequest) -> str:
    """Where the person was going, as the address says; '' for nowhere of ours."""
    there = request.GET.get("next", "")
    hosts = {request.get_host()}
    is_ours = url_has_allowed_host_and_scheme(there, hosts, require_https=request.is_secure())
    return there if is_ours else ""
