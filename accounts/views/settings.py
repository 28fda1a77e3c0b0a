"""A person's own settings: who they are, and who may see it."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.models import FollowRequest, User
from accounts.profile.changing import change_privacy, change_profile
from accounts.profile.forms import PrivacyForm, ProfileForm
from accounts.requests import MemberRequest
from notes_site.http.pagination import bounded_count
from notes_site.http.rate_limits import count


@require_http_methods(["GET", "HEAD", "POST"])
def profile_settings(request: MemberRequest) -> HttpResponse:
    """Name, pronouns, bio and links; 422 with everything typed."""
    # A second copy: validating writes what was typed into it, and the page shows request.user.
    form = ProfileForm(request.POST or None, instance=User.objects.get(pk=request.user.pk))
    if request.method == "POST":
        count(request, "profile")
    if request.method == "POST" and form.is_valid():
        change_profile(person=request.user, **form.cleaned_data)
        messages.success(request, _("Your profile is saved."))
        return redirect("accounts:profile_settings")
    status = 422 if form.errors else 200
    return render(request, "accounts/profile_settings.html", {"form": form}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def privacy(request: MemberRequest) -> HttpResponse:
    """A private account, likes others may see, and counts of likes one would rather not see."""
    person = User.objects.get(pk=request.user.pk)
    if request.method == "POST":
        count(request, "profile")
        # Of boxes a form can't be wrong: those not sent are unticked.
        form = PrivacyForm(request.POST, instance=person)
        form.full_clean()
        _change(request, form)
        return HttpResponseRedirect(reverse("accounts:privacy"), status=303)
    context = {
        "form": PrivacyForm(instance=person),
        "waiting": bounded_count(FollowRequest.objects.filter(target=person)),
    }
    return render(request, "accounts/privacy.html", context)


def _change(request: MemberRequest, form: PrivacyForm) -> None:
    """Save, and say what came of it."""
    turned = change_privacy(person=request.user, **form.cleaned_data)
    if not turned:
        sentence = _("Your settings are saved.")
    elif form.cleaned_data["is_private"]:
        sentence = _(
            "Your account is now private: only your followers can see your posts, including"
            " earlier ones. From now on, people have to ask before they can follow you."
        )
    else:
        sentence = _(
            "Your account is now public: everyone can see your public posts. Everyone who was"
            " waiting for your answer now follows you."
        )
    messages.success(request, sentence)
