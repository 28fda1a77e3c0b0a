"""Lines as they are read: who did it, to what, and whether it is new."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from django.db.models import (
    BooleanField,
    Exists,
    ExpressionWrapper,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Follow, FollowRequest, User
from notes_site.prepared import Prepared
from notifications import quiet_hours, sentences
from notifications.kinds import Kind, ModerationOutcome
from notifications.models import Notification, NotificationEvent, Preferences
from notifications.visible import events, shown_to
from posts.models import Comment
from posts.pictures import Picture

NAMED = 3
MAX_COUNTED = 99
# The badge looks no further: more than these are "99+", some of them hidden or not.
LOOKED_AT = 2 * MAX_COUNTED
BEGINNING = datetime(2000, 1, 1, tzinfo=timezone.get_default_timezone())
ICONS = {
    Kind.LIKE: "heart",
    Kind.COMMENT: "note",
    Kind.REPLY: "note",
    Kind.COMMENT_LIKE: "heart",
    Kind.MENTION: "note",
    Kind.FOLLOW: "person",
    Kind.REQUEST: "person",
    Kind.ACCEPTED: "check",
    Kind.COMMENT_HELD: "note",
    Kind.COMMENT_APPROVED: "check",
    Kind.MODERATION: "shield",
    Kind.SIGN_UP: "enter",
    Kind.REPORT: "shield",
}


@dataclass(frozen=True)
class Line:
    """One line: its row, up to three people, how many there are in all, and what they wrote."""

    row: Notification
    people: Sequence[User]
    total: int
    comment: Comment | None
    is_new: bool
    # Whether the recipient follows who did it last, or asks to.
    follows: bool
    asks: bool
    local: datetime

    @property
    def relation(self) -> dict[str, bool]:
        """What the button to follow back has to know."""
        followed_by = self.row.kind == Kind.FOLLOW
        return {
            "follows": self.follows,
            "requested": self.asks,
            "followed_by": followed_by,
            "friends": followed_by and self.follows,
        }

    @property
    def sentence(self) -> str:
        """What happened, as HTML with the people's names linked."""
        return sentences.in_html(self.row, self.people, self.total)

    @property
    def plain(self) -> str:
        """What happened, as plain text."""
        return sentences.in_text(self.row, self.people, self.total)

    @property
    def address(self) -> str:
        """Where the line leads."""
        return sentences.address(self.row, self.people)

    @property
    def excerpt(self) -> str:
        """The words of the newest comment, where there is one; never those of a hidden one."""
        return self.comment.text if self.comment else ""

    @property
    def picture(self) -> Picture | None:
        """The picture of the post it is about."""
        return self.row.post.cover_picture if self.row.post else None

    @property
    def reason(self) -> str:
        """What the moderator wrote to the author, while a post is hidden."""
        hidden = self.row.detail == ModerationOutcome.POST_HIDDEN and self.row.post
        return self.row.post.hidden_reason if hidden and self.row.post else ""

    @property
    def icon(self) -> str:
        """The sign of its kind."""
        return ICONS[Kind(self.row.kind)]

    @property
    def person(self) -> User | None:
        """Who did it last."""
        return self.people[0] if self.people else None


def rows_of(person: User, kinds: Collection[str] = ()) -> "QuerySet[Notification]":
    """What stands on the person's page, with what `lines` needs; newest first when paged."""
    rows = Notification.objects.filter(recipient=person, on_page=True)
    if kinds:
        rows = rows.filter(kind__in=kinds)
    return with_people(rows, person)


def with_people(rows: "QuerySet[Notification]", person: User) -> "QuerySet[Notification]":
    """The same rows, each with whether it is shown and the newest events it names."""
    newest = events(person).filter(notification=OuterRef("pk")).order_by("-at", "-pk")
    named = {
        f"event_{number}": Subquery(newest.values("pk")[number : number + 1])
        for number in range(NAMED)
    }
    rows = rows.annotate(is_shown=_as_column(shown_to(person)), **named)
    return rows.select_related("recipient__notification_preferences", "post")


def lines(rows: Iterable[Notification], person: User, seen_at: datetime | None) -> list[Line]:
    """The lines that are shown, of rows from `rows_of` or `with_people`; one query.

    New is what came after `seen_at`.
    """
    shown = [row for row in rows if row.is_shown]  # type: ignore[attr-defined]
    keys = {row.pk: _named(row) for row in shown}
    wanted = [key for named in keys.values() for key in named]
    found = _events(person, wanted) if wanted else {}
    zone = zone_of(shown)
    return [
        _line(row, [found[key] for key in keys[row.pk] if key in found], zone, seen_at)
        for row in shown
    ]


def _line(row: Notification, done: list[Any], zone: tzinfo, seen_at: datetime | None) -> Line:
    people = list({one.actor_id: one.actor for one in done}.values())
    return Line(
        row=row,
        people=people,
        # With fewer than fit, these are all of them that may be named.
        total=len(people) if len(done) < NAMED else max(row.actor_count, len(people)),
        comment=next((one.comment for one in done if one.comment_id), None),
        is_new=seen_at is None or row.newest_at > seen_at,
        follows=bool(done) and done[0].i_follow,
        asks=bool(done) and done[0].i_ask,
        local=row.newest_at.astimezone(zone),
    )


def unseen_count(person: User) -> int:
    """How many lines on the person's page are new, looking at the newest 198 alone.

    Every page asks, and mostly nothing is new: then a short query of one index is all there is to
    it. What is new is looked at by its ids, so that few rows are read whatever a database believes.
    """
    newest = [pk for (pk,) in _newest(person.pk)]
    if not newest:
        return 0
    return Notification.objects.filter(shown_to(person), pk__in=newest).count()


@Prepared
def _newest(person_id: int) -> "QuerySet[Any, Any]":
    seen = Preferences.objects.filter(person=person_id).values("seen_at")
    after = Coalesce(Subquery(seen), Value(BEGINNING))
    rows = Notification.objects.filter(recipient=person_id, on_page=True, newest_at__gt=after)
    return rows.order_by("-newest_at", "-pk").values_list("pk")[:LOOKED_AT]


def badge_text(count: int) -> str:
    """What stands in the badge: '', the number, or '99+'."""
    return f"{MAX_COUNTED}+" if count > MAX_COUNTED else str(count or "")


def badge_words(count: int) -> str:
    """The same for who does not see the badge."""
    if count > MAX_COUNTED:
        return _("more than %(count)d new") % {"count": MAX_COUNTED}
    return ngettext("%(count)d new", "%(count)d new", count) % {"count": count} if count else ""


def mark_seen(person: User, until: datetime) -> None:
    """Let everything up to this moment count as seen."""
    mine = Preferences.objects.filter(person=person)
    if not mine.filter(Q(seen_at=None) | Q(seen_at__lt=until)).update(seen_at=until):
        Preferences.objects.get_or_create(person=person, defaults={"seen_at": until})


def zone_of(rows: Sequence[Notification]) -> tzinfo:
    """The time zone of whom the rows are for."""
    preferences = preferences_of(rows)
    return quiet_hours.zone_of(preferences.time_zone if preferences else "")


def preferences_of(rows: Sequence[Notification]) -> Preferences | None:
    """The preferences that came along with rows; None when there are none of either."""
    if not rows:
        return None
    return getattr(rows[0].recipient, "notification_preferences", None)


def _named(row: Notification) -> list[int]:
    keys = (getattr(row, f"event_{number}") for number in range(NAMED))
    return [key for key in keys if key]


def _events(person: User, keys: Sequence[int]) -> dict[int, Any]:
    follows = Follow.objects.filter(follower=person, followee=OuterRef("actor"))
    asks = FollowRequest.objects.filter(requester=person, target=OuterRef("actor"))
    rows = NotificationEvent.objects.filter(pk__in=keys).select_related("actor", "comment")
    return rows.annotate(i_follow=Exists(follows), i_ask=Exists(asks)).in_bulk()


def _as_column(rule: Q) -> Coalesce:
    return Coalesce(ExpressionWrapper(rule, output_field=BooleanField()), Value(False))
