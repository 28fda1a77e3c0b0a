"""What a new member is asked: which topics, and which pictures they like.

A picture that somebody taps stands for its topics, which they then follow. It isn't liked, for a
like is public and its author is told.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Exists, OuterRef

from accounts.models import User
from feed import topics
from feed.models import TopicFollow
from feed.search import popular
from feed.stream import candidates
from posts.models import Post, PostTopic, Topic
from posts.text.tags import topic_name

if TYPE_CHECKING:
    from posts.pictures import Picture

# With fewer topics than these there is nothing to choose from.
ENOUGH = 5
TOPICS_SHOWN = 15
PICTURES_SHOWN = 12
# The hottest posts, among which those with topics and different authors are looked for.
LOOKED_AT = 240
# What a picture may stand for: more would fill somebody's feed with words they never saw.
TOPICS_OF_A_PICTURE = 3


@dataclass(frozen=True)
class Choice:
    """A post to tap: its picture, and the topics that are followed by it."""

    post: Post
    topics: tuple[str, ...]

    @property
    def picture(self) -> "Picture | None":
        """Its cover."""
        return self.post.cover_picture


def are_topics_enough(viewer: User) -> bool:
    """Whether the site has topics to choose from."""
    return len(popular.topics(viewer, ENOUGH)) >= ENOUGH


def topics_to_follow(viewer: User) -> list[Topic]:
    """Popular topics that the viewer doesn't follow yet."""
    found = topics.with_standings(viewer, popular.topics(viewer, popular.TOPICS))
    return [topic for topic, standing in found if not standing.followed][:TOPICS_SHOWN]


def pictures_to_tap(viewer: User) -> list[Choice]:
    """Hot posts of others with topics that the viewer doesn't follow yet, as different as can be.

    First one of each author whose topics are new on the page, then what else there is.
    """
    ids = [post.pk for post in candidates.hottest(viewer, LOOKED_AT)]
    names = _topics_of(viewer, ids)
    posts = candidates.explore(viewer).only("cover", "author").exclude(author=viewer.pk)
    found = posts.in_bulk(list(names))
    choices = [Choice(found[pk], names[pk]) for pk in ids if pk in found and found[pk].cover]
    return _different(choices)[:PICTURES_SHOWN]


@transaction.atomic
def follow(viewer: User, names: Sequence[str], post_ids: Sequence[int]) -> int:
    """Follow the topics of these names, and those of these posts; returns how many they are.

    What the viewer couldn't find is left out. Raises TopicRefusedError, and follows nothing, when
    those are more than they may follow.
    """
    wanted = dict.fromkeys(topic_name(name) for name in names[:TOPICS_SHOWN])
    posts = candidates.explore(viewer).filter(pk__in=post_ids[:PICTURES_SHOWN])
    for each in _topics_of(viewer, list(posts.values_list("pk", flat=True))).values():
        wanted |= dict.fromkeys(each)
    shown = candidates.listed_for(viewer).filter(posttopic__topic=OuterRef("pk"))
    found = Topic.objects.filter(Exists(shown), name__in=wanted)
    for topic in sorted(found, key=lambda topic: list(wanted).index(topic.name)):
        topics.follow(person=viewer, topic=topic)
    return len(found)


def _topics_of(viewer: User, ids: Collection[int]) -> dict[int, tuple[str, ...]]:
    """By post, the first topics of it that the viewer neither follows nor muted."""
    rows = PostTopic.objects.filter(post__in=ids).exclude(topic__mutes__person=viewer.pk)
    followed = TopicFollow.objects.filter(person=viewer.pk).values("topic")
    found: defaultdict[int, list[str]] = defaultdict(list)
    for post, name in (
        rows.exclude(topic__in=followed).order_by("pk").values_list("post", "topic__name")
    ):
        found[post].append(name)
    return {post: tuple(names[:TOPICS_OF_A_PICTURE]) for post, names in found.items()}


def _different(choices: list[Choice]) -> list[Choice]:
    authors: set[int] = set()
    seen: set[str] = set()
    first: list[Choice] = []
    later: list[Choice] = []
    for choice in choices:
        is_new = choice.post.author_id not in authors and not seen.issuperset(choice.topics)
        (first if is_new else later).append(choice)
        if is_new:
            authors.add(choice.post.author_id)
            seen.update(choice.topics)
    return first + later
