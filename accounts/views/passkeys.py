"""Signing up with a passkey, and taking one away."""

from typing import Any

from allauth.account.decorators import reauthentication_required
from allauth.account.internal.decorators import login_stage_required
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.stages import PasskeySignupStage
from allauth.mfa.webauthn.views import RemoveWebAuthnView
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.login.passkeys import is_only_way_in
from accounts.requests import MemberRequest
from accounts.social import follows
from accounts.views.sign_up import SignUpView


class PasskeySignUpView(SignUpView):
    """An account without a password; its passkey is made on the next page."""

    template_name = "account/signup_by_passkey.html"

    def get_form_kwargs(self) -> dict[str, Any]:
        """The form without its passwords."""
        return {**super().get_form_kwargs(), "by_passkey": True}


sign_up = PasskeySignUpView.as_view()


@login_stage_required(stage=PasskeySignupStage.key, redirect_urlname="account_signup")  # type: ignore[untyped-decorator]
@require_POST
def without_passkey(request: HttpRequest) -> HttpResponseBase:
    """Who can't make a passkey after all is let in without, to choose a password at once."""
    # Set by `login_stage_required`.
    stage = request._login_stage  # type: ignore[attr-defined]
    stage.login.redirect_url = reverse("account_set_password")
    response: HttpResponseBase = stage.exit()
    return response


@reauthentication_required(app="allauth.mfa")  # type: ignore[untyped-decorator]
def remove_passkey(request: MemberRequest, pk: int) -> HttpResponseBase:
    """Take a passkey away, unless nothing else lets its person in."""
    with transaction.atomic():
        # Of two tabs that take the last two, the second finds one left.
        follows.lock(request.user.pk)
        return _remove(request, pk)


def _remove(request: MemberRequest, pk: int) -> HttpResponseBase:
    passkey = get_object_or_404(
        Authenticator, pk=pk, user=request.user, type=Authenticator.Type.WEBAUTHN
    )
    if is_only_way_in(passkey):
        messages.error(
            request,
            _(
                "This passkey is your only way to sign in. Choose a password or add another"
                " passkey first."
            ),
        )
        return redirect("accounts:security")
    response: HttpResponseBase = RemoveWebAuthnView.as_view()(request, pk=pk)
    return response
