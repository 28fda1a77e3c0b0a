"""Cards: a post as it stands in a stream, rendered once per version and kept in memory."""

from collections.abc import Sequence
from typing import Any, Protocol

from django.contrib.auth.models import AnonymousUser
from django.core.cache import caches
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from posts.models import Like, Post
from posts.models.post import Viewer

# The photos of the first screen, fetched without waiting for scripts or layout.
EAGER = 4


class Listed(Protocol):
    """A post, or all that is read of it when its card is kept."""

    @property
    def pk(self) -> Any: ...

    @property
    def version(self) -> int: ...


def render_cards(posts: Sequence[Listed], viewer: Viewer, *, first_page: bool) -> list[SafeString]:
    """The cards of posts, in their order, with the viewer's own likes; at most 3 queries.

    Only `id` and `version` of the posts are read, the rest where a card isn't kept yet.
    """
    liked = _liked(posts, viewer)
    keys = {
        post.pk: _key(post, post.pk in liked, viewer, first_page and index < EAGER)
        for index, post in enumerate(posts)
    }
    kept = caches["fragments"].get_many(keys.values())
    missing = [pk for pk, key in keys.items() if key not in kept]
    made = {}
    for post in Post.objects.filter(pk__in=missing).select_related("author") if missing else []:
        if post.cover_picture:
            eager = keys[post.pk].endswith("eager")
            made[keys[post.pk]] = _render(post, post.pk in liked, viewer, eager)
    caches["fragments"].set_many(made)
    kept |= made
    return [mark_safe(kept[key]) for key in keys.values() if key in kept]  # noqa: S308


def _liked(posts: Sequence[Listed], viewer: Viewer) -> set[int]:
    if isinstance(viewer, AnonymousUser):
        return set()
    likes = Like.objects.filter(user=viewer.pk, post__in=[post.pk for post in posts])
    return set(likes.values_list("post_id", flat=True))


def _key(post: Listed, liked: bool, viewer: Viewer, eager: bool) -> str:
    who = "visitor" if isinstance(viewer, AnonymousUser) else "liked" if liked else "member"
    loading = "eager" if eager else "lazy"
    return f"card:{post.pk}:{post.version}:{get_language()}:{who}:{loading}"


def _render(post: Post, liked: bool, viewer: Viewer, eager: bool) -> str:
    context = {
        "post": post,
        "liked": liked,
        "signed_in": viewer.is_authenticated,
        "eager": eager,
    }
    return render_to_string("components/card.html", context)
