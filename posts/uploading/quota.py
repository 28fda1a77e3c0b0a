"""How much a person keeps here, and how much they may: counted from their photos' rows."""

from dataclasses import dataclass

from django.conf import settings
from django.db.models import Count, Q, Sum

from accounts.models import User
from posts.models import Photo
from posts.models.post import UNPUBLISHED
from posts.reasons import RefusedError

MB = 1_000_000


@dataclass(frozen=True)
class Usage:
    """Bytes of originals by where they are, and the number of photos; `limit` 0 is none."""

    posts: int
    drafts: int
    unused: int
    photos: int
    limit: int

    @property
    def used(self) -> int:
        """All of it."""
        return self.posts + self.drafts + self.unused

    @property
    def left(self) -> int:
        """What still fits; 0 without a limit too."""
        return max(0, self.limit - self.used)

    @property
    def percent(self) -> int:
        """How full it is, 0 to 100; 0 without a limit."""
        return min(100, 100 * self.used // self.limit) if self.limit else 0


def limit() -> int:
    """How many bytes of originals a person may keep; 0 is no limit."""
    return settings.QUOTA_MB * MB


def used(owner: User) -> int:
    """How many bytes of originals a person keeps, drafts and unused uploads included."""
    return Photo.objects.filter(owner=owner).aggregate(total=Sum("bytes"))["total"] or 0


def left(owner: User) -> int | None:
    """How many bytes more fit; None without a limit."""
    return max(0, limit() - used(owner)) if limit() else None


def usage(owner: User) -> Usage:
    """What a person keeps, by where it is, in one query."""
    in_post, in_draft = Q(post__isnull=False), Q(post__state__in=UNPUBLISHED)
    counted = Photo.objects.filter(owner=owner).aggregate(
        posts=Sum("bytes", filter=in_post & ~in_draft, default=0),
        drafts=Sum("bytes", filter=in_draft, default=0),
        unused=Sum("bytes", filter=Q(post=None), default=0),
        photos=Count("pk"),
    )
    return Usage(**counted, limit=limit())


def largest_posts(owner: User, most: int) -> dict[int, tuple[int, int]]:
    """The posts that hold most: bytes and number of photos by id, the largest first."""
    in_posts = Photo.objects.filter(owner=owner, post__isnull=False).order_by()
    summed = in_posts.values_list("post").annotate(bytes=Sum("bytes"), photos=Count("pk"))
    return {post: (size, number) for post, size, number in summed.order_by("-bytes")[:most]}


def refuse_beyond(owner: User, more: int) -> None:
    """Raises RefusedError when `more` bytes don't fit any more."""
    room = left(owner)
    if room is not None and more > room:
        raise RefusedError("quota")


def reserve(owner: User, more: int) -> None:
    """The same, inside the transaction that adds a photo of so many bytes.

    Locks the owner's row, so that of two files that arrive at once the second counts the first.
    """
    if limit():
        User.objects.select_for_update().get(pk=owner.pk)
        refuse_beyond(owner, more)
