"""What django-allauth mails: written here, sent by the one door, with links below SITE_URL."""

from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.core import context as allauth_context
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest
from django.urls import reverse

from accounts.email import addresses
from accounts.models import User
from notes_site import site
from notes_site.mail import outgoing
from notes_site.mail.headers import with_site_name
from notes_site.mail.templated import sends_mail


class AccountMailAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """The part of what django-allauth asks that is about mail and addresses."""

    def should_send_confirmation_mail(
        self, request: HttpRequest, email_address: EmailAddress, signup: bool
    ) -> bool:
        """Whether to ask for a confirmation by mail: not where no mail is sent."""
        return sends_mail()

    def format_email_subject(self, subject: str) -> str:
        """The subject after the name that the site has now."""
        return with_site_name(subject)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Have an email sent after commit; whatever the mail server does, this request goes on."""
        # django-allauth would take the site's name and links from the request's host.
        words = {
            "request": allauth_context.request,
            "email": email,
            "current_site": SimpleNamespace(
                name=site.current().name, domain=urlsplit(settings.SITE_URL).netloc
            ),
            **context,
            "signup_url": _absolute("account_signup"),
            "password_reset_url": context.get("password_reset_url")
            or _absolute("account_reset_password"),
        }
        message = self.render_mail(template_prefix, email, words)
        outgoing.queue(
            to=email,
            subject=str(message.subject),
            text=str(message.body),
            purpose=template_prefix,
        )

    def send_account_already_exists_mail(self, email: str) -> None:
        """Tell whose address it is that somebody typed it here."""
        self.send_mail(
            "account/email/account_already_exists",
            email,
            {"login_url": _absolute("account_login")},
        )

    def send_confirmation_mail(
        self, request: HttpRequest, emailconfirmation: EmailConfirmationHMAC, signup: bool
    ) -> None:
        """Ask the mailbox to confirm the address; an account that has it already is told instead.

        Nobody but the mailbox learns which of the two it was.
        """
        address = emailconfirmation.email_address
        addresses.note_pending(address)
        # Read in both cases, so that both take as long.
        newcomer: User = address.user
        if addresses.is_taken(address) and newcomer.pk:
            self.send_account_already_exists_mail(address.email)
        else:
            super().send_confirmation_mail(request, emailconfirmation, signup)

    def get_email_confirmation_url(
        self, request: HttpRequest, emailconfirmation: EmailConfirmationHMAC
    ) -> str:
        """The link that confirms an address."""
        return _absolute("account_confirm_email", emailconfirmation.key)

    def get_reset_password_from_key_url(self, key: str) -> str:
        """The link with which a new password is chosen."""
        uid, _dash, token = key.partition("-")
        return _absolute("account_reset_password_from_key", uid, token)

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """Confirm an address; False when another account was first."""
        try:
            addresses.confirm(email_address)
        except addresses.AddressTakenError:
            self.add_message(
                request,
                messages.ERROR,
                "account/messages/email_confirmation_failed.txt",
                {"email": email_address.email},
            )
            return False
        email_address.refresh_from_db()
        email_address.user.refresh_from_db(fields=["email"])
        # The row is confirmed already; this sends django-allauth's signals and its message.
        return bool(super().confirm_email(request, email_address))


def _absolute(name: str, *parts: str) -> str:
    return f"{settings.SITE_URL}{reverse(name, args=parts)}"
