"""What became of the objects of a deleted post: the receipt its author can look up."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from notes_site.storage import PRIVATE
from posts.models import Erasure, Post

SHOWN_OF_KEY = 8
ORIGINALS = f"{PRIVATE}originals/"


@dataclass(frozen=True)
class Item:
    """One object: what it was, the beginning of its name, and when storage confirmed its end."""

    kind: Promise
    name: str
    erased_at: datetime | None


@dataclass(frozen=True)
class Receipt:
    """A deleted post and all that was stored of it."""

    post: Post
    items: list[Item]
    is_refused: bool

    @property
    def gone(self) -> int:
        """How many objects are erased."""
        return sum(item.erased_at is not None for item in self.items)

    @property
    def is_complete(self) -> bool:
        """Whether nothing is left in storage."""
        return self.gone == len(self.items)

    @property
    def completed_at(self) -> datetime | None:
        """When the last object went; None while one is left, or when there was none."""
        times = [item.erased_at for item in self.items if item.erased_at]
        return max(times) if times and self.is_complete else None


def deleted_by(author: User) -> "QuerySet[Post]":
    """A person's deleted posts; of each, only that it was and when it went is still known."""
    return Post.objects.filter(author=author, state=Post.State.DELETED)


def receipt(author: User, post_id: int) -> Receipt | None:
    """The receipt of a deleted post; None when there is no such post of this person."""
    post = deleted_by(author).filter(pk=post_id).first()
    if post is None:
        return None
    entries = list(_objects_of([post.pk]).order_by("pk"))
    items = [Item(_kind(entry.key), short_name(entry.key), entry.erased_at) for entry in entries]
    # Originals first, as they matter most.
    items.sort(key=lambda item: item.kind != KINDS[""])
    return Receipt(post, items, any(entry.error for entry in entries))


def counts(posts: Sequence[Post]) -> dict[int, tuple[int, int]]:
    """By id, how many objects of each post are gone, and of how many; one query."""
    grouped = _objects_of([post.pk for post in posts]).order_by().values_list("post_id")
    found = grouped.annotate(gone=Count("erased_at"), number=Count("pk"))
    return {post.pk: (0, 0) for post in posts} | {
        post_id: (gone, number) for post_id, gone, number in found if post_id is not None
    }


def _objects_of(post_ids: Sequence[int]) -> "QuerySet[Erasure]":
    """What was still there when the posts were deleted: not what moved or was replaced before."""
    deleted_at = Post.objects.filter(pk=OuterRef("post_id")).values("deleted_at")
    entries = Erasure.objects.filter(post_id__in=post_ids).annotate(until=Subquery(deleted_at))
    return entries.filter(Q(erased_at=None) | Q(erased_at__gte=F("until")))


KINDS = {
    "": _("Original"),
    "webp": _("Picture, WebP"),
    "jpg": _("Picture, JPEG"),
    "avif": _("Picture, AVIF"),
}


def _kind(key: str) -> Promise:
    ending = "" if key.startswith(ORIGINALS) else key.rpartition(".")[2]
    return KINDS.get(ending, KINDS["webp"])


def short_name(key: str) -> str:
    """The beginning of a key's name, enough to tell it by."""
    return f"{key.rpartition('/')[2][:SHOWN_OF_KEY]}…"
