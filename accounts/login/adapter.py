"""Signing in: how often one may try, what is written down, and who waits outside."""

from typing import Any
from urllib.parse import urlencode

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.utils import get_next_redirect_url
from allauth.usersessions.models import UserSession
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.login import known_devices, sign_ins, throttling
from accounts.login.sessions import SEEN_KEY, now_in_seconds
from accounts.models import User
from accounts.profile.renaming import is_given_up

# In the order in which they are offered.
REAUTHENTICATION = {
    "mfa_reauthenticate:webauthn": _("Use a passkey"),
    "reauthenticate": _("Use your password"),
    "mfa_reauthenticate": _("Use a code"),
}


class SigningInAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """The half of what django-allauth asks that is about signing in."""

    # Whether the sign-in that goes on is somebody's first.
    _is_new = False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count a try before the password is looked at; raises ValidationError when too many."""
        usages = throttling.count(request, _login(credentials))
        if usages is None:
            raise self.validation_error("too_many_login_attempts")
        self._counted = usages

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """A refused password stands in the history of its account."""
        person = sign_ins.account_of(_login(credentials))
        if person is None:
            # One write too, so that the time tells nothing about whether the name is known.
            cache.set("sign-in-of-nobody", 1, 60)
        else:
            self._record(request, person, was_refused=True)

    def login(self, request: HttpRequest, user: User) -> None:
        """Begin the session, after every step was passed."""
        method = sign_ins.method_of(request, user)
        # Someone who was here before, or already follows people, needs no introduction.
        self._is_new = user.last_login is None and not user.following_count
        super().login(request, user)
        self._record(request, user, method=method)
        # Only django-allauth's own flows do this; the owner's set-up calls `login` directly.
        UserSession.objects.create_from_request(request)
        request.session[SEEN_KEY] = now_in_seconds()

    def post_login(
        self, request: HttpRequest, user: User, *, redirect_url: str | None, **options: Any
    ) -> HttpResponse:
        """The answer after signing in; from now on this browser is known.

        The first time it leads through the welcome to wherever it would have led.
        """
        if self._is_new:
            redirect_url = welcome_before(request, redirect_url)
        response: HttpResponse = super().post_login(
            request, user, redirect_url=redirect_url, **options
        )
        known_devices.remember(request, response, user)
        return response

    def add_message(self, request: HttpRequest, *args: Any, **options: Any) -> None:
        """Say something on the next page; the welcome needs no other word that one is in."""
        if not self._is_new:
            super().add_message(request, *args, **options)

    def clean_username(self, username: str, shallow: bool = False) -> str:
        """The name as it is kept; raises ValidationError for one that leads to its last owner."""
        name: str = super().clean_username(username, shallow=shallow)
        # With `shallow`, django-allauth asks for no look-ups: it is trying names of its own.
        if not shallow and is_given_up(name):
            raise self.validation_error("username_taken")
        return name

    def get_login_stages(self) -> list[str]:
        """The steps of a sign-in; the last makes the passkey of who signs up with one."""
        return [
            *super().get_login_stages(),
            # django-allauth's own switch for it insists on confirmation by code (decision 16).
            "allauth.mfa.webauthn.stages.PasskeySignupStage",
        ]

    def get_reauthentication_methods(self, user: User) -> list[dict[str, Any]]:
        """How the person may show once more that it is them, the easiest first."""
        methods = super().get_reauthentication_methods(user)
        for method in methods:
            method["description"] = REAUTHENTICATION[method["id"]]
        return sorted(methods, key=lambda method: list(REAUTHENTICATION).index(method["id"]))

    # django-allauth calls this when the password was right; its own version knows of one count.
    def _rollback_login_failed_rl_usage(self) -> None:
        for usage in self._counted:
            usage.rollback()

    # Called after a password reset, for each address of the account.
    def _delete_login_attempts_cached_email(self, request: HttpRequest, **credentials: Any) -> None:
        throttling.clear(request, _login(credentials))

    def _record(
        self, request: HttpRequest, person: User, *, method: str = "", was_refused: bool = False
    ) -> None:
        sign_ins.record(
            person,
            method=method,
            was_refused=was_refused,
            address=self.get_client_ip(request),
            agent=request.headers.get("User-Agent", ""),
        )


def welcome_before(request: HttpRequest, address: str | None) -> str:
    """The way through the welcome to an address of ours; no welcome before a password is chosen."""
    if address == reverse("account_set_password"):
        return f"{address}?{urlencode({'next': reverse('feed:welcome')})}"
    there = address or get_next_redirect_url(request)
    return reverse("feed:welcome") + (f"?{urlencode({'next': there})}" if there else "")


def _login(credentials: dict[str, Any]) -> str:
    return str(credentials.get("email") or credentials.get("username") or "")
