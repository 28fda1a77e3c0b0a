"""What django-allauth asks this site."""

from typing import Any

from allauth.account.internal.stagekit import clear_login
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from accounts.email.adapter import AccountMailAdapter
from accounts.login.adapter import SigningInAdapter
from accounts.middleware import note_sign_in_began
from accounts.models import User
from accounts.signup import registration
from accounts.signup.forms import SignUpForm
from notes_site import site


class AccountAdapter(AccountMailAdapter, SigningInAdapter):
    """Who may sign up, and who is told something else than that they are in."""

    def is_open_for_signup(self, _request: HttpRequest) -> bool:
        """Whether anyone may make an account, if only with an invitation or a moderator's yes."""
        return site.current().registration != site.Registration.CLOSED

    def save_user(
        self, request: HttpRequest, user: User, form: SignUpForm, commit: bool = True
    ) -> User:
        """Write who signs up; raises invites.InviteError when their invitation is gone meanwhile.

        The password is hashed before the transaction, so that nobody waits for that.
        """
        super().save_user(request, user, form, commit=False)
        registration.create_account(user, form.admission)
        return user

    def clean_email(self, email: str) -> str:
        """The address; raises ValidationError for one at a blocked domain."""
        if registration.is_blocked(email):
            raise ValidationError(
                _("Addresses at %(domain)s are not accepted here. Please use another one."),
                params={"domain": email.rpartition("@")[2]},
            )
        return email

    def set_password(self, user: User, password: str) -> None:
        """Keep a new password, and write nothing else of the person's row."""
        user.set_password(password)
        user.save(update_fields=["password"])

    def respond_user_inactive(self, request: HttpRequest, user: User) -> HttpResponse:
        """Where somebody goes whose account is not open: to the page that says why."""
        if registration.is_waiting(user):
            return redirect("accounts:waiting")
        response: HttpResponse = super().respond_user_inactive(request, user)
        return response

    def pre_login(self, request: HttpRequest, user: User, **options: Any) -> HttpResponse | None:
        """The answer that stops a sign-in whose password was right; None lets it go on."""
        if user.suspended_at is None:
            note_sign_in_began(request, user)
            response: HttpResponse | None = super().pre_login(request, user, **options)
            return response
        clear_login(request)
        messages.error(request, _suspended(user.suspended_reason))
        return redirect("account_login")


def _suspended(reason: str) -> str:
    return _(
        "This account is suspended: %(reason)s. Nothing was deleted, but nobody can see it. If"
        " you think this is a mistake, contact the people who run this site."
    ) % {"reason": reason.rstrip(".") or _("a moderator made this decision")}
