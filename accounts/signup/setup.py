"""The owner's account: made once, with the one-time token of the printed link."""

from urllib.parse import urlencode

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import transaction
from django.urls import reverse

from accounts.models import SetupToken, User
from notes_site import site


class SetupDoneError(Exception):
    """There is an owner already, or the token was used in another tab meanwhile."""


def owner_exists() -> bool:
    """Whether the site has an owner."""
    return User.objects.filter(is_superuser=True, is_active=True).exists()


def new_setup_link() -> str:
    """A set-up link with a fresh token, or '' when there is an owner."""
    if owner_exists():
        return ""
    token = SetupToken.issue()
    return f"{settings.SITE_URL}{reverse('accounts:setup')}?{urlencode({'token': token})}"


@transaction.atomic
def create_owner(
    *,
    token: str,
    username: str,
    email: str,
    password: str,
    site_name: str = "",
    registration: str = "",
) -> User:
    """Make the owner, use up the token, and keep what they chose for the site.

    What is the same in the environment is left to it, so that it can be changed there too.
    Raises SetupDoneError when the token is no longer good.
    """
    # Deleting the row decides: the second of two tabs deletes none.
    used, _rows = SetupToken.objects.filter(digest=SetupToken.digest_of(token)).delete()
    if not used or owner_exists():
        raise SetupDoneError
    owner = User.objects.create_superuser(username=username, email=email, password=password)
    EmailAddress.objects.create(user=owner, email=email, primary=True, verified=True)
    site.change(
        name="" if site_name == settings.SITE_NAME else site_name,
        registration="" if registration == settings.REGISTRATION else registration,
    )
    return owner
