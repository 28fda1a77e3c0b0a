"""What to look at before anything is asked: topics and people with much going on.

Who they may be is found once a minute for everybody, and each time whether the viewer may know of
them.
"""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.core.cache import caches
from django.db.models import Count, Exists, OuterRef
from django.utils import timezone

from accounts.models import User
from accounts.models.relations import muted_by
from feed.stream import candidates
from posts.models import PostTopic, Topic
from posts.models.post import Viewer

if TYPE_CHECKING:
    from posts.models.post import PostQuerySet

LATELY = timedelta(days=30)
# On a busy site, lately is as long as it took to write so many posts.
NEWEST = 2_000
SHOWN = 12
KEPT_SECONDS = 60


def topics(viewer: Viewer) -> list[Topic]:
    """The topics that most people posted under lately, of those with a post for the viewer."""
    ids = _kept("topics")
    shown = candidates.explore(viewer).filter(posttopic__topic=OuterRef("pk"))
    found = Topic.objects.filter(Exists(shown)).in_bulk(ids)
    return [found[pk] for pk in ids if pk in found][:SHOWN]


def people(viewer: Viewer) -> list[User]:
    """The most followed of those who posted lately; nobody private, muted, blocked or oneself."""
    ids = _kept("people")
    known = User.objects.visible_to(viewer).filter(is_private=False)
    if viewer.is_authenticated:
        muted = muted_by(viewer.pk, "pk", "posts") | muted_by(viewer.pk, "pk", "comments")
        known = known.exclude(pk=viewer.pk).exclude(muted)
    found = known.in_bulk(ids)
    return [found[pk] for pk in ids if pk in found][:SHOWN]


def _kept(what: str) -> list[int]:
    ids: list[int] | None = caches["fragments"].get_or_set(
        f"popular:{what}", lambda: FINDERS[what](), KEPT_SECONDS
    )
    return ids or []


def _topics() -> list[int]:
    under = PostTopic.objects.filter(post__in=_lately().values("pk")).values("topic")
    authors = Count("post__author", distinct=True)
    most = under.annotate(authors=authors, posts=Count("pk")).order_by(
        "-authors", "-posts", "topic"
    )
    # Some may not be for everybody to see.
    return list(most.values_list("topic", flat=True)[: 2 * SHOWN])


def _people() -> list[int]:
    active = User.objects.filter(pk__in=_lately().values("author"))
    return list(active.order_by("-follower_count", "-pk").values_list("pk", flat=True)[: 2 * SHOWN])


def _lately() -> "PostQuerySet":
    recent = candidates.explore().filter(published_at__gte=timezone.now() - LATELY)
    return recent.order_by("-published_at", "-pk")[:NEWEST]


FINDERS: dict[str, Any] = {"topics": _topics, "people": _people}
