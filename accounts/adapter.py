"""What django-allauth asks this site."""

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Sign-up follows REGISTRATION."""

    def is_open_for_signup(self, _request: HttpRequest) -> bool:
        """Whether anyone may make an account."""
        return bool(settings.REGISTRATION == "open")
