"""Emails that the site writes from a template; like all email, they leave by `outgoing`."""

from typing import Any

from django.conf import settings
from django.template.loader import render_to_string

from notes_site import site
from notes_site.mail import outgoing
from notes_site.mail.headers import with_site_name

_NOWHERE = (".console.EmailBackend", ".dummy.EmailBackend")


def sends_mail() -> bool:
    """Whether mail leaves this site, rather than being printed to its log."""
    return not settings.EMAIL_BACKEND.endswith(_NOWHERE)


def send(*, to: str, subject: str, template: str, context: dict[str, Any]) -> None:
    """Have one plain email sent once this transaction is committed; nothing without mail."""
    if not sends_mail():
        return
    words = context | {"site_name": site.current().name, "site_url": settings.SITE_URL}
    body = render_to_string(template, words)
    outgoing.queue(to=to, subject=with_site_name(subject), text=body, purpose=template)
