"""What an owner does for somebody where no mail arrives: confirm an address, hand over a link."""

from allauth.account.forms import default_token_generator
from allauth.account.models import EmailAddress
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.db import transaction
from django.urls import reverse

from accounts.email import addresses
from accounts.models import User


@transaction.atomic
def confirm_address(person: User) -> bool:
    """Confirm a person's main address as if they had opened the link; False when it is already.

    Raises addresses.AddressTakenError when another account has confirmed it.
    """
    if not person.email:
        return False
    # django-allauth keeps addresses in lowercase.
    address, _made = EmailAddress.objects.get_or_create(
        user=person, email=person.email.lower(), defaults={"primary": True}
    )
    return addresses.confirm(address)


def reset_link(person: User) -> str:
    """A link with which a person chooses a new password; the same kind that is sent by mail.

    It works once, for PASSWORD_RESET_TIMEOUT seconds, and not after they signed in meanwhile. It
    was handed over and not mailed, so it proves no address: nothing but the password changes.
    """
    key = default_token_generator.make_token(person)
    names = {"uidb36": user_pk_to_url_str(person), "key": key}
    return f"{settings.SITE_URL}{reverse('account_reset_password_from_key', kwargs=names)}"
