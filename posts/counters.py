"""Counters that stand beside the rows they count: counted again, and put right where they drifted.

They change in the transaction of their rows, so a drift is a fault of ours, or of somebody who
wrote into the database by hand.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Count, Model, QuerySet

from accounts.models import Follow, ListMember, PeopleList, User
from posts.models import Comment, CommentLike, Like, Photo, Post

AT_ONCE = 500


@dataclass(frozen=True)
class Counter:
    """A column, the rows it counts, and the column by which they name whose they are."""

    column: str
    rows: Callable[[], "QuerySet[Any]"]
    of: str


@dataclass(frozen=True)
class Drift:
    """A counter that told another number than there are rows."""

    model: str
    code: str
    column: str
    said: int
    counted: int


OF_POSTS = (
    Counter("like_count", Like.objects.all, "post"),
    Counter("comment_count", Comment.objects.counted, "post"),
    Counter("photo_count", Photo.objects.all, "post"),
)
OF_PEOPLE = (
    Counter("follower_count", Follow.objects.all, "followee"),
    Counter("following_count", Follow.objects.all, "follower"),
)
OF_COMMENTS = (
    Counter("like_count", CommentLike.objects.all, "comment"),
    Counter("reply_count", Comment.objects.readable, "parent"),
)
OF_LISTS = (Counter("member_count", ListMember.objects.all, "people_list"),)
COUNTED: tuple[tuple[type[Model], tuple[Counter, ...]], ...] = (
    (Post, OF_POSTS),
    (User, OF_PEOPLE),
    (Comment, OF_COMMENTS),
    (PeopleList, OF_LISTS),
)


def drifts(*, repair: bool) -> Iterator[Drift]:
    """Every counter that drifted, in batches, so that memory does not grow with the site.

    With `repair` it is right again when it is yielded. People may go on meanwhile: each one found
    is counted once more behind its row's lock, under which counter and rows always agree.
    """
    for model, counters in COUNTED:
        last = -1
        while batch := _read(model, counters, last):
            last = batch[-1]["pk"]
            for row in _suspects(batch, counters):
                yield from _look_again(model, counters, row, repair)


def _read(model: type[Model], counters: tuple[Counter, ...], after: int) -> list[dict[str, Any]]:
    rows = model._default_manager.filter(pk__gt=after).order_by("pk")
    return list(rows.values("pk", *(counter.column for counter in counters))[:AT_ONCE])


def _suspects(batch: list[dict[str, Any]], counters: tuple[Counter, ...]) -> list[int]:
    """The ids whose counters differ from a count without any lock."""
    ids = [row["pk"] for row in batch]
    wrong = set()
    for counter in counters:
        counted = _count(counter, ids)
        wrong |= {row["pk"] for row in batch if row[counter.column] != counted.get(row["pk"], 0)}
    return sorted(wrong)


def _count(counter: Counter, ids: list[int]) -> dict[int, int]:
    rows = counter.rows().filter(**{f"{counter.of}__in": ids}).order_by()
    return dict(rows.values_list(counter.of).annotate(Count("pk")))


@transaction.atomic
def _look_again(
    model: type[Model], counters: tuple[Counter, ...], pk: int, repair: bool
) -> list[Drift]:
    row: Any = model._default_manager.select_for_update().filter(pk=pk).first()
    if row is None:
        return []
    found = []
    for counter in counters:
        said, counted = getattr(row, counter.column), _count(counter, [pk]).get(pk, 0)
        if said != counted:
            name = str(model._meta.verbose_name)
            found.append(Drift(name, row.code, counter.column, said, counted))
    if found and repair:
        _write(model, pk, {drift.column: drift.counted for drift in found})
    return found


def _write(model: type[Model], pk: int, right: dict[str, int]) -> None:
    if model is Post:
        Post.objects.filter(pk=pk).bump(**right)
    else:
        model._default_manager.filter(pk=pk).update(**right)
