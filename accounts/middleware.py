"""Rules about the person behind a request."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from allauth.account.internal.stagekit import LOGIN_SESSION_KEY, clear_login
from allauth.account.utils import url_str_to_user_pk
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _

from accounts.login.second_factor import has_second_factor
from accounts.login.sessions import SEEN_KEY, now_in_seconds
from accounts.models import User
from accounts.profile.renaming import current_username
from notes_site.middleware import GetResponse

PROOF_KEY = "sign_in_began_with"
SEEN_EVERY_SECONDS = 3600


class GoodStandingMiddleware:
    """A suspended person's sessions end by their next request; one who leaves may only do that."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        user = request.user
        if user.is_authenticated and user.suspended_at:
            logout(request)
        elif user.is_authenticated and user.leaving_at:
            farewell = _farewell(request)
            if farewell is not None:
                return farewell
        return self.get_response(request)


def _farewell(request: HttpRequest) -> HttpResponseBase | None:
    """Where somebody who is leaving is sent; None when they are there, or signing out.

    Their receipt opens for whoever has its address, and so for them.
    """
    page, receipts = reverse("leaving:leaving"), reverse("leaving:receipt", args=["-"])
    if request.path.startswith((page, receipts.removesuffix("-/"))):
        return None
    return None if request.path == reverse("account_logout") else redirect(page)


def note_sign_in_began(request: HttpRequest, person: User) -> None:
    """Keep with a sign-in of several steps what the account's sessions proved when it began."""
    request.session[PROOF_KEY] = person.get_session_auth_hash()


class PendingSignInMiddleware:
    """A sign-in that waits for its next step ends when the account's sessions were ended.

    Else somebody who once knew the password could take the last step after it was replaced.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        waiting = request.session.get(LOGIN_SESSION_KEY)
        if waiting and not self._still_holds(request, waiting):
            clear_login(request)
        return self.get_response(request)

    def _still_holds(self, request: HttpRequest, waiting: dict[str, Any]) -> bool:
        if not waiting.get("user_pk"):
            return True
        person = User.objects.filter(pk=url_str_to_user_pk(waiting["user_pk"])).first()
        proof = request.session.get(PROOF_KEY, "")
        return person is not None and constant_time_compare(proof, person.get_session_auth_hash())


class SessionSeenMiddleware:
    """Writes down, once an hour, where a session was last used."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.user.is_authenticated:
            seen = request.session.get(SEEN_KEY)
            now = now_in_seconds()
            if seen is not None and now - seen > SEEN_EVERY_SECONDS:
                request.session[SEEN_KEY] = now
                UserSession.objects.filter(session_key=request.session.session_key).update(
                    last_seen_at=datetime.fromtimestamp(now, UTC)
                )
        return self.get_response(request)


class FormerNameMiddleware:
    """A page under a name that was given up leads to the same page under the new one.

    Every page below /@name/ is forwarded here, so none of their views needs to know of it.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if response.status_code != 404 or request.method not in ("GET", "HEAD"):
            return response
        name, _slash, rest = request.path_info.removeprefix("/@").partition("/")
        if not request.path_info.startswith("/@") or (now := current_username(name)) == name:
            return response
        if not User.objects.visible_to(request.user).filter(username=now).exists():
            return response
        query = request.META.get("QUERY_STRING", "")
        path = quote(f"/@{now}/{rest}", safe="/@")
        # Not for good: the old name may be somebody else's one day.
        return HttpResponseRedirect(f"{path}?{query}" if query else path)


class StaffSecondFactorMiddleware:
    """The admin opens to staff with a second factor; where only this machine reaches it, to all."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if settings.STAFF_SECOND_FACTOR and request.path.startswith(reverse("admin:index")):
            user = request.user
            if user.is_authenticated and user.is_staff and not has_second_factor(user):
                messages.info(
                    request, _("Moderators need two-factor sign-in. Set it up here, then continue.")
                )
                return redirect("mfa_activate_totp")
        return self.get_response(request)
