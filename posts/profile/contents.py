"""What stands on a person's profile for somebody who looks at it."""

from typing import NamedTuple
from urllib.parse import urlsplit

from django.db.models import Exists, F, OuterRef, QuerySet

from accounts.models import User
from posts.models import Like, Post
from posts.models.post import PostQuerySet, Viewer
from posts.profile.pins import MAX_PINS

# All that a card is looked up by, and what the pages are ordered by.
COLUMNS = ("id", "version", "published_at", "pinned_at")


class ShownLink(NamedTuple):
    """A person's link: what it is called, whither it leads in short, and its address."""

    label: str
    place: str
    url: str


def links_of(person: User) -> list[ShownLink]:
    """The person's links; the place is told beside a label, which could say anything."""
    links = (
        ShownLink(link["label"], urlsplit(link["url"]).netloc.removeprefix("www."), link["url"])
        for link in person.links
    )
    # The form only takes web addresses; nothing else a row may hold becomes a link either.
    return [link for link in links if link.url.startswith(("https://", "http://"))]


def posts_of(person: User, viewer: Viewer) -> PostQuerySet:
    """The person's published posts; unlisted ones stand there for their author alone."""
    posts = _listed(Post.objects.visible_to(viewer), is_own=viewer.pk == person.pk)
    return posts.filter(author=person).only(*COLUMNS)


def pinned_by(person: User, viewer: Viewer) -> list[Post]:
    """The posts that stand first, the last pinned first; what a moderator hid is none of them."""
    pinned = posts_of(person, viewer).filter(pinned_at__isnull=False, hidden_at=None)
    return list(pinned.order_by("-pinned_at", "-pk")[:MAX_PINS])


def liked_by(person: User, viewer: Viewer) -> "QuerySet[Like]":
    """The person's likes of posts that the viewer may see, each with the `version` of its post."""
    there = _listed(Post.objects.visible_to(viewer), is_own=viewer.pk == person.pk)
    shown = Exists(there.filter(pk=OuterRef("post")))
    return Like.objects.filter(shown, user=person).annotate(version=F("post__version"))


def _listed(posts: PostQuerySet, *, is_own: bool) -> PostQuerySet:
    published = posts.filter(state=Post.State.PUBLISHED)
    return published if is_own else published.exclude(audience=Post.Audience.UNLISTED)
