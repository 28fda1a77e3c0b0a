"""Who may sign in."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.http import HttpRequest

from accounts.login import signed_in
from accounts.login.sign_ins import account_of
from accounts.models import User


# Every session keeps the dotted path of this class: moving it would sign everyone out.
class SignInBackend(AuthenticationBackend):  # type: ignore[misc]
    """By username or email and password, and never while suspended."""

    def user_can_authenticate(self, user: User) -> bool:
        """Whether the right password opens this account."""
        return user.is_active and user.suspended_at is None

    def get_user(self, user_id: int) -> User | None:
        """The person behind a session.

        A suspended one too: GoodStandingMiddleware must see them to end the session for good.
        """
        return signed_in.person(user_id)

    def _authenticate(self, request: HttpRequest | None, **credentials: Any) -> User | None:
        """One password is hashed once, whatever was typed: the time tells nothing."""
        login = str(credentials.get("email") or credentials.get("username") or "")
        person: User | None = self._check_password(account_of(login), credentials["password"])
        return person
