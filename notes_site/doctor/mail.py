"""Mail: would the server take what this site sends? Asked without sending anything."""

import smtplib

from django.conf import settings
from django.core.mail import get_connection

from notes_site.doctor.complaints import CautionError, ComplaintError
from notes_site.env import is_loopback
from notes_site.mail.templated import sends_mail

TIMEOUT_SECONDS = 5


def mail() -> str:
    """The mail server takes a message from our sender, to our sender."""
    if not sends_mail():
        if settings.ON_THIS_MACHINE_ONLY:
            return "printed to the log"
        raise CautionError(
            "it is only written to the log, so nobody gets a link to confirm an address or to"
            " choose a new password; set EMAIL_URL to send it"
        )
    connection = get_connection(timeout=TIMEOUT_SECONDS)
    connection.open()
    try:
        _refuse_a_local_sender()
        server = getattr(connection, "connection", None)
        if isinstance(server, smtplib.SMTP):
            _ask(server)
    finally:
        connection.close()
    return f"would be taken from {settings.EMAIL_FROM}"


def _refuse_a_local_sender() -> None:
    domain = settings.EMAIL_FROM.rpartition("@")[2]
    # A bare name is one that no other machine could answer to.
    is_bare = not set(domain) & set(".:")
    if is_bare or is_loopback(domain.strip("[]").removeprefix("IPv6:")):
        raise ComplaintError(
            f"it would come from {settings.EMAIL_FROM}, which strict servers refuse; set EMAIL_FROM"
            " to an address at your own domain"
        )


def _ask(server: smtplib.SMTP) -> None:
    """MAIL FROM and RCPT TO, and then RSET, which forgets both (RFC 5321, 4.1.1.5)."""
    sender = settings.EMAIL_FROM
    server.ehlo_or_helo_if_needed()
    code, words = server.mail(sender)
    if code != 250:
        raise ComplaintError(
            f"the server refuses mail from {sender}: {_said(code, words)}; set EMAIL_FROM to an"
            " address that it may send for"
        )
    code, words = server.rcpt(sender)
    server.rset()
    # 251 forwards, 252 can't tell before it tries; 4xx often means "ask again in a minute".
    if code >= 500:
        raise ComplaintError(
            f"the server takes no mail for {sender}: {_said(code, words)}; make that mailbox, so"
            " that answers and bounces arrive, or set EMAIL_FROM to one that exists"
        )


def _said(code: int, words: bytes) -> str:
    return f"{code} {words.decode(errors='replace')}".replace("\n", " ")
