"""What the site keeps about a person, as it stands in their download."""

from collections.abc import Iterator

from allauth.usersessions.models import UserSession
from django.db.models import Prefetch, Q

from accounts.models import User
from leaving.models import Export
from leaving.rows import AT_ONCE, Row, iso_time
from moderation.models import AuditEntry, Report
from notes_site.ids import encode
from notifications import visible
from notifications.models import Notification, Preferences
from posts.models import Comment, Photo, Post

Kind = AuditEntry.Kind
# These answer who reported something: that somebody did is theirs.
ABOUT_REPORTS = (AuditEntry.Action.AGREE, AuditEntry.Action.DISMISS_REPORT)


def moderation(person: User) -> Iterator[Row]:
    """What moderators decided about the person and their things; never which moderator."""
    posts = Post.objects.filter(author=person).values("pk")
    photos = Photo.objects.filter(owner=person).values("pk")
    comments = Comment.objects.filter(author=person).values("pk")
    about = (
        Q(target_kind=Kind.PERSON, target_id=person.pk)
        | Q(target_kind=Kind.POST, target_id__in=posts)
        | Q(target_kind=Kind.PHOTO, target_id__in=photos)
        | Q(target_kind=Kind.COMMENT, target_id__in=comments)
    )
    entries = AuditEntry.objects.filter(about).exclude(action__in=ABOUT_REPORTS)
    for entry in entries.order_by("pk").iterator():
        yield {
            "at": iso_time(entry.created_at),
            "action": entry.action,
            "kind": entry.target_kind,
            "what": entry.target_code,
            "reason": entry.reason,
        }


def reports(person: User) -> Iterator[Row]:
    """What the person reported to the moderators, and what came of it."""
    for report in Report.objects.filter(reporter=person).order_by("pk").iterator():
        yield {
            "kind": report.target_kind,
            "what": encode(report.target_id),
            "category": report.category,
            "words": report.words,
            "created_at": iso_time(report.created_at),
            "decision": report.decision,
            "decided_at": iso_time(report.decided_at),
        }


def exports(person: User) -> Iterator[Row]:
    """The downloads that are there."""
    for export in Export.objects.filter(user=person).order_by("pk").iterator():
        yield {
            "created_at": iso_time(export.created_at),
            "state": export.state,
            "expires_at": iso_time(export.expires_at),
        }


def sessions(person: User) -> Iterator[Row]:
    """Where the person is signed in; never what a session is opened with."""
    for each in UserSession.objects.filter(user=person).order_by("pk").iterator():
        yield {
            "created_at": iso_time(each.created_at),
            "last_seen_at": iso_time(each.last_seen_at),
            "address": each.ip,
            "agent": each.user_agent,
        }


def notifications(person: User) -> Iterator[Row]:
    """What the person was told, with who did it, as far as they would be shown it today."""
    there = visible.events(person).select_related("actor").order_by("pk")
    lines = Notification.objects.filter(visible.shown_to(person), recipient=person).order_by("pk")
    whole = lines.prefetch_related(Prefetch("events", queryset=there))
    for line in whole.iterator(chunk_size=AT_ONCE):
        yield {
            "kind": line.kind,
            "about": encode(line.subject_id),
            "detail": line.detail,
            "newest_at": iso_time(line.newest_at),
            "by": [
                {"username": each.actor.username, "at": iso_time(each.at)}
                for each in line.events.all()
            ],
        }


def notification_settings(person: User) -> Iterator[Row]:
    """How the person wants to hear."""
    for each in Preferences.objects.filter(person=person):
        yield {
            "seen_at": iso_time(each.seen_at),
            "page_off": each.page_off,
            "mail_on": each.mail_on,
            "rhythm": each.rhythm,
            "quiet_from": str(each.quiet_from or ""),
            "quiet_to": str(each.quiet_to or ""),
            "time_zone": each.time_zone,
        }
