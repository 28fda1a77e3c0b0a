"""Which posts may stand in a stream: the only place of the feed that asks for posts."""

from typing import TYPE_CHECKING

from accounts.models import Follow
from posts.models import Post, Topic
from posts.models.post import Viewer

if TYPE_CHECKING:
    from posts.models.post import PostQuerySet

# All that a page needs to look its cards up; the rest is read only for cards not kept.
COLUMNS = ("id", "version", "hot", "published_at")


def explore(viewer: Viewer) -> "PostQuerySet":
    """Every public post the viewer may see."""
    return Post.objects.visible_to(viewer).listed().only(*COLUMNS)


def followed(viewer: Viewer) -> "PostQuerySet":
    """Posts of the people the viewer follows."""
    followees = Follow.objects.filter(follower=viewer.pk).values("followee")
    return (
        Post.objects.visible_to(viewer)
        .filter(state=Post.State.PUBLISHED, author__in=followees)
        .exclude(audience=Post.Audience.UNLISTED)
        .only(*COLUMNS)
    )


def under(topic: Topic, viewer: Viewer) -> "PostQuerySet":
    """Public posts under a topic."""
    return explore(viewer).filter(posttopic__topic=topic)
