"""What people are told of when something happened in a lower room; each is safe to run twice.

An event says only where to look: what is so is read from the rows themselves (see `recording`).
"""

from collections.abc import Callable

from accounts.models import Follow, FollowRequest, SignUp, User
from moderation.conflict_of_interest import Moderator, moderators
from moderation.models import Report
from notes_site.models import Event
from notes_site.queue.events import handles
from notifications import comments
from notifications.kinds import MAX_MENTIONS, Kind, ModerationOutcome
from notifications.models import Notification
from notifications.moderation_queue import MAX_IN_QUEUE, ModerationQueue
from notifications.recording import (
    LineKey,
    forget_each_other,
    forget_post,
    settle,
    settle_queue,
    settle_state,
    turn_into_follow,
)
from posts.models import CommentLike, Like, Photo, Post


@handles("like.created", "like.removed")
def settle_like(event: Event) -> None:
    """The author hears who likes a post."""
    user = event.payload.get("user")
    post = Post.objects.filter(pk=event.subject_id).first()
    if not user or post is None:
        return
    likes = Like.objects.filter(post=post, user=int(user))
    settle(LineKey(post.author_id, Kind.LIKE, post.pk, post.pk), int(user), likes.exists)


@handles("comment.liked", "comment.unliked")
def settle_comment_like(event: Event) -> None:
    """Who wrote a comment hears who likes it."""
    user = event.payload.get("user")
    comment = comments.published(event.subject_id).first()
    if not user or comment is None or comment.author_id is None:
        return
    about = LineKey(comment.author_id, Kind.COMMENT_LIKE, comment.pk, comment.post_id, comment.pk)
    likes = CommentLike.objects.filter(comment=comment, user=int(user))
    settle(about, int(user), likes.exists)


@handles(
    "comment.created", "comment.removed", "comment.changed", "comment.held", "comment.approved"
)
def settle_comment(event: Event) -> None:
    """Those whom a comment concerns hear of it while it can be read."""
    if comment_id := event.payload.get("comment"):
        comments.settle_comment(int(comment_id), approved=event.kind == "comment.approved")


@handles("follow.created", "follow.removed")
def settle_follow(event: Event) -> None:
    """Who is followed hears by whom; a request that came before becomes that line."""
    if follower := event.payload.get("follower"):
        _settle_between(int(follower), event.subject_id)


@handles("follow.requested", "follow.request_removed")
def settle_request(event: Event) -> None:
    """Who has a private account hears who asks."""
    if requester := event.payload.get("requester"):
        _settle_between(int(requester), event.subject_id)


@handles("follow.accepted")
def settle_accepted(event: Event) -> None:
    """Who asked hears that they were let in."""
    if by := event.payload.get("by"):
        _settle_between(event.subject_id, int(by), accepted=True)


def _settle_between(follower: int, followee: int, *, accepted: bool = False) -> None:
    follows = Follow.objects.filter(follower=follower, followee=followee)
    requests = FollowRequest.objects.filter(requester=follower, target=followee)
    if follows.exists():
        turn_into_follow(followee, follower)
    settle(LineKey(followee, Kind.REQUEST, follower), follower, requests.exists)
    settle(LineKey(followee, Kind.FOLLOW, follower), follower, follows.exists)
    # Only an answered request is news; any other event may just take the line back.
    about = LineKey(follower, Kind.ACCEPTED, followee)
    settle(about, followee, follows.exists, fresh=accepted)


@handles("people.blocked")
def forget_blocked(event: Event) -> None:
    """What the two were told of each other goes at once."""
    if blocked := event.payload.get("blocked"):
        forget_each_other(event.subject_id, int(blocked))


@handles("post.published", "post.changed", "post.restored")
def settle_mentions(event: Event) -> None:
    """Whom a caption mentions hears of it while it does, and only who may see the post."""
    post = Post.objects.filter(pk=event.subject_id).first()
    if post is None or post.state != Post.State.PUBLISHED:
        return
    names = post.mentions[:MAX_MENTIONS]
    mentioned = set(User.objects.filter(username__in=names).values_list("pk", flat=True))
    told = Notification.objects.filter(kind=Kind.MENTION, subject_id=post.pk)
    told = told.filter(events__comment=None, events__actor=post.author_id)
    for person in mentioned | set(told.values_list("recipient", flat=True)):
        about = LineKey(person, Kind.MENTION, post.pk, post.pk)
        settle(about, post.author_id, _mentions(post.pk, person))


def _mentions(post_id: int, person: int) -> Callable[[], bool]:
    def so() -> bool:
        post = Post.objects.filter(pk=post_id).first()
        names = User.objects.filter(pk=person).values_list("username", flat=True)
        return post is not None and names.first() in post.mentions[:MAX_MENTIONS]

    return so


@handles("post.deleted")
def forget(event: Event) -> None:
    """Nobody hears of a deleted post."""
    forget_post(event.subject_id)


@handles("post.hidden", "post.restored")
def tell_of_hiding(event: Event) -> None:
    """The author hears that a moderator hid a post, and that it is back."""
    post = Post.objects.filter(pk=event.subject_id).first()
    if post is None:
        return

    def state(former: str) -> str:
        if Post.objects.filter(pk=event.subject_id, hidden_at__isnull=False).exists():
            return ModerationOutcome.POST_HIDDEN
        return (
            ModerationOutcome.POST_RESTORED if former == ModerationOutcome.POST_HIDDEN else former
        )

    settle_state(LineKey(post.author_id, Kind.MODERATION, post.pk, post.pk), state)


@handles("photo.refused", "photo.released")
def tell_of_photo(event: Event) -> None:
    """The owner of a photo that was held hears what came of it."""
    photo = Photo.objects.filter(pk=event.subject_id).first()
    if photo is None:
        return

    def state(former: str) -> str:
        now = Photo.objects.filter(pk=event.subject_id).values_list("held_at", "state").first()
        if now is None or now[0] is None:
            return ModerationOutcome.PHOTO_RELEASED
        return ModerationOutcome.PHOTO_REFUSED if now[1] == Photo.State.FAILED else former

    settle_state(LineKey(photo.owner_id, Kind.MODERATION, photo.pk, photo.post_id), state)


@handles("user.suspended", "user.restored")
def tell_of_account(event: Event) -> None:
    """Who was suspended hears, when they are back, that they are."""
    person = User.objects.filter(pk=event.subject_id)

    def state(former: str) -> str:
        if person.filter(suspended_at__isnull=False).exists():
            return ""
        return ModerationOutcome.ACCOUNT_RESTORED if event.kind == "user.restored" else former

    settle_state(LineKey(event.subject_id, Kind.MODERATION, event.subject_id), state)


@handles("report.decided")
def tell_who_reported(event: Event) -> None:
    """Who reported something hears what came of it; a report is decided once."""
    if reporter := event.payload.get("reporter"):
        outcome = ModerationOutcome(f"report_{event.payload['decision']}")
        settle_state(
            LineKey(int(reporter), Kind.MODERATION, event.subject_id), lambda _former: outcome
        )


@handles("sign_up.requested", "sign_up.approved", "sign_up.refused")
def tell_moderators(event: Event) -> None:
    """Moderators hear that somebody waits to be let in, while they do."""
    waiting = SignUp.objects.filter(user=event.subject_id, decided_at=None)
    for moderator in moderators():
        about = LineKey(moderator.pk, Kind.SIGN_UP, event.subject_id)
        settle_state(about, lambda _former: "waiting" if waiting.exists() else "")


@handles("report.created", "report.decided")
def tell_of_reports(_event: Event) -> None:
    """Moderators hear in one line how many reports wait for them; never of one about themselves."""
    told = Notification.objects.filter(kind=Kind.REPORT).values("recipient")
    able = {person.pk: person for person in moderators()}
    for person in [*able.values(), *User.objects.filter(pk__in=told).exclude(pk__in=able)]:
        # Whoever may no longer decide has an empty queue, which removes their old line.
        queue = _queue_of(person) if person.pk in able else ModerationQueue
        settle_queue(LineKey(person.pk, Kind.REPORT, 0), queue)


def _queue_of(person: User) -> Callable[[], ModerationQueue]:
    def queue() -> ModerationQueue:
        waiting = Moderator(person).open_reports().order_by("-pk")
        newest = list(waiting.values_list("pk", "category")[:MAX_IN_QUEUE])
        urgent = sum(category in Report.URGENT for _pk, category in newest)
        return ModerationQueue(len(newest), urgent, newest[0][0]) if newest else ModerationQueue()

    return queue
