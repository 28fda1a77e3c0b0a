"""A member's lists of people."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.models import ListMember, PeopleList, User
from accounts.models.relations import MAX_LISTS
from accounts.models.user import in_good_standing
from accounts.requests import MemberRequest
from accounts.social import lists
from accounts.social.lists import ListRefusedError
from accounts.views.access import other_person, own_list
from notes_site.http.pagination import keyset_page
from notes_site.http.rate_limits import count
from notes_site.http.resources import resource
from notes_site.http.responses import is_delete, see_other
from notes_site.ids import decode

PEOPLE_A_PAGE = 30


@require_http_methods(["GET", "HEAD", "POST"])
def my_lists(request: MemberRequest) -> HttpResponse:
    """The viewer's lists; POST makes one more."""
    problem = ""
    if request.method == "POST":
        count(request, "people")
        try:
            made = lists.create(owner=request.user, name=request.POST.get("name", ""))
        except ListRefusedError as error:
            problem = error.sentence
        else:
            return _to(made)
    mine = PeopleList.objects.filter(owner=request.user).order_by("name", "pk")
    context = {"lists": mine[:MAX_LISTS], "problem": problem, "name": request.POST.get("name", "")}
    return render(request, "accounts/lists.html", context, status=422 if problem else 200)


@require_http_methods(["GET", "HEAD", "POST", "DELETE"])
def people_list(request: MemberRequest, list_id: int) -> HttpResponse:
    """A list and who is on it; POST renames it, DELETE takes it away."""
    # Counted before the look-up, so that guessing ids is limited too.
    if request.method in ("POST", "DELETE"):
        count(request, "people")
    found = own_list(request, list_id)
    if is_delete(request):
        lists.delete(people_list=found)
        messages.success(
            request, _("The list was deleted. Only you can see the posts you shared with it.")
        )
        return HttpResponseRedirect(reverse("accounts:lists"), status=303)
    if request.method == "POST":
        try:
            lists.rename(people_list=found, name=request.POST.get("name", ""))
        except ListRefusedError as error:
            return _show(request, found, {"name_problem": error.sentence}, status=422)
        return _to(found)
    return _show(request, found, {})


@require_http_methods(["POST"])
def members(request: MemberRequest, list_id: int) -> HttpResponse:
    """Put somebody on a list, by their username."""
    count(request, "people")
    found = own_list(request, list_id)
    username = request.POST.get("username", "").strip().removeprefix("@").lower()
    others = User.objects.visible_to(request.user).exclude(pk=request.user.pk)
    # PostgreSQL can't even be asked for a name with a NUL.
    person = None if "\0" in username else others.filter(username=username).first()
    if person is None:
        problem = _("Nobody here is called @%(name)s. Check the spelling and try again.")
        return _refused(request, found, username, problem % {"name": username[:30]})
    try:
        lists.add(people_list=found, person=person)
    except ListRefusedError as error:
        return _refused(request, found, username, error.sentence)
    return _to(found)


@resource("people")
def member(request: MemberRequest, list_id: int, username: str) -> HttpResponse:
    """POST puts a person on a list, DELETE takes them off."""
    found = own_list(request, list_id)
    person = other_person(request, username)
    if is_delete(request):
        lists.remove(people_list=found, person=person)
    else:
        try:
            lists.add(people_list=found, person=person)
        except ListRefusedError as error:
            messages.error(request, error.sentence)
    return see_other(request, reverse("accounts:list", args=[found.pk]))


@require_http_methods(["GET", "HEAD", "POST"])
def lists_of(request: MemberRequest, username: str) -> HttpResponse:
    """Which of the viewer's lists a person is on; POST takes the choice of all of them."""
    if request.method == "POST":
        count(request, "people")
    person = other_person(request, username)
    mine = list(PeopleList.objects.filter(owner=request.user).order_by("name", "pk")[:MAX_LISTS])
    problem = ""
    if request.method == "POST":
        try:
            lists.choose(
                owner=request.user,
                person=person,
                list_ids=_ticked(request),
                new_name=request.POST.get("name", ""),
            )
        except ListRefusedError as error:
            problem = error.sentence
        else:
            messages.success(request, _("Your lists are saved. They won’t be notified."))
            return HttpResponseRedirect(person.get_absolute_url(), status=303)
    on = ListMember.objects.filter(people_list__owner=request.user, person=person)
    context = {
        "profile": person,
        "lists": mine,
        "on": set(on.values_list("people_list", flat=True)),
        "problem": problem,
        "name": request.POST.get("name", ""),
        "has_room": len(mine) < MAX_LISTS,
    }
    return render(request, "accounts/lists_of.html", context, status=422 if problem else 200)


def _ticked(request: MemberRequest) -> set[int]:
    try:
        return {decode(code) for code in request.POST.getlist("lists")}
    except ValueError as error:
        raise BadRequest("not the id of a list") from error


def _show(
    request: MemberRequest, found: PeopleList, extra: dict[str, Any], status: int = 200
) -> HttpResponse:
    on_it = ListMember.objects.filter(in_good_standing("person"), people_list=found)
    cursor = request.GET.get("cursor", "")
    page = keyset_page(on_it.select_related("person"), "added_at", cursor, PEOPLE_A_PAGE)
    context = {
        "list": PeopleList.objects.get(pk=found.pk),
        "people": [row.person for row in page.rows],
        "next_url": page.next_url(request),
    }
    template = "accounts/_members.html" if request.htmx and cursor else "accounts/list.html"
    return render(request, template, context | extra, status=status)


def _refused(
    request: MemberRequest, found: PeopleList, username: str, problem: str
) -> HttpResponse:
    return _show(request, found, {"problem": problem, "username": username}, status=422)


def _to(found: PeopleList) -> HttpResponse:
    address = reverse("accounts:list", args=[found.pk])
    return HttpResponseRedirect(address, status=303)
