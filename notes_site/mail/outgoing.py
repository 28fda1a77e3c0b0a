"""The one door through which email leaves: a row, written with what it tells of, sent by a worker.

The row is the truth and the broker only a hint: the sweep finds what is due. A worker takes a row
by compare-and-set of its lease, so of any number one sends. What failed is tried again after 30 s,
1 min, 2 min, … at most an hour, and given up after three days, or at once when the server will
never take it. A server that is away is asked by one worker every 20 s, not by all for each row.

A message that may have arrived already (the line broke, the worker died) is sent again under the
same Message-ID: a link that comes twice is better than none. Only what is written when it is sent
(`written_when_sent`) is not, for its lines come along in the next one.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from notes_site.ids import encode
from notes_site.mail.headers import message_id, recipient, sender
from notes_site.mail.server import Answer, Verdict, post
from notes_site.models import OutgoingEmail
from notes_site.queue import leases
from notes_site.queue.on_commit import queue_on_commit

logger = logging.getLogger(__name__)
State = OutgoingEmail.State

FIRST_DELAY = timedelta(seconds=30)
LONGEST_DELAY = timedelta(hours=1)
GIVEN_UP_AFTER = timedelta(days=3)
# For so long nobody else asks a server that was away a moment ago.
PAUSE = timedelta(seconds=20)
# A conversation has a dozen steps, each of which may take EMAIL_TIMEOUT.
SHORTEST_LEASE = timedelta(minutes=5)
STEPS = 20
# How long a row is kept without its words, for the admin and `/metrics`.
SENT_KEPT = timedelta(days=7)
FAILED_KEPT = timedelta(days=14)


class NotNowError(Exception):
    """What is written when it is sent is not to be sent before `until`."""

    def __init__(self, until: datetime) -> None:
        super().__init__(until)
        self.until = until


@dataclass(frozen=True)
class EmailContent:
    """What is to be sent, and what to note in the transaction that notes that it was."""

    to: str
    subject: str
    text: str
    html: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    when_sent: Callable[[], None] = lambda: None


Writer = Callable[[int], EmailContent | None]
_writers: dict[str, Writer] = {}


def written_when_sent(purpose: str) -> Callable[[Writer], Writer]:
    """Register who writes emails of a purpose for a person, at the moment they are sent.

    It returns None when there is nothing to tell any more, and raises NotNowError to wait.
    """

    def register(writer: Writer) -> Writer:
        _writers[purpose] = writer
        return writer

    return register


def queue(*, to: str, subject: str, text: str, purpose: str, html: str = "") -> OutgoingEmail:
    """Write an email into the current transaction and queue its sending after commit."""
    email = OutgoingEmail.objects.create(
        purpose=purpose,
        to=to,
        subject=subject,
        text=text.strip() + "\n",
        html=html,
        next_try_at=timezone.now(),
    )
    queue_on_commit("notes_site.tasks.send_email", email.pk)
    return email


def queue_for(person_id: int, purpose: str) -> OutgoingEmail:
    """The email of this purpose that waits for a person, made when there is none."""
    return OutgoingEmail.objects.get_or_create(
        purpose=purpose,
        person_id=person_id,
        state=State.WAITING,
        defaults={"next_try_at": timezone.now()},
    )[0]


def deliver(email_id: int) -> bool:
    """Send an email that is due; True when this call did. Any number of workers may try."""
    if _is_away(timezone.now()):
        return False
    email = _take(email_id)
    if email is None:
        return False
    try:
        content = _content_of(email)
    except NotNowError as wait:
        _free(email, next_try_at=wait.until)
        return False
    if content is None:
        _mine(email).delete()
        return False
    return _settle(email, content, post(_message(email, content)))


def sweep(limit: int = 100) -> int:
    """Queue what is due, the longest first; forget what ended long ago. Returns how many."""
    now = timezone.now()
    OutgoingEmail.objects.filter(state=State.SENT, ended_at__lt=now - SENT_KEPT).delete()
    OutgoingEmail.objects.filter(state=State.FAILED, ended_at__lt=now - FAILED_KEPT).delete()
    if _is_away(now):
        return 0
    due = _due(now).order_by("next_try_at").values_list("pk", flat=True)[:limit]
    email_ids = list(due)
    for email_id in email_ids:
        queue_on_commit("notes_site.tasks.send_email", email_id)
    return len(email_ids)


def forget(*addresses: str) -> int:
    """Erase every email to these addresses, sent or not; returns how many."""
    return OutgoingEmail.objects.filter(to__in=addresses).delete()[0]


def _due(now: datetime) -> "QuerySet[OutgoingEmail]":
    return OutgoingEmail.objects.filter(leases.free(), state=State.WAITING, next_try_at__lte=now)


def _is_away(now: datetime) -> bool:
    # A moment in the future is a clock that was put back since.
    lately = Q(away_at__gt=now - PAUSE, away_at__lte=now)
    return OutgoingEmail.objects.filter(lately, state=State.WAITING).exists()


def _take(email_id: int) -> OutgoingEmail | None:
    now = timezone.now()
    until = now + max(SHORTEST_LEASE, timedelta(seconds=STEPS * (settings.EMAIL_TIMEOUT or 0)))
    before = _due(now).filter(pk=email_id).first()
    if before is None:
        return None
    # Whoever takes it first changes the lease, and the others find no row.
    same = _due(now).filter(pk=email_id, leased_until=before.leased_until)
    if not same.update(leased_until=until, attempts=F("attempts") + 1):
        return None
    is_too_late = now - before.created_at > GIVEN_UP_AFTER
    if before.leased_until and (before.person_id is not None or is_too_late):
        # Whoever held it died, and nobody knows whether it was sent.
        _end(OutgoingEmail.objects.filter(pk=email_id), State.FAILED, "a worker died over it")
        return None
    return OutgoingEmail.objects.get(pk=email_id)


def _content_of(email: OutgoingEmail) -> EmailContent | None:
    if email.person_id is not None:
        return _writers[email.purpose](email.person_id)
    return EmailContent(to=email.to, subject=email.subject, text=email.text, html=email.html)


def _message(email: OutgoingEmail, content: EmailContent) -> EmailMultiAlternatives:
    headers = {
        "From": sender(),
        "Message-ID": message_id(encode(email.pk)),
        # Keeps out-of-office replies away (RFC 3834).
        "Auto-Submitted": "auto-generated",
    }
    message = EmailMultiAlternatives(
        content.subject,
        content.text,
        settings.EMAIL_FROM,
        [recipient(content.to)],
        headers=headers | content.headers,
    )
    if content.html:
        message.attach_alternative(content.html, "text/html")
    return message


@transaction.atomic
def _settle(email: OutgoingEmail, content: EmailContent, answer: Answer) -> bool:
    if answer.verdict is Verdict.SENT:
        _end(_mine(email), State.SENT)
        # The server is back: what waits for it need not wait any longer.
        OutgoingEmail.objects.filter(away_at__isnull=False).update(away_at=None)
        content.when_sent()
        return True
    log = {"email": email.pk, "purpose": email.purpose, "verdict": answer.verdict.name}
    logger.warning("an email was not sent", extra=log)
    now = timezone.now()
    is_lost = answer.verdict is Verdict.UNKNOWN and email.person_id is not None
    is_too_late = now - email.created_at > GIVEN_UP_AFTER
    if answer.verdict is Verdict.REFUSED or is_lost or is_too_late:
        _end(_mine(email), State.FAILED, answer.words)
        return False
    _free(
        email,
        # Without the bound, two days of attempts would overflow a timedelta.
        next_try_at=now + min(FIRST_DELAY * 2 ** min(email.attempts - 1, 10), LONGEST_DELAY),
        away_at=None if answer.verdict is Verdict.LATER else now,
        error=answer.words[:300],
    )
    return False


def _mine(email: OutgoingEmail) -> "QuerySet[OutgoingEmail]":
    """The row while the lease is still this worker's."""
    return OutgoingEmail.objects.filter(pk=email.pk, leased_until=email.leased_until)


def _free(email: OutgoingEmail, **columns: Any) -> None:
    _mine(email).update(leased_until=None, **columns)


def _end(rows: "QuerySet[OutgoingEmail]", state: str, error: str = "") -> None:
    """Note how it ended, and erase its words."""
    rows.update(
        state=state,
        ended_at=timezone.now(),
        error=error[:300],
        subject="",
        text="",
        html="",
        next_try_at=None,
        leased_until=None,
        away_at=None,
    )
