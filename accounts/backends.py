"""Who may sign in."""

from allauth.account.auth_backends import AuthenticationBackend

from accounts.models import User


class SignInBackend(AuthenticationBackend):  # type: ignore[misc]
    """By username or e-mail and password, and never while suspended."""

    def user_can_authenticate(self, user: User) -> bool:
        """Whether the right password opens this account."""
        return user.is_active and user.suspended_at is None

    def get_user(self, user_id: int) -> User | None:
        """The person behind a session.

        A suspended one too: SuspensionMiddleware must see them to end the session for good.
        """
        return User.objects.filter(pk=user_id, is_active=True).first()
