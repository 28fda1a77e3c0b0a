"""What the posts room tells those who watch the site: queues, media, what is to be erased."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.core.cache import caches
from django.db.models import Count, Min, Q, Sum
from prometheus_client.core import GaugeMetricFamily

from notes_site.health.metrics import gauge, gauges, register, seconds_since
from notes_site.storage import EXPORTS
from posts.models import Erasure, Photo, Post, Quarantine, Rendition, Upload

# Sums over whole tables are read at most once in so many seconds, by each process.
TOTALS_KEPT = 60


@dataclass(frozen=True)
class QueueDepth:
    """How many photos stand where, and for how many seconds the oldest has been waiting."""

    waiting: int
    working: int
    held: int
    oldest_seconds: float


def queue_depth() -> QueueDepth:
    """The queue as it is now; reads only the rows that are not done."""
    counted = Photo.objects.unfinished().aggregate(
        waiting=Count("pk", filter=Q(state=Photo.State.PENDING)),
        working=Count("pk", filter=Q(state=Photo.State.WORKING)),
        # The sweep writes `queued_at` anew while a photo waits; one that was never rendered has
        # waited since it came.
        came=Min("created_at", filter=Q(state=Photo.State.PENDING, thumbhash="")),
        again=Min("queued_at", filter=Q(state=Photo.State.PENDING)),
    )
    return QueueDepth(
        waiting=counted["waiting"],
        working=counted["working"],
        # One that a moderator refused stays held too, but it waits for nobody.
        held=Photo.objects.filter(held_at__isnull=False, state=Photo.State.READY).count(),
        oldest_seconds=max(seconds_since(counted["came"]), seconds_since(counted["again"])),
    )


def failed_photos() -> int:
    """How many photos could not be made ready; walks through all photos."""
    return Photo.objects.filter(state=Photo.State.FAILED).count()


@register
def figures() -> Iterator[GaugeMetricFamily]:
    """Every figure of posts and their media."""
    totals: Any = caches["fragments"].get_or_set("metrics:totals", _totals, TOTALS_KEPT)
    yield from _of_photos(totals["failed"])
    yield from _of_erasures()
    yield gauges("posts", "Posts by state.", "state", totals["posts"])
    yield gauge("uploads_unused", "Uploads that are in no post.", totals["uploads"])
    yield gauge("original_bytes", "Size of all originals.", totals["originals"])
    yield gauge("rendition_bytes", "Size of all renditions.", totals["renditions"])
    yield gauge("photos_ready", "Photos that are done.", totals["ready"])


def _of_photos(failed: int) -> Iterator[GaugeMetricFamily]:
    queue = queue_depth()
    states = {"pending": queue.waiting, "working": queue.working, "failed": failed}
    yield gauges("photos", "Photos that are not ready, by state.", "state", states)
    yield gauge("photos_held", "Photos a moderator has to look at.", queue.held)
    words = "How long the oldest waiting photo has waited; 0 when none waits."
    yield gauge("photos_oldest_waiting_seconds", words, queue.oldest_seconds)


def _of_erasures() -> Iterator[GaugeMetricFamily]:
    # Downloads stand in the ledger from their first day on, and wait there for a week.
    waiting = Erasure.objects.filter(erased_at=None).exclude(key__startswith=EXPORTS)
    counted = waiting.aggregate(number=Count("pk"), oldest=Min("requested_at"))
    yield gauge("erasures_waiting", "Objects still to be erased.", counted["number"])
    oldest = seconds_since(counted["oldest"])
    yield gauge("erasures_oldest_seconds", "Age of the oldest of them.", oldest)
    kept = Quarantine.objects.filter(erased_at=None).count()
    yield gauge("quarantine_objects", "Objects in quarantine.", kept)


def _totals() -> dict[str, Any]:
    posts = dict.fromkeys(Post.State.values, 0)
    posts |= dict(Post.objects.order_by().values_list("state").annotate(Count("pk")))
    photos = Photo.objects.aggregate(
        bytes=Sum("bytes"),
        ready=Count("pk", filter=Q(state=Photo.State.READY)),
        failed=Count("pk", filter=Q(state=Photo.State.FAILED)),
    )
    return {
        "posts": posts,
        "ready": photos["ready"],
        "failed": photos["failed"],
        "originals": photos["bytes"] or 0,
        "renditions": Rendition.objects.aggregate(bytes=Sum("bytes"))["bytes"] or 0,
        "uploads": Upload.objects.filter(used_at=None).count(),
    }
