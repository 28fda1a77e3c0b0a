"""What django-allauth asks this site."""

from typing import Any

from allauth.account.internal.stagekit import clear_login
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.signing_in import SigningInAdapter


class AccountAdapter(SigningInAdapter):
    """Sign-up follows REGISTRATION; a suspended person is told so and stays outside."""

    def is_open_for_signup(self, _request: HttpRequest) -> bool:
        """Whether anyone may make an account."""
        return bool(settings.REGISTRATION == "open")

    def pre_login(self, request: HttpRequest, user: User, **options: Any) -> HttpResponse | None:
        """The answer that stops a sign-in whose password was right; None lets it go on."""
        if user.suspended_at is None:
            response: HttpResponse | None = super().pre_login(request, user, **options)
            return response
        clear_login(request)
        messages.error(request, _suspended(user.suspended_reason))
        return redirect("account_login")


def _suspended(reason: str) -> str:
    return _(
        "This account is suspended: %(reason)s. Nothing of it was deleted, but nobody sees it. "
        "If you think that is a mistake, write to the people who run this site."
    ) % {"reason": reason.rstrip(".") or _("a moderator decided so")}
