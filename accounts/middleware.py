"""Rules about the person behind a request."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.second_factor import has_second_factor
from notes_site.middleware import GetResponse


class SuspensionMiddleware:
    """A suspended person's sessions end by their next request."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.user.is_authenticated and request.user.suspended_at:
            logout(request)
        return self.get_response(request)


class StaffSecondFactorMiddleware:
    """The admin opens to staff with a second factor; where only this machine reaches it, to all."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if settings.STAFF_SECOND_FACTOR and request.path.startswith(reverse("admin:index")):
            user = request.user
            if user.is_authenticated and user.is_staff and not has_second_factor(user):
                messages.info(
                    request, _("Moderating needs a second factor. Set one up here, then go on.")
                )
                return redirect("mfa_activate_totp")
        return self.get_response(request)
