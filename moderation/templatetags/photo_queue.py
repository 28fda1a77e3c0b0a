"""The queue of photos, for the first page of the admin."""

from dataclasses import dataclass
from typing import Any

from django import template
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from posts.metrics import QueueDepth, failed_photos, queue_depth

register = template.Library()

BAR_WIDTH = 1_000
# So that a few photos beside thousands can still be seen in the bar.
NARROWEST = 12
# How long a photo waits on a site that is well, and when somebody should look.
LATE_SECONDS = 60
LISTS = (
    ("waiting", _("waiting"), "state__exact=pending"),
    ("working", _("working"), "state__exact=working"),
    ("held", _("held for review"), "state__exact=ready&held=yes"),
    ("failed", _("failed"), "state__exact=failed"),
)


@dataclass(frozen=True)
class Segment:
    """One number of the queue: its list, and where its part of the drawn bar begins and ends."""

    name: str
    words: Promise
    address: str
    number: int
    start: int
    width: int


@dataclass(frozen=True)
class QueueBar:
    """The queue as it is drawn; `minutes` the oldest has waited, rounded down."""

    depth: QueueDepth
    parts: list[Segment]

    @property
    def minutes(self) -> int:
        return int(self.depth.oldest_seconds // 60)

    @property
    def is_late(self) -> bool:
        return self.depth.oldest_seconds > LATE_SECONDS


@register.simple_tag(takes_context=True)
def photo_queue(context: dict[str, Any]) -> QueueBar | None:
    """The queue for those who may see photos; None for everyone else."""
    if not context["request"].user.has_perm("posts.view_photo"):
        return None
    depth = queue_depth()
    return QueueBar(depth, _parts(depth))


def _parts(depth: QueueDepth) -> list[Segment]:
    rooms = reverse("admin:posts_photo_changelist")
    numbers = {
        "waiting": depth.waiting,
        "working": depth.working,
        "held": depth.held,
        "failed": failed_photos(),
    }
    whole = max(1, sum(numbers.values()))
    parts, start = [], 0
    for name, words, query in LISTS:
        number = numbers[name]
        width = max(NARROWEST, BAR_WIDTH * number // whole) if number else 0
        parts.append(Segment(name, words, f"{rooms}?{query}", number, start, width))
        start += width
    return parts
