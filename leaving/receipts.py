"""The receipt of a leaving: when it was asked for, what went, and when storage confirmed it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Max, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from leaving.models import Departure
from leaving.rows import iso_time
from notes_site.storage import EXPORTS, PRIVATE, PUBLIC
from posts.models import Erasure
from posts.receipts.deletion_receipts import Item, short_name

# So many objects stand on the page; programs get all of them.
SHOWN = 100

NAMES: dict[str, Promise] = {
    "posts": _("Posts and drafts"),
    "uploads": _("Photos not in a post"),
    "avatar": _("Profile pictures"),
    "exports": _("Downloads"),
    "comments": _("Comments"),
    "likes": _("Likes of posts"),
    "comment_likes": _("Likes of comments"),
    "saves": _("Saved posts"),
    "collections": _("Collections"),
    "follows": _("Follows and requests, both ways"),
    "lists": _("Lists of people"),
    "places_on_lists": _("Places on other people’s lists"),
    "blocks": _("Blocks"),
    "mutes": _("Mutes"),
    "restrictions": _("Restrictions"),
    "topics": _("Followed topics"),
    "muted_topics": _("Muted topics"),
    "muted_words": _("Muted words"),
    "dismissed": _("People not to be suggested"),
    "invites": _("Invitations"),
    "reports": _("Reports that no longer name you"),
    "former_names": _("Former usernames"),
    "sign_ins": _("Sign-in history"),
    "sign_up": _("Requests to join"),
    "emails": _("Email addresses"),
    "second_factors": _("Passkeys and other second factors"),
    "sessions": _("Sessions"),
    "notifications": _("Notifications"),
    "told_of_them": _("Notifications to others about you"),
    "notification_settings": _("Notification settings"),
}


@dataclass(frozen=True)
class Receipt:
    """One leaving as its receipt tells it; never whose it was."""

    departure: Departure
    gone: int
    of: int
    completed_at: datetime | None

    @property
    def state(self) -> str:
        """ "kept", "waiting" for its day, "erasing", or "erased" with all its objects."""
        if self.departure.stayed_at:
            return "kept"
        if self.departure.started_at is None:
            return "waiting"
        done = self.departure.erased_at and self.gone == self.of
        return "erased" if done else "erasing"

    @property
    def counts(self) -> list[tuple[str, int]]:
        """How many of each kind of row are gone, as (what, number)."""
        counts = self.departure.counts
        return [(str(NAMES[name]), counts[name]) for name in NAMES if counts.get(name)]

    @property
    def items(self) -> list[Item]:
        """The objects, originals first; not more than a page holds."""
        found = _objects(self.departure).order_by("key")[:SHOWN]
        return [Item(_kind(each.key), short_name(each.key), each.erased_at) for each in found]

    @property
    def more(self) -> int:
        """How many objects are left out of `items`."""
        return max(0, self.of - SHOWN)

    def as_json(self) -> dict[str, Any]:
        """The whole receipt for programs: every object by its full name, times in ISO 8601."""
        departure = self.departure
        return {
            "state": self.state,
            "asked_at": iso_time(departure.asked_at),
            "due_at": iso_time(departure.due_at),
            "stayed_at": iso_time(departure.stayed_at),
            "started_at": iso_time(departure.started_at),
            "rows_erased_at": iso_time(departure.erased_at),
            "completed_at": iso_time(self.completed_at),
            "rows": departure.counts,
            "objects": list(_named(departure)),
        }


def find(token: str) -> Receipt | None:
    """The receipt behind an address; None when there is none."""
    departure = Departure.objects.filter(digest=Departure.digest_of(token)).first()
    if departure is None:
        return None
    counted = _objects(departure).aggregate(
        gone=Count("erased_at"), of=Count("pk"), latest=Max("erased_at")
    )
    times = [each for each in (departure.erased_at, counted["latest"]) if each]
    receipt = Receipt(departure, counted["gone"], counted["of"], max(times, default=None))
    if receipt.state == "erased":
        return receipt
    return Receipt(departure, counted["gone"], counted["of"], None)


def _objects(departure: Departure) -> "QuerySet[Erasure]":
    """What was still there when erasing began: not what was replaced or deleted before."""
    if departure.started_at is None:
        return Erasure.objects.none()
    theirs = Erasure.objects.filter(owner_id=departure.person_id)
    return theirs.filter(Q(erased_at=None) | Q(erased_at__gte=departure.started_at))


def _named(departure: Departure) -> Iterator[dict[str, Any]]:
    for each in _objects(departure).order_by("pk").iterator():
        yield {"name": each.key, "erased_at": iso_time(each.erased_at)}


def _kind(key: str) -> Promise:
    for prefix, kind in KINDS:
        if key.startswith(prefix):
            return kind
    return _("File")


# The first match counts: originals and downloads lie under `private/` too.
KINDS: tuple[tuple[str, Promise], ...] = (
    (f"{PRIVATE}originals/", _("Original")),
    (EXPORTS, _("Download")),
    (PRIVATE, _("Picture")),
    (PUBLIC, _("Picture")),
)
