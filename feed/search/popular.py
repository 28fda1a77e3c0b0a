"""What to look at before anything is asked: topics and people with much going on.

Who they may be is found once a minute for everybody, and each time whether the viewer may know of
them.
"""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import AnonymousUser
from django.core.cache import caches
from django.db.models import Count, Exists, OuterRef
from django.utils import timezone

from accounts.models import User
from feed.stream import candidates
from posts.models import PostTopic, Topic
from posts.models.post import Viewer

if TYPE_CHECKING:
    from posts.models.post import PostQuerySet

LATELY = timedelta(days=30)
# On a busy site, lately is as long as it took to write so many posts.
NEWEST = 2_000
SHOWN = 12
TOPICS = 40
# Of these some are suggested to members, who may follow the first ones already.
ACTIVE = 200
KEPT_SECONDS = 60


def topics(viewer: Viewer, most: int = SHOWN) -> list[Topic]:
    """The topics that most people posted under lately, of those with a post for the viewer."""
    ids = _kept("topics")
    shown = candidates.explore(viewer).filter(posttopic__topic=OuterRef("pk"))
    found = Topic.objects.filter(Exists(shown)).in_bulk(ids)
    return [found[pk] for pk in ids if pk in found][:most]


def active() -> list[int]:
    """The ids of those who posted lately, the most followed first; the same for everybody.

    Who of them the viewer may know of is for the caller to ask.
    """
    return _kept("people")


def people() -> list[User]:
    """The most followed of those who posted lately, for visitors; nobody with a private account."""
    ids = active()[: 2 * SHOWN]
    found = User.objects.visible_to(AnonymousUser()).filter(is_private=False).in_bulk(ids)
    return [found[pk] for pk in ids if pk in found][:SHOWN]


def _kept(what: str) -> list[int]:
    ids: list[int] | None = caches["fragments"].get_or_set(
        f"popular:{what}", lambda: FINDERS[what](), KEPT_SECONDS
    )
    return ids or []


def _topics() -> list[int]:
    # Where nobody posted lately, what they posted last is still worth a look.
    return _most_used(_lately()) or _most_used(_newest())


def _most_used(posts: "PostQuerySet") -> list[int]:
    under = PostTopic.objects.filter(post__in=posts.values("pk")).values("topic")
    authors = Count("post__author", distinct=True)
    most = under.annotate(authors=authors, posts=Count("pk")).order_by(
        "-authors", "-posts", "topic"
    )
    # Some may not be for everybody to see.
    return list(most.values_list("topic", flat=True)[:TOPICS])


def _people() -> list[int]:
    writing = User.objects.filter(pk__in=_lately().values("author"))
    most = writing.order_by("-follower_count", "-pk")
    return list(most.values_list("pk", flat=True)[:ACTIVE])


def _lately() -> "PostQuerySet":
    return _newest(timezone.now() - LATELY)


def _newest(since: datetime | None = None) -> "PostQuerySet":
    posts = candidates.explore()
    if since is not None:
        posts = posts.filter(published_at__gte=since)
    return posts.order_by("-published_at", "-pk")[:NEWEST]


FINDERS: dict[str, Any] = {"topics": _topics, "people": _people}
