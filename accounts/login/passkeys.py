"""Passkeys: for whom they are made, what they are called, and when one must stay."""

from typing import Any
from urllib.parse import urlsplit

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.utils.translation import gettext as _

from accounts.models import User
from notes_site import site


class PasskeyAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """What django-allauth asks about second factors and passkeys."""

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """The site a passkey is good for: the host of SITE_URL, whatever host was asked."""
        return {"id": urlsplit(settings.SITE_URL).hostname or "", "name": site.current().name}

    def get_totp_issuer(self) -> str:
        """What an authenticator app shows above the codes."""
        return site.current().name

    def get_public_key_credential_user_entity(self, user: User) -> dict[str, Any]:
        """What a device shows beside the passkey: the username, never the email address."""
        entity = dict(super().get_public_key_credential_user_entity(user))
        return entity | {"name": user.username, "display_name": user.name}

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:
        """A name for a passkey whose person gave it none."""
        count = Authenticator.objects.filter(user_id=user.pk, type=type).count()
        if not count:
            return _("My passkey")
        return _("Passkey %(number)s") % {"number": count + 1}


def is_only_way_in(passkey: Authenticator) -> bool:
    """Whether its person could not sign in without it: no password and no other passkey."""
    others = Authenticator.objects.filter(user=passkey.user_id, type=passkey.type)
    return not passkey.user.has_usable_password() and not others.exclude(pk=passkey.pk).exists()
