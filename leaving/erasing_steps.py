"""What goes when somebody leaves for good, in this order; each step takes a batch.

Whatever moves a counter of somebody else's goes through the function that keeps that counter.
The people are locked already, all at once; posts and comments are locked in that order.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from allauth.account.models import EmailAddress
from django.apps import apps
from django.db.models import F, Q
from django.utils import timezone

from accounts.login import sessions
from accounts.models import (
    Follow,
    FollowRequest,
    FormerUsername,
    Invite,
    ListMember,
    PeopleList,
    User,
)
from accounts.social import follows
from leaving import departed_usernames, exporting
from leaving.models import Export
from moderation.models import Report
from notes_site.mail import outgoing
from notes_site.queue import events
from notifications import recording
from notifications.models import NotificationEvent
from posts import likes
from posts.authoring import publishing
from posts.commenting import comments
from posts.models import Comment, CommentLike, Like, Photo, Post
from posts.pipeline import avatars
from posts.pipeline.erase import erase_photo

AT_ONCE = 100
# A post takes its photos, comments and likes along.
POSTS_AT_ONCE = 5


@dataclass(frozen=True)
class Step:
    """One kind of row: its name in the receipt, and how a batch of a person's goes.

    `erase` returns how many went. `columns` names the foreign keys to the person that are gone
    afterwards, as "app.Model.column". `others` tells whose counters the batch moves.
    """

    name: str
    erase: Callable[[int], int]
    columns: tuple[str, ...] = ()
    others: Callable[[int], Iterable[int]] = lambda _person_id: ()


def _posts(person_id: int) -> int:
    living = Post.objects.filter(author=person_id).exclude(state=Post.State.DELETED)
    found = list(living.order_by("pk")[:POSTS_AT_ONCE])
    for post in found:
        publishing.delete_post(post)
    return len(found)


def _post_rows(person_id: int) -> int:
    """What is left of deleted posts, with what others saved and collected of them."""
    gone = Post.objects.filter(author=person_id, state=Post.State.DELETED)
    ids = list(gone.order_by("pk").values_list("pk", flat=True)[:AT_ONCE])
    Post.objects.filter(pk__in=ids).delete()
    return len(ids)


def _photos(person_id: int) -> int:
    """Uploads that are in no post."""
    found = list(Photo.objects.filter(owner=person_id, post=None).order_by("pk")[:AT_ONCE])
    for photo in found:
        erase_photo(photo)
    return len(found)


def _avatar(person_id: int) -> int:
    person = User.objects.exclude(avatar_key="").filter(pk=person_id).first()
    if person is None:
        return 0
    avatars.replace(person, "")
    return 1


def _exports(person_id: int) -> int:
    return sum(exporting.discard(export) for export in Export.objects.filter(user=person_id))


def _comments(person_id: int) -> int:
    found = list(Comment.objects.filter(author=person_id).order_by("post", "pk")[:AT_ONCE])
    _lock_posts({comment.post_id for comment in found})
    return sum(comments.delete(comment) for comment in found)


def _likes(person_id: int) -> int:
    found = Like.objects.filter(user=person_id).select_related("user", "post")
    batch = list(found.order_by("post")[:AT_ONCE])
    _lock_posts({like.post_id for like in batch})
    return sum(likes.unlike(user=like.user, post=like.post) for like in batch)


def _comment_likes(person_id: int) -> int:
    """Likes of comments, of hidden ones too, which nobody else may like or unlike."""
    found = CommentLike.objects.filter(user=person_id)
    ids = list(found.order_by("comment").values_list("comment", flat=True)[:AT_ONCE])
    list(Comment.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk"))
    found.filter(comment__in=ids).delete()
    Comment.objects.filter(pk__in=ids).update(like_count=F("like_count") - 1)
    for comment_id in ids:
        events.record("comment.unliked", comment_id, user=str(person_id))
    return len(ids)


def _follows(person_id: int) -> int:
    """Follows both ways, and requests."""
    return sum(follows.end(one, other) for one, other in _circle(person_id))


def _of_their_circle(person_id: int) -> set[int]:
    return {each for pair in _circle(person_id) for each in pair}


def _circle(person_id: int) -> list[tuple[int, int]]:
    batch = _pairs(Follow, "follower", "followee", person_id)
    return batch + _pairs(FollowRequest, "requester", "target", person_id)


def _pairs(model: Any, one: str, other: str, person_id: int) -> list[tuple[int, int]]:
    mine = model.objects.filter(Q(**{one: person_id}) | Q(**{other: person_id}))
    return list(mine.order_by("pk").values_list(one, other)[:AT_ONCE])


def _lists_of_others(person_id: int) -> int:
    """The person's places on other people's lists."""
    ids = [list_id for list_id, _owner in _places(person_id)]
    ListMember.objects.filter(person=person_id, people_list__in=ids).delete()
    PeopleList.objects.filter(pk__in=ids).update(member_count=F("member_count") - 1)
    return len(ids)


def _owners_of_lists(person_id: int) -> set[int]:
    return {owner for _list_id, owner in _places(person_id)}


def _places(person_id: int) -> list[tuple[int, int]]:
    places = ListMember.objects.filter(person=person_id).order_by("people_list")
    return list(places.values_list("people_list", "people_list__owner")[:AT_ONCE])


def _emails(person_id: int) -> int:
    """The person's addresses, with what was sent to them and is still remembered."""
    found = EmailAddress.objects.filter(user=person_id)
    addresses = list(found.values_list("email", flat=True))
    mailed = User.objects.exclude(email="").filter(pk=person_id).values_list("email", flat=True)
    outgoing.forget(*addresses, *mailed)
    erased: int = found.delete()[1].get("account.EmailAddress", 0)
    return erased


def _invites(person_id: int) -> int:
    """Invitations open no door any more; who came in by them stays, and keeps that they did."""
    mine = Invite.objects.filter(created_by=person_id)
    mine.filter(revoked_at=None).update(revoked_at=timezone.now())
    return mine.update(created_by=None, note="")


def _reports(person_id: int) -> int:
    """What was reported is decided about all the same; who said it, and how, is forgotten.

    So is whom it was about, where that was the person or something of theirs.
    """
    names_had = {*User.objects.filter(pk=person_id).values_list("username", flat=True)}
    names_had |= {*FormerUsername.objects.filter(user=person_id).values_list("username", flat=True)}
    labels = [f"@{name}" for name in names_had]
    theirs = Q(target_label__in=labels) | Q(person_id=person_id)
    Report.objects.filter(theirs).update(target_label="", person_id=None)
    return Report.objects.filter(reporter=person_id).update(reporter=None, words="")


def _former_names(person_id: int) -> int:
    former = FormerUsername.objects.filter(user=person_id)
    departed_usernames.reserve(former.values_list("username", flat=True))
    return former.delete()[0]


def _told_of_them(person_id: int) -> int:
    """What others were told that the person did, with the counters of those lines."""
    told = NotificationEvent.objects.filter(actor=person_id)
    recipients = told.order_by("notification__recipient").values_list("notification__recipient")
    ids = list(recipients.distinct().values_list("notification__recipient", flat=True)[:AT_ONCE])
    before = told.count()
    for recipient in ids:
        recording.forget_each_other(recipient, person_id)
    return before - told.count()


def _lock_posts(post_ids: set[int]) -> None:
    locked = Post.objects.select_for_update(no_key=True).filter(pk__in=post_ids)
    list(locked.order_by("pk").values_list("pk", flat=True))


def _plain(name: str, *columns: str) -> Step:
    """Rows that nothing counts: they are dropped."""

    def drop(person_id: int) -> int:
        dropped = 0
        for column in columns:
            label, _dot, field = column.rpartition(".")
            rows: Any = apps.get_model(label)._default_manager
            ids = list(rows.filter(**{field: person_id}).values_list("pk", flat=True)[:AT_ONCE])
            rows.filter(pk__in=ids).delete()
            dropped += len(ids)
        return dropped

    return Step(name, drop, columns)


STEPS = (
    Step("posts", _posts),
    Step("post_rows", _post_rows, ("posts.Post.author",)),
    Step("uploads", _photos, ("posts.Photo.owner", "posts.Upload.owner")),
    Step("avatar", _avatar),
    Step("exports", _exports, ("leaving.Export.user",)),
    Step("comments", _comments, ("posts.Comment.author",)),
    Step("likes", _likes, ("posts.Like.user",)),
    Step("comment_likes", _comment_likes, ("posts.CommentLike.user",)),
    _plain("saves", "posts.Save.user"),
    _plain("collections", "posts.Collection.owner"),
    Step(
        "follows",
        _follows,
        (
            "accounts.Follow.follower",
            "accounts.Follow.followee",
            "accounts.FollowRequest.requester",
            "accounts.FollowRequest.target",
        ),
        _of_their_circle,
    ),
    _plain("lists", "accounts.PeopleList.owner"),
    Step("places_on_lists", _lists_of_others, ("accounts.ListMember.person",), _owners_of_lists),
    _plain("blocks", "accounts.Block.blocker", "accounts.Block.blocked"),
    _plain("mutes", "accounts.Mute.muter", "accounts.Mute.muted"),
    _plain("restrictions", "accounts.Restriction.restricter", "accounts.Restriction.restricted"),
    _plain("topics", "feed.TopicFollow.person"),
    _plain("muted_topics", "feed.MutedTopic.person"),
    _plain("muted_words", "feed.MutedWord.person"),
    _plain("dismissed", "feed.DismissedSuggestion.person", "feed.DismissedSuggestion.other"),
    Step("invites", _invites, ("accounts.Invite.created_by",)),
    # Before the former names go, since reports about the person are found by those too.
    Step("reports", _reports, ("moderation.Report.reporter",)),
    Step("former_names", _former_names, ("accounts.FormerUsername.user",)),
    _plain("sign_ins", "accounts.SignIn.user"),
    _plain("sign_up", "accounts.SignUp.user"),
    Step("emails", _emails, ("account.EmailAddress.user",)),
    _plain("second_factors", "mfa.Authenticator.user"),
    Step("sessions", sessions.end_all, ("usersessions.UserSession.user",)),
    Step("told_of_them", _told_of_them, ("notifications.NotificationEvent.actor",)),
    _plain("notifications", "notifications.Notification.recipient"),
    _plain("notification_settings", "notifications.Preferences.person"),
)

# Foreign keys to a person that no step follows, and why.
LEFT_TO_THE_ROW = {
    "accounts.SignUp.decided_by": "set to null with the person's row: others came in by it",
    "admin.LogEntry.user": "goes with the person's row; the audit trail is moderation's own",
    "accounts.User.groups": "goes with the person's row",
    "accounts.User.user_permissions": "goes with the person's row",
}
