"""Which lines somebody is shown, asked again each time: what was told may be gone by now."""

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.lookups import Exact

from accounts.models import Follow, FollowRequest, SignUp, User
from accounts.models.relations import blocked_between, muted_by
from accounts.models.user import in_good_standing
from moderation.conflict_of_interest import Moderator
from notifications.kinds import WITHOUT_PEOPLE, Kind
from notifications.models import Notification, NotificationEvent
from posts.models import Comment, Post

NotificationEvents = QuerySet[NotificationEvent]
Notifications = QuerySet[Notification]


def readable(person: User) -> "QuerySet[Comment]":
    """The comments this person may read, without the empty places of deleted ones."""
    return Comment.objects.visible_to(person).filter(deleted_at=None)


def _of(rows: "QuerySet[Any]", **one: OuterRef) -> "QuerySet[Any]":
    """The rows that belong to a row outside, by one column.

    Said twice: what is no equality keeps PostgreSQL from reading a whole table into a hash for
    a page of thirty lines, since it does not know how few are asked for.
    """
    return rows.filter(**one, **{f"{column}__lte": outer for column, outer in one.items()})


def events(person: User) -> NotificationEvents:
    """What was done by people this person may know of and has not muted, as far as it stands."""
    muted = muted_by(person.pk, "actor", "posts") | muted_by(person.pk, "actor", "comments")
    # One look at the comment for both ways: each one more makes every page slower.
    waits = Q(Exact(OuterRef("notification__kind"), Kind.COMMENT_HELD))
    is_held = ~Q(held="")
    comments = _of(readable(person), pk=OuterRef("comment"))
    by_comment = Exists(comments.filter((waits & is_held) | (~waits & ~is_held)))
    return NotificationEvent.objects.filter(
        in_good_standing("actor"), Q(comment=None) | by_comment
    ).exclude(blocked_between(person.pk, "actor") | muted)


def shown_to(person: User) -> Q:
    """Whether a line says something that is so, about what the person may see."""
    post = Q(post=None) | Exists(_of(Post.objects.visible_to(person), pk=OuterRef("post")))
    # A comment that a moderator hid is named without its words.
    about = (
        Q(comment=None)
        | Q(kind=Kind.MODERATION)
        | Exists(_of(readable(person), pk=OuterRef("comment")))
    )
    acted = Q(kind__in=WITHOUT_PEOPLE) | Exists(_of(events(person), notification=OuterRef("pk")))
    return post & about & acted & _still_so(person)


def _still_so(person: User) -> Q:
    """What is between two people, or waits for a moderator, is looked up where it stands."""
    other = OuterRef("subject_id")
    follows = _of(Follow.objects.filter(followee=person.pk), follower=other)
    asks = _of(FollowRequest.objects.filter(target=person.pk), requester=other)
    followed = _of(Follow.objects.filter(follower=person.pk), followee=other)
    waiting = reported = Q(pk__in=[])
    if person.is_moderator:
        waiting = Q(Exists(SignUp.objects.filter(user=other, decided_at=None)))
        reported = Q(Exists(Moderator(person).open_reports()))
    return (
        (~Q(kind=Kind.FOLLOW) | Exists(follows))
        & (~Q(kind=Kind.REQUEST) | Exists(asks))
        & (~Q(kind=Kind.ACCEPTED) | Exists(followed))
        & (~Q(kind=Kind.SIGN_UP) | waiting)
        & (~Q(kind=Kind.REPORT) | reported)
    )
