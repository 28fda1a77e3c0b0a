"""First run: the owner's account."""

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import record_authentication
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from accounts.models import SetupToken
from accounts.signup.setup import SetupDoneError, create_owner, owner_exists
from accounts.signup.setup_form import OwnerForm
from notes_site.http.rate_limits import count


@login_not_required
@never_cache
@sensitive_post_parameters()
def setup(request: HttpRequest) -> HttpResponse:
    """Make the owner's account; 404 without the token of the printed link or once there is one."""
    count(request, "setup")
    token = request.POST.get("token") or request.GET.get("token", "")
    if owner_exists() or not SetupToken.is_valid(token):
        raise Http404
    form = OwnerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            owner = create_owner(
                token=token,
                username=form.cleaned_data["username"].lower(),
                email=form.cleaned_data["email"],
                password=form.cleaned_data["password1"],
                site_name=form.cleaned_data["site_name"],
                registration=form.cleaned_data["registration"],
            )
        except SetupDoneError as error:
            raise Http404 from error
        # They typed the password a moment ago; adding a second factor need not ask for it again.
        record_authentication(request, owner, method="password", reauthenticated=True)
        get_adapter(request).login(request, owner)
        return redirect("mfa_activate_totp")
    status = 422 if form.errors else 200
    return render(request, "accounts/setup.html", {"form": form, "token": token}, status=status)
