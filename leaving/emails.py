"""The email to somebody who leaves: where their receipt is, and how to stay."""

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from leaving import departures
from notes_site.mail import templated


def address_of(token: str) -> str:
    """The whole address of a receipt."""
    return f"{settings.SITE_URL}{reverse('leaving:receipt', args=[token])}"


def send(person: User, address: str) -> None:
    """Have the receipt's address sent; until then it stands in that email, else nowhere."""
    if not person.email:
        return
    templated.send(
        to=person.email,
        subject=_("You’re leaving"),
        template="leaving/mail/leaving.txt",
        context={
            "username": person.username,
            "days": departures.grace_period().days,
            "address": address,
            "login_url": f"{settings.SITE_URL}{reverse('account_login')}",
        },
    )
