"""Collections as they stand on pages: with as many pictures and posts as the viewer may see."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Case, Count, Exists, F, OuterRef, Q, QuerySet, Value, When, Window
from django.db.models.functions import RowNumber

from posts.models import Collection, CollectionItem, Post, Save
from posts.models.post import Viewer
from posts.pictures import Picture, picture_from_json

IN_A_MOSAIC = 4


@dataclass
class Cover:
    """A collection, up to four pictures for it, and how many of its posts the viewer sees."""

    collection: Collection
    pictures: list[Picture] = field(default_factory=list)
    count: int = 0


def shown_items(viewer: Viewer) -> "QuerySet[CollectionItem]":
    """The items of collections whose posts this viewer may see there.

    What is unlisted is for those who have its address: elsewhere than in one's own collection it
    stands for its author alone.
    """
    items = CollectionItem.objects.filter(_visible(viewer))
    unlisted = Q(post__audience=Post.Audience.UNLISTED)
    if not viewer.is_authenticated:
        return items.exclude(unlisted)
    return items.filter(~unlisted | Q(post__author=viewer.pk) | Q(collection__owner=viewer.pk))


def shown_saves(viewer: Viewer) -> "QuerySet[Save]":
    """What the viewer saved and may see still."""
    return Save.objects.filter(_visible(viewer), user=viewer.pk)


def covers(collections: Sequence[Collection], viewer: Viewer) -> list[Cover]:
    """The collections, with the pictures of all of them in one query."""
    found = {collection.pk: Cover(collection) for collection in collections}
    for row in _firsts(found, viewer) if found else []:
        shown = found[row["collection_id"]]
        shown.count = row["count"]
        # A chosen cover is shown alone. Without one the viewer can see, the first four are shown.
        if row["place"] == 1 or not shown.collection.cover_id or not row["has_cover"]:
            shown.pictures += _pictures([row["post__cover"]])
    return list(found.values())


def cover_of_saved(viewer: Viewer) -> list[Picture]:
    """The pictures of the newest posts that the viewer saved."""
    newest = (
        shown_saves(viewer).order_by("-created_at", "-pk").values_list("post__cover", flat=True)
    )
    return _pictures(newest[:IN_A_MOSAIC])


def _pictures(kept: Iterable[dict[str, Any]]) -> list[Picture]:
    made = (picture_from_json(each) for each in kept if each)
    return [picture for picture in made if picture]


def _firsts(collections: Iterable[int], viewer: Viewer) -> Iterable[Any]:
    """The first items of each collection: the chosen cover, then the others in their order.

    `count` is that of all that the viewer sees, `has_cover` whether the chosen one is among them.
    """
    chosen = Case(When(post=F("collection__cover"), then=Value(1)), default=Value(0))
    each = F("collection")
    return (
        shown_items(viewer)
        .filter(collection__in=collections)
        .annotate(
            place=Window(
                RowNumber(), partition_by=each, order_by=[chosen.desc(), F("position").desc()]
            ),
            count=Window(Count("pk"), partition_by=each),
            has_cover=Window(
                Count(Case(When(post=F("collection__cover"), then=Value(1)))), partition_by=each
            ),
        )
        .filter(place__lte=IN_A_MOSAIC)
        .order_by("collection", "place")
        .values("collection_id", "post__cover", "place", "count", "has_cover")
    )


def _visible(viewer: Viewer) -> Exists:
    # Asked row by row along the index of the list, never for all posts at once.
    posts = Post.objects.visible_to(viewer).filter(state=Post.State.PUBLISHED)
    return Exists(posts.filter(pk=OuterRef("post")))
