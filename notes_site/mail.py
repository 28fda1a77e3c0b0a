"""Letters from the site itself, outside of any request."""

from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string

from notes_site import site

_NOWHERE = (".console.EmailBackend", ".dummy.EmailBackend")


def sends_mail() -> bool:
    """Whether mail leaves this site, rather than being printed to its log."""
    return not settings.EMAIL_BACKEND.endswith(_NOWHERE)


def send(*, to: str, subject: str, template: str, context: dict[str, Any]) -> None:
    """Send one plain letter; nothing where the site sends no mail.

    Raises OSError (of which smtplib's errors are kinds) when the mail server is away or refuses.
    """
    if not sends_mail():
        return
    name = site.current().name
    body = render_to_string(template, context | {"site_name": name, "site_url": settings.SITE_URL})
    EmailMessage(f"[{name}] {subject}", body.strip() + "\n", to=[to]).send()
