"""Another username."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.profile import renaming
from accounts.profile.forms import UsernameForm
from accounts.requests import MemberRequest
from notes_site.http.rate_limits import count


@require_http_methods(["GET", "HEAD", "POST"])
def username(request: MemberRequest) -> HttpResponse:
    """Take another name; the old one leads here for a while."""
    form = UsernameForm(request.POST or None)
    if request.method == "POST":
        count(request, "username")
        if form.is_valid() and _taken(request, form):
            return redirect("accounts:username")
    context = {
        "form": form,
        "may_change_at": renaming.may_change_at(request.user),
        "former": renaming.own_former_names(request.user),
        "kept_days": settings.FORMER_USERNAME_DAYS,
        "wait_days": settings.USERNAME_CHANGE_DAYS,
    }
    return render(request, "accounts/username.html", context, status=422 if form.errors else 200)


def _taken(request: MemberRequest, form: UsernameForm) -> bool:
    """Whether the name is the person's now; else the form says why not."""
    name = form.cleaned_data["username"]
    try:
        renaming.change_username(person=request.user, username=name)
    except renaming.NameTakenError:
        form.add_error(
            "username", _("This username is taken. Yours is unchanged; try another one.")
        )
    except renaming.TooSoonError as error:
        sentence = _("You changed your username recently. You can change it again on %(day)s.")
        form.add_error("username", sentence % {"day": date_format(error.at)})
    else:
        messages.success(request, _("You’re now @%(name)s.") % {"name": name})
        return True
    return False
