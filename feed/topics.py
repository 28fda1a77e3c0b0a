"""What members do with topics: follow them, pin them as tabs of their stream, mute them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.social.follows import lock
from feed.models import MutedTopic, TopicFollow
from posts.models import Topic
from posts.models.post import Viewer

if TYPE_CHECKING:
    from django.db.models import QuerySet

# A page of settings shows all of them.
MAX_FOLLOWED = 200
MAX_MUTED = 200
MAX_PINNED = 8


class TopicRefusedError(Exception):
    """There are as many topics of the kind as fit; the sentence says so, and what to do."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True)
class Standing:
    """What a topic is to the one who looks."""

    followed: bool = False
    pinned: bool = False
    muted: bool = False

    @property
    def kept(self) -> bool:
        """There is something to undo, even when no post is left under the topic."""
        return self.followed or self.muted


def standing(viewer: Viewer, topic: Topic) -> Standing:
    """What the topic is to the viewer, in one query; nothing to visitors."""
    [(_topic, found)] = with_standings(viewer, [topic])
    return found


def with_standings(viewer: Viewer, topics: Sequence[Topic]) -> list[tuple[Topic, Standing]]:
    """Each topic with what it is to the viewer, in the order given; one query for all."""
    found: dict[int, Standing] = {}
    if viewer.is_authenticated and topics:
        rows = Topic.objects.filter(pk__in=[topic.pk for topic in topics])
        columns = _columns(viewer)
        for topic_id, *marks in rows.annotate(**columns).values_list("pk", *columns):
            found[topic_id] = Standing(*marks)
    return [(topic, found.get(topic.pk, Standing())) for topic in topics]


def pinned(person: User) -> "QuerySet[Topic]":
    """The topics that are tabs of somebody's stream, in the order in which they became it."""
    tabs = Topic.objects.filter(follows__person=person.pk, follows__pinned_at__isnull=False)
    return tabs.order_by("follows__pinned_at", "follows__pk")


@transaction.atomic
def follow(*, person: User, topic: Topic) -> bool:
    """Follow a topic, and mute it no longer; True when that is new.

    Raises TopicRefusedError when the person follows as many as they may.
    """
    lock(person.pk)
    MutedTopic.objects.filter(person=person, topic=topic).delete()
    sentence = _("You already follow %(most)d topics, which is the limit. Unfollow one first.")
    return _add(TopicFollow.objects.filter(person=person), person, topic, MAX_FOLLOWED, sentence)


@transaction.atomic
def unfollow(*, person: User, topic: Topic) -> bool:
    """Follow a topic no longer, nor have it as a tab; True when it was followed."""
    removed, _rows = TopicFollow.objects.filter(person=person, topic=topic).delete()
    return bool(removed)


@transaction.atomic
def pin(*, person: User, topic: Topic) -> bool:
    """Follow a topic and have it as a tab; True when that is new.

    Raises TopicRefusedError, and nothing is changed, when no more tabs fit.
    """
    lock(person.pk)
    if pinned(person).filter(pk=topic.pk).exists():
        return False
    if pinned(person).count() >= MAX_PINNED:
        raise TopicRefusedError(
            _("You already have %(most)d topics as tabs, which is the limit. Unpin one first.")
            % {"most": MAX_PINNED}
        )
    follow(person=person, topic=topic)
    mine = TopicFollow.objects.filter(person=person, topic=topic)
    return bool(mine.update(pinned_at=timezone.now()))


@transaction.atomic
def unpin(*, person: User, topic: Topic) -> bool:
    """Have a topic as a tab no longer, and still follow it; True when it was one."""
    mine = TopicFollow.objects.filter(person=person, topic=topic, pinned_at__isnull=False)
    return bool(mine.update(pinned_at=None))


@transaction.atomic
def mute(*, person: User, topic: Topic) -> bool:
    """Let no posts under a topic come up, and follow it no longer; True when that is new.

    Raises TopicRefusedError when the person muted as many as they may.
    """
    lock(person.pk)
    sentence = _("You already muted %(most)d topics, which is the limit. Unmute one first.")
    muted = MutedTopic.objects.filter(person=person)
    new = _add(muted, person, topic, MAX_MUTED, sentence)
    unfollow(person=person, topic=topic)
    return new


@transaction.atomic
def unmute(*, person: User, topic: Topic) -> bool:
    """Let its posts come up again; True when it was muted."""
    removed, _rows = MutedTopic.objects.filter(person=person, topic=topic).delete()
    return bool(removed)


def _add(mine: "QuerySet[Any]", person: User, topic: Topic, most: int, sentence: str) -> bool:
    """A row for the topic among those of a person, who is locked; True when it is new."""
    if mine.filter(topic=topic).exists():
        return False
    if mine.count() >= most:
        raise TopicRefusedError(sentence % {"most": most})
    mine.create(person=person, topic=topic)
    return True


def _columns(viewer: User) -> dict[str, Exists]:
    """The fields of a `Standing`, in their order, asked beside the row of a topic."""
    follows = TopicFollow.objects.filter(person=viewer.pk, topic=OuterRef("pk"))
    mutes = MutedTopic.objects.filter(person=viewer.pk, topic=OuterRef("pk"))
    return {
        "followed": Exists(follows),
        "pinned": Exists(follows.filter(pinned_at__isnull=False)),
        "muted": Exists(mutes),
    }
