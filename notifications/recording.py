"""Writing notifications: each call makes a person's lines agree with what is so.

Events come late, twice and in any order. So nothing here counts events: under the lock of the
person's preferences it is asked whether the thing is so now, and the line is written or taken back.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F, OuterRef, Subquery
from django.utils import timezone

from accounts.models import User
from accounts.models.relations import muted_by
from notifications import quiet_hours, visible
from notifications.kinds import Kind
from notifications.models import Notification, NotificationEvent, Preferences
from notifications.moderation_queue import ModerationQueue
from posts.models import Post


@dataclass(frozen=True)
class LineKey:
    """Which line of whose: ids of the recipient, the thing, its post, the comment it is about."""

    recipient: int
    kind: Kind
    subject: int
    post: int | None = None
    comment: int | None = None


@transaction.atomic
def settle(
    about: LineKey,
    actor: int,
    so: Callable[[], bool],
    *,
    comment: int | None = None,
    fresh: bool = True,
) -> None:
    """Write that `actor` did it, or take it back, by whether it is so now; safe to run twice.

    Nobody is told of what they did themselves, of what they may not see, or of anybody they
    muted or are apart from. `comment` is the one by which it was done; without `fresh` something
    is only taken back.
    """
    preferences = lock(about.recipient)
    if preferences is None:
        return
    if not so():
        rows = NotificationEvent.objects.filter(actor=actor, comment=comment)
        _take_back(rows.filter(notification__in=_lines(about)))
    elif fresh and about.recipient != actor and _may_be_told(preferences, about, actor, comment):
        _tell(preferences, about, actor, comment)


@transaction.atomic
def settle_state(about: LineKey, state: Callable[[str], str]) -> None:
    """Set a line without people to the state that `state(former)` gives; '' takes it away."""
    preferences = lock(about.recipient)
    if preferences is None:
        return
    line = _lines(about).first()
    former = line.detail if line else ""
    detail = state(former)
    if detail == former:
        return
    if not detail:
        _lines(about).delete()
    elif wants_to_hear(preferences, about.kind):
        _raise(preferences, _line(about), timezone.now(), detail=detail)


@transaction.atomic
def settle_queue(about: LineKey, queue: Callable[[], ModerationQueue]) -> None:
    """Let one line say how much waits: as something new only when more came; none when none does.

    It holds what `queue` gives under the lock, so a late or second event changes nothing.
    """
    preferences = lock(about.recipient)
    if preferences is None:
        return
    line = _lines(about).first()
    former, now = ModerationQueue.read(line.detail if line else ""), queue()
    if now == former:
        return
    if not now.number:
        _lines(about).delete()
    elif now.newest <= former.newest:
        _lines(about).update(detail=now.detail)
    elif wants_to_hear(preferences, about.kind):
        _raise(preferences, _line(about), timezone.now(), detail=now.detail)


@transaction.atomic
def forget_each_other(one: int, other: int) -> None:
    """Take away what either of the two was told of the other."""
    # In the order of ids, so that two calls for the same people never wait for each other.
    for recipient, actor in sorted([(one, other), (other, one)]):
        if lock(recipient):
            rows = NotificationEvent.objects.filter(actor=actor)
            _take_back(rows.filter(notification__recipient=recipient))


@transaction.atomic
def turn_into_follow(recipient: int, requester: int) -> None:
    """Let the line of a request that was accepted say that its person follows: that is no news."""
    lock(recipient)
    lines = Notification.objects.filter(recipient=recipient, subject_id=requester)
    if not lines.filter(kind=Kind.FOLLOW).exists():
        lines.filter(kind=Kind.REQUEST).update(kind=Kind.FOLLOW, mail_waits=False)


def forget_comment(comment_id: int) -> None:
    """Take away all that was told of a comment, and to its author of it."""
    Notification.objects.filter(comment=comment_id).delete()
    rows = NotificationEvent.objects.filter(comment=comment_id)
    for recipient in set(rows.values_list("notification__recipient", flat=True)):
        with transaction.atomic():
            lock(recipient)
            _take_back(rows.filter(notification__recipient=recipient))


def forget_post(post_id: int) -> None:
    """Take away all that anybody was told of a post."""
    NotificationEvent.objects.filter(notification__post=post_id).delete()
    Notification.objects.filter(post=post_id).delete()


def lock(person_id: int) -> Preferences | None:
    """The person's preferences, locked until the transaction ends; None when they are gone."""
    # This row alone: without `of`, the person's would be locked too.
    rows = Preferences.objects.select_for_update(of=("self",)).select_related("person")
    found = rows.filter(person=person_id).first()
    if found is None and User.objects.filter(pk=person_id).exists():
        # Another worker may be making it too, so it is read again, and locked, afterwards.
        Preferences.objects.get_or_create(person_id=person_id)
        found = rows.filter(person=person_id).first()
    return found


def wants_to_hear(preferences: Preferences, kind: str) -> bool:
    """Whether the person wants to hear of this kind at all."""
    return preferences.on_page(kind) or preferences.by_mail(kind)


def _may_be_told(preferences: Preferences, about: LineKey, actor: int, comment: int | None) -> bool:
    if not wants_to_hear(preferences, about.kind):
        return False
    recipient = preferences.person
    people = User.objects.visible_to(recipient).filter(pk=actor)
    muted = muted_by(recipient.pk, "pk", "posts") | muted_by(recipient.pk, "pk", "comments")
    if not people.exclude(muted).exists():
        return False
    if about.post and not Post.objects.visible_to(recipient).filter(pk=about.post).exists():
        return False
    comments = {pk for pk in (about.comment, comment) if pk}
    if not comments:
        return True
    return visible.readable(recipient).filter(pk__in=comments).count() == len(comments)


def _tell(preferences: Preferences, about: LineKey, actor: int, comment: int | None) -> None:
    line = _line(about)
    is_known = line.events.filter(actor=actor).exists()
    by: dict[str, int | None] = {"actor_id": actor, "comment_id": comment}
    now = timezone.now()
    _row, created = line.events.get_or_create(**by, defaults={"at": now})
    if created:
        count = F("actor_count") + (0 if is_known else 1)
        _raise(preferences, line, now, actor_count=count)


def _raise(preferences: Preferences, line: Notification, now: datetime, **changes: object) -> None:
    """Write a line's columns and put it on top, as something new."""
    by_mail = preferences.by_mail(line.kind)
    Notification.objects.filter(pk=line.pk).update(
        newest_at=now, on_page=preferences.on_page(line.kind), mail_waits=by_mail, **changes
    )
    # An email that is due already takes this along.
    if by_mail and preferences.mail_due_at is None:
        due = due_at(preferences, now)
        Preferences.objects.filter(pk=preferences.pk).update(mail_due_at=due)


def due_at(preferences: Preferences, now: datetime) -> datetime:
    """When an email of what happens now is to go."""
    zone = quiet_hours.zone_of(preferences.time_zone)
    planned = quiet_hours.next_mail(now, preferences.rhythm, zone)
    return quiet_hours.after_quiet(planned, preferences.quiet_from, preferences.quiet_to, zone)


def _take_back(rows: "visible.NotificationEvents") -> None:
    """Remove events of one actor from their lines, and the lines that stay empty."""
    pairs = list(rows.values_list("pk", "notification", "actor"))
    NotificationEvent.objects.filter(pk__in=[pk for pk, _line_id, _actor in pairs]).delete()
    touched = {(line_id, actor) for _pk, line_id, actor in pairs}
    for line_id, actor in touched:
        left = NotificationEvent.objects.filter(notification=line_id)
        if not left.filter(actor=actor).exists():
            Notification.objects.filter(pk=line_id).update(actor_count=F("actor_count") - 1)
    lines = Notification.objects.filter(pk__in={line_id for line_id, _actor in touched})
    lines.filter(actor_count=0).delete()
    # What is left is as new as its newest event.
    newest = NotificationEvent.objects.filter(notification=OuterRef("pk")).order_by("-at", "-pk")
    lines.update(newest_at=Subquery(newest.values("at")[:1]))


def _lines(about: LineKey) -> "visible.Notifications":
    return Notification.objects.filter(
        recipient=about.recipient, kind=about.kind, subject_id=about.subject
    )


def _line(about: LineKey) -> Notification:
    line, _created = Notification.objects.get_or_create(
        recipient_id=about.recipient,
        kind=about.kind,
        subject_id=about.subject,
        defaults={
            "post_id": about.post,
            "comment_id": about.comment,
            "newest_at": timezone.now(),
        },
    )
    return line
