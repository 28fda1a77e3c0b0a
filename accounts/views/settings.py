"""A person's own settings."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from accounts.forms import ProfileForm
from accounts.models import User
from accounts.profiles import change_profile
from accounts.requests import MemberRequest


def profile_settings(request: MemberRequest) -> HttpResponse:
    """Name and bio."""
    form = ProfileForm(request.POST or None, instance=User.objects.get(pk=request.user.pk))
    if request.method == "POST" and form.is_valid():
        change_profile(person=request.user, **form.cleaned_data)
        messages.success(request, _("Your profile is saved."))
        return redirect("accounts:profile_settings")
    status = 422 if form.errors else 200
    return render(request, "accounts/profile_settings.html", {"form": form}, status=status)
