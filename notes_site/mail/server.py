"""Handing a message to the mail server, and what its answer means for the next attempt."""

import contextlib
import enum
import smtplib
from dataclasses import dataclass

from django.core.mail import EmailMessage, get_connection


class Verdict(enum.Enum):
    """What is known after an attempt."""

    SENT = enum.auto()
    # The server can't be used by anybody for now: it is away, hangs, or refuses us as a sender.
    AWAY = enum.auto()
    # Not this message, not now (4xx).
    LATER = enum.auto()
    # Not this message, ever (5xx).
    REFUSED = enum.auto()
    # The line broke while the message was on it: it may have arrived.
    UNKNOWN = enum.auto()


@dataclass(frozen=True)
class Answer:
    """A verdict, with the server's words for the people who run the site."""

    verdict: Verdict
    words: str = ""


def post(message: EmailMessage) -> Answer:
    """Try once, for some multiples of EMAIL_TIMEOUT at most; never raises for what a server does.

    A sender or a machine that is refused is the site's fault and not this message's, so it is
    tried again until that is put right.
    """
    connection = get_connection()
    try:
        connection.open()
    # A host, name or password that can't be written on the line raises the latter.
    except (OSError, ValueError) as error:
        return Answer(Verdict.AWAY, _words(error))
    try:
        connection.send_messages([message])
    # All of smtplib's errors are OSErrors.
    except (OSError, ValueError) as error:
        return Answer(_verdict(error), _words(error))
    finally:
        # What happens to the goodbye changes nothing: the message was taken, or it was not.
        with contextlib.suppress(OSError):
            connection.close()
    return Answer(Verdict.SENT)


def _verdict(error: Exception) -> Verdict:
    if isinstance(error, (smtplib.SMTPHeloError, smtplib.SMTPSenderRefused)):
        return Verdict.AWAY
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = [code for code, _words in error.recipients.values()]
        return Verdict.REFUSED if all(code >= 500 for code in codes) else Verdict.LATER
    if isinstance(error, smtplib.SMTPResponseException):
        return Verdict.REFUSED if error.smtp_code >= 500 else Verdict.LATER
    # An address or a header that can't be written down for this server will not be next time.
    if isinstance(error, (smtplib.SMTPNotSupportedError, ValueError)):
        return Verdict.REFUSED
    return Verdict.UNKNOWN


def _words(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return "; ".join(_said(code, words) for code, words in error.recipients.values())
    if isinstance(error, smtplib.SMTPResponseException):
        return _said(error.smtp_code, error.smtp_error)
    return str(error) or type(error).__name__


def _said(code: int, words: bytes | str) -> str:
    text = words.decode(errors="replace") if isinstance(words, bytes) else words
    return f"{code} {text}".replace("\n", " ")
