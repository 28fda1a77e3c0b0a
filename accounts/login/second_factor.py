"""Second factors, as kept by django-allauth."""

from allauth.mfa.utils import is_mfa_enabled

from accounts.models import User


def has_second_factor(user: User) -> bool:
    """Whether the person signs in with more than a password."""
    return bool(is_mfa_enabled(user))
