"""Email of what happened: several things in one, at the hour the person wants it.

When it is due, one row of `notes_site/mail/outgoing.py` promises it, and all that is about sending
is there: the lease, the attempts, giving up. It is written at the moment it is sent, so that a
block or a withdrawn like still counts while a mail server is away. Its lines lose their mark
`mail_waits` only when the server has taken it; should nobody know whether it did, it is not sent
again, but they come along in the next one, and they stand on the page all the while.
"""

from datetime import datetime

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import ngettext

from accounts.models import User
from notes_site import site
from notes_site.mail import outgoing
from notes_site.mail.headers import with_site_name
from notes_site.mail.outgoing import EmailContent
from notes_site.mail.templated import sends_mail
from notes_site.queue.on_commit import queue_on_commit
from notifications import quiet_hours
from notifications.models import Notification, Preferences
from notifications.preferences import token_for
from notifications.presentation import Line, lines, with_people

MAX_LINES = 20
PURPOSE = "notifications"


def sweep(limit: int = 500) -> int:
    """Queue every email that is due; returns how many those are."""
    due = Preferences.objects.filter(mail_due_at__lte=timezone.now()).order_by("mail_due_at")
    people = list(due.values_list("person", flat=True)[:limit])
    for person_id in people:
        queue_on_commit("notifications.tasks.send_mail", person_id)
    return len(people)


def send(person_id: int) -> bool:
    """Send a person the email that is due; True when this call did.

    Any number of workers may try at once: one sends.
    """
    email_id = _promise(person_id)
    return email_id is not None and outgoing.deliver(email_id)


@outgoing.written_when_sent(PURPOSE)
def email_for(person_id: int) -> EmailContent | None:
    """What a person is told now; None when there is nothing any more, or nowhere to tell it.

    Raises outgoing.NotNowError in their quiet hours.
    """
    preferences = Preferences.objects.select_related("person").filter(person=person_id).first()
    if preferences is None:
        return None
    now = timezone.now()
    # Asked again: the email may have waited until quiet hours began.
    if (ends := _end_of_quiet(preferences, now)) > now:
        raise outgoing.NotNowError(ends)
    waiting = _waiting(preferences)
    shown = lines(waiting, preferences.person, preferences.seen_at)
    # What they saw on the page is no news; a line for email alone can't have been seen there.
    told = [line for line in shown if line.is_new or not line.row.on_page]
    address = address_of(preferences.person)
    if not (told and address):
        _done(preferences, waiting)
        return None
    return render_email(preferences, address, told, waiting)


@transaction.atomic
def _promise(person_id: int) -> int | None:
    """The number of the email that is due to a person; None when none is, or not now."""
    now = timezone.now()
    due = Preferences.objects.filter(mail_due_at__lte=now)
    preferences = due.filter(person=person_id).first()
    if preferences is None:
        return None
    if (ends := _end_of_quiet(preferences, now)) > now:
        _take(preferences, ends)
        return None
    if not _take(preferences, None):
        return None
    return outgoing.queue_for(person_id, PURPOSE).pk


def address_of(person: User) -> str:
    """Where a person's emails go; '' without a confirmed address, or where no mail is sent."""
    if not (sends_mail() and person.is_in_good_standing):
        return ""
    confirmed = EmailAddress.objects.filter(user=person.pk, verified=True).order_by("-primary")
    return str(confirmed.values_list("email", flat=True).first() or "")


def render_email(
    preferences: Preferences, address: str, told: list[Line], waiting: list[Notification]
) -> EmailContent:
    """The words: who did what, without what anybody wrote, for that may be taken back."""
    person = preferences.person
    way_out = settings.SITE_URL + reverse("notifications:unsubscribe", args=[token_for(person.pk)])
    context = {
        "site_name": site.current().name,
        "site_url": settings.SITE_URL,
        "person": person,
        "lines": told[:MAX_LINES],
        "way_out": way_out,
        "more": len(told) - MAX_LINES,
    }
    news = ngettext("%(first)s", "%(first)s, and more", len(told)) % {"first": told[0].plain}
    return EmailContent(
        to=address,
        subject=with_site_name(news),
        text=render_to_string("notifications/mail/notifications.txt", context).strip() + "\n",
        html=render_to_string("notifications/mail/notifications.html", context),
        headers={
            "List-Unsubscribe": f"<{way_out}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
        when_sent=lambda: _done(preferences, waiting),
    )


def _end_of_quiet(preferences: Preferences, now: datetime) -> datetime:
    """When these quiet hours end; `now` when there are none."""
    zone = quiet_hours.zone_of(preferences.time_zone)
    return quiet_hours.after_quiet(now, preferences.quiet_from, preferences.quiet_to, zone)


def _waiting(preferences: Preferences) -> list[Notification]:
    """What is to stand in the email, newest first; one more than fits is enough to know."""
    rows = Notification.objects.filter(recipient=preferences.pk, mail_waits=True)
    rows = with_people(rows.filter(kind__in=preferences.mail_on), preferences.person)
    return list(rows.order_by("-newest_at", "-pk")[: 2 * MAX_LINES])


def _take(preferences: Preferences, until: datetime | None) -> bool:
    """Compare and set: move the due moment, unless another worker did; True when this call did."""
    same = Preferences.objects.filter(pk=preferences.pk, mail_due_at=preferences.mail_due_at)
    return bool(same.update(mail_due_at=until))


def _done(preferences: Preferences, waiting: list[Notification]) -> None:
    """Take the marks off what was told and what is older; what came meanwhile keeps its own."""
    mine = Notification.objects.filter(recipient=preferences.pk, mail_waits=True)
    read = Q(newest_at__lte=waiting[0].newest_at) if waiting else Q(newest_at__lte=timezone.now())
    mine.filter(read).update(mail_waits=False)
