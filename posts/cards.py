"""Cards: a post as it stands in a stream, rendered once per version and kept in memory."""

from collections.abc import Sequence
from typing import Any, Protocol

from django.contrib.auth.models import AnonymousUser
from django.core.cache import caches
from django.db.models import QuerySet, Value
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from notes_site.prepared import Prepared
from posts.likes import shows_like_count
from posts.models import Like, Post, Save
from posts.models.post import Viewer

# The photos of the first screen, fetched without waiting for scripts or layout.
EAGER = 4
# As many as stand on a page of the feed.
AT_ONCE = 24


class VersionedPost(Protocol):
    """A post, or all that is read of it when its card is kept."""

    @property
    def pk(self) -> Any: ...

    @property
    def version(self) -> int: ...


def render_cards(
    posts: Sequence[VersionedPost], viewer: Viewer, *, first_page: bool
) -> list[SafeString]:
    """The cards of posts, in their order, with what the viewer did to each; at most 2 queries.

    Only `id` and `version` of the posts are read, the rest where a card isn't kept yet.
    """
    done = marks(posts, viewer)
    who = _kind(viewer)
    keys = {
        post.pk: _key(post, done[post.pk], who, first_page and index < EAGER)
        for index, post in enumerate(posts)
    }
    kept = caches["fragments"].get_many(keys.values())
    missing = [pk for pk, key in keys.items() if key not in kept]
    made = {}
    for post in Post.objects.filter(pk__in=missing).select_related("author") if missing else []:
        if post.cover_picture:
            eager = keys[post.pk].endswith("eager")
            made[keys[post.pk]] = _render(post, done[post.pk], viewer, eager)
    caches["fragments"].set_many(made)
    kept |= made
    return [mark_safe(kept[key]) for key in keys.values() if key in kept]  # noqa: S308


def marks(posts: Sequence[VersionedPost], viewer: Viewer) -> dict[int, set[str]]:
    """What a post is to the viewer: "liked", "saved", "own". Of all of them in one query."""
    found: dict[int, set[str]] = {post.pk: set() for post in posts}
    if isinstance(viewer, AnonymousUser) or not found:
        return found
    # Filled up with the last again, so that pages of up to so many need one statement.
    ids = [*found]
    ids += ids[-1:] * (AT_ONCE - len(ids))
    for pk, mark in _marks(viewer.pk, *ids):
        found[pk].add(mark)
    return found


@Prepared
def _marks(viewer_id: int, *ids: int) -> "QuerySet[Any, Any]":
    likes = Like.objects.filter(user=viewer_id, post__in=ids).order_by()
    saves = Save.objects.filter(user=viewer_id, post__in=ids).order_by()
    own = Post.objects.filter(author=viewer_id, pk__in=ids).order_by()
    return likes.values_list("post_id", Value("liked")).union(
        saves.values_list("post_id", Value("saved")),
        own.values_list("pk", Value("own")),
        all=True,
    )


def _kind(viewer: Viewer) -> str:
    """For which language and kind of viewer cards are rendered."""
    if isinstance(viewer, AnonymousUser):
        return f"{get_language()}:visitor"
    return f"{get_language()}:member{'-uncounted' if viewer.hides_like_counts else ''}"


def _key(post: VersionedPost, marks: set[str], who: str, eager: bool) -> str:
    loading = "eager" if eager else "lazy"
    return f"card:{post.pk}:{post.version}:{who}:{'-'.join(sorted(marks))}:{loading}"


def _render(post: Post, marks: set[str], viewer: Viewer, eager: bool) -> str:
    context = {
        "post": post,
        "liked": "liked" in marks,
        "saved": "saved" in marks,
        "counted": shows_like_count(post, viewer),
        "signed_in": viewer.is_authenticated,
        "eager": eager,
    }
    return render_to_string("components/card.html", context)
