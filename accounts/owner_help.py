"""What an owner does for somebody where no mail arrives: confirm an address, hand over a link."""

from allauth.account.forms import default_token_generator
from allauth.account.models import EmailAddress
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts.models import User


class AddressTakenError(Exception):
    """Another account has confirmed this address."""


@transaction.atomic
def confirm_address(person: User) -> bool:
    """Confirm a person's main address as if they had opened the link; False when it is already.

    Raises AddressTakenError when another account has confirmed it.
    """
    if not person.email:
        return False
    EmailAddress.objects.get_or_create(
        user=person, email=person.email.lower(), defaults={"primary": True}
    )
    unconfirmed = EmailAddress.objects.filter(
        user=person, email=person.email.lower(), verified=False
    )
    try:
        with transaction.atomic():
            return bool(unconfirmed.update(verified=True))
    except IntegrityError as error:
        raise AddressTakenError from error


def reset_link(person: User) -> str:
    """A link with which a person chooses a new password; the same kind that is sent by mail.

    It works once, for PASSWORD_RESET_TIMEOUT seconds, and not after they signed in meanwhile.
    """
    key = default_token_generator.make_token(person)
    names = {"uidb36": user_pk_to_url_str(person), "key": key}
    return f"{settings.SITE_URL}{reverse('account_reset_password_from_key', kwargs=names)}"
