"""E-mail of what happened: several things in one letter, at the hour the person wants it.

What is guaranteed: a letter is sent at most once. A worker makes the whole letter and reaches the
mail server first; then it takes `mail_due_at` away by compare-and-set, and only who did that sends.
A refusal by the server puts the moment back, later. Should the worker die, or the line break, in
between, nobody knows whether the letter went out, and it is not sent again; but its lines lose
their mark `mail_waits` only after the server's answer, so they come along in the next letter, and
they stand on the page all the while.
"""

import logging
import smtplib
from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db.models import F, Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import ngettext

from accounts.models import User
from notes_site import site
from notes_site.mail import sends_mail
from notes_site.transactions import queue_on_commit
from notifications import quiet
from notifications.lines import Line, lines, with_people
from notifications.models import Notification, Preferences
from notifications.preferences import token_for

logger = logging.getLogger(__name__)
MOST_LINES = 20
FIRST_DELAY = timedelta(minutes=10)
LONGEST_DELAY = timedelta(hours=6)
MOST_ATTEMPTS = 12
# The server said no: nothing went out, and it may be tried again.
_REFUSED = (smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused)


def sweep(limit: int = 500) -> int:
    """Queue every letter that is due; returns how many those are."""
    from notifications.tasks import send_mail

    due = Preferences.objects.filter(mail_due_at__lte=timezone.now()).order_by("mail_due_at")
    people = list(due.values_list("person", flat=True)[:limit])
    for person_id in people:
        queue_on_commit(send_mail, person_id)
    return len(people)


def send(person_id: int) -> bool:
    """Send a person the letter that is due; True when this call did.

    Any number of workers may try at once: one sends.
    """
    now = timezone.now()
    due = Preferences.objects.select_related("person").filter(mail_due_at__lte=now)
    preferences = due.filter(person=person_id).first()
    if preferences is None or _is_quiet(preferences, now):
        return False
    waiting = _waiting(preferences)
    shown = lines(waiting, preferences.person, preferences.seen_at)
    told = [line for line in shown if line.is_new or not line.row.on_page]
    address = address_of(preferences.person)
    if not (told and address):
        _take(preferences, None)
        _done(preferences, waiting)
        return False
    return _deliver(preferences, letter(preferences.person, address, told), waiting)


def address_of(person: User) -> str:
    """Where a person's letters go; '' without a confirmed address, or where no mail is sent."""
    if not (sends_mail() and person.is_standing):
        return ""
    confirmed = EmailAddress.objects.filter(user=person.pk, verified=True).order_by("-primary")
    return str(confirmed.values_list("email", flat=True).first() or "")


def letter(person: User, address: str, told: list[Line]) -> EmailMultiAlternatives:
    """The letter: who did what, without anybody's words, for it outlives what may be taken back."""
    name = site.current().name
    way_out = settings.SITE_URL + reverse("notifications:unsubscribe", args=[token_for(person.pk)])
    context = {
        "site_name": name,
        "site_url": settings.SITE_URL,
        "person": person,
        "lines": told[:MOST_LINES],
        "way_out": way_out,
        "more": len(told) - MOST_LINES,
    }
    news = ngettext("%(first)s", "%(first)s, and more", len(told)) % {"first": told[0].plain}
    message = EmailMultiAlternatives(
        " ".join(f"[{name}] {news}".split()),
        render_to_string("notifications/mail/letter.txt", context).strip() + "\n",
        to=[address],
        headers={
            "List-Unsubscribe": f"<{way_out}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            "Auto-Submitted": "auto-generated",
        },
    )
    message.attach_alternative(
        render_to_string("notifications/mail/letter.html", context), "text/html"
    )
    return message


def _deliver(
    preferences: Preferences, message: EmailMultiAlternatives, waiting: list[Notification]
) -> bool:
    connection = get_connection()
    try:
        connection.open()
    except OSError as error:
        _postpone(preferences, preferences.mail_due_at, error)
        return False
    try:
        if not _take(preferences, None):
            return False
        connection.send_messages([message])
    except _REFUSED as error:
        _postpone(preferences, None, error)
        return False
    finally:
        connection.close()
    _done(preferences, waiting)
    return True


def _is_quiet(preferences: Preferences, now: datetime) -> bool:
    """Whether these are quiet hours; then the letter waits for their end."""
    zone = quiet.zone_of(preferences.time_zone)
    ends = quiet.after_quiet(now, preferences.quiet_from, preferences.quiet_to, zone)
    if ends > now:
        _take(preferences, ends)
    return ends > now


def _waiting(preferences: Preferences) -> list[Notification]:
    """What is to stand in the letter, newest first; one more than fits is enough to know."""
    rows = Notification.objects.filter(recipient=preferences.pk, mail_waits=True)
    rows = with_people(rows.filter(kind__in=preferences.mail_on), preferences.person)
    return list(rows.order_by("-newest_at", "-pk")[: 2 * MOST_LINES])


def _take(preferences: Preferences, until: datetime | None) -> bool:
    """Compare and set: move the due moment, unless another worker did; True when this call did."""
    same = Preferences.objects.filter(pk=preferences.pk, mail_due_at=preferences.mail_due_at)
    return bool(same.update(mail_due_at=until))


def _postpone(preferences: Preferences, due: datetime | None, error: Exception) -> None:
    """Try again later, and later each time, unless something new is due before that.

    After MOST_ATTEMPTS only something new makes it try again.
    """
    delay = min(FIRST_DELAY * 2 ** min(preferences.mail_attempts, 10), LONGEST_DELAY)
    given_up = preferences.mail_attempts >= MOST_ATTEMPTS
    logger.warning("a letter waits", extra={"person": preferences.pk, "why": repr(error)})
    Preferences.objects.filter(pk=preferences.pk, mail_due_at=due).update(
        mail_due_at=None if given_up else timezone.now() + delay,
        mail_attempts=F("mail_attempts") + (0 if given_up else 1),
    )


def _done(preferences: Preferences, waiting: list[Notification]) -> None:
    """Take the marks off what was told and what is older; what came meanwhile keeps its own."""
    mine = Notification.objects.filter(recipient=preferences.pk, mail_waits=True)
    read = Q(newest_at__lte=waiting[0].newest_at) if waiting else Q(newest_at__lte=timezone.now())
    mine.filter(read).update(mail_waits=False)
    Preferences.objects.filter(pk=preferences.pk).update(mail_attempts=0)
