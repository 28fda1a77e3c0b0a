"""How a person wants to hear of things."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.requests import MemberRequest
from notes_site.http.rate_limits import count
from notifications import mailing, preferences
from notifications.forms import PreferencesForm


@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: MemberRequest) -> HttpResponse:
    """Switches for each kind, quiet hours, and the rhythm of email."""
    data = request.POST if request.method == "POST" else None
    kept = preferences.of(request.user)
    form = PreferencesForm(data, person=request.user, preferences=kept)
    if data is not None:
        count(request, "profile")
        if form.is_valid():
            preferences.change(request.user, **form.cleaned_data)
            messages.success(request, _("Saved. It applies from now on."))
            return redirect("notifications:settings")
    context = {"form": form, "mail_address": mailing.address_of(request.user)}
    status = 422 if form.errors else 200
    return render(request, "notifications/settings.html", context, status=status)
