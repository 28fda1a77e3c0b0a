"""The letter to somebody who leaves: where their receipt is, and how to stay."""

import logging

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from leaving import departures
from notes_site import mail

logger = logging.getLogger(__name__)


def address_of(token: str) -> str:
    """The whole address of a receipt."""
    return f"{settings.SITE_URL}{reverse('leaving:receipt', args=[token])}"


def send(person: User, address: str) -> bool:
    """Send the receipt's address; False when that failed.

    In the request and not by a worker: the token is kept nowhere, so no task could be told it.
    """
    if not person.email:
        return True
    try:
        mail.send(
            to=person.email,
            subject=_("You are leaving"),
            template="leaving/letters/leaving.txt",
            context={
                "username": person.username,
                "days": departures.grace().days,
                "address": address,
                "login_url": f"{settings.SITE_URL}{reverse('account_login')}",
            },
        )
    except OSError as error:
        logger.warning("letter about leaving not sent", extra={"why": str(error)})
        return False
    return True
