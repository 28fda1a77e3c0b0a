"""What a lost message or a dead process left behind, and what is due."""

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from leaving import departed_usernames, exporting
from leaving.models import Departure, Export
from notes_site.queue import leases
from notes_site.queue.on_commit import queue_lost

AT_ONCE = 100
# A message younger than this may still be on its way.
PATIENCE = timedelta(seconds=30)
# A receipt whose leaving was taken back says so for a while.
TAKEN_BACK_KEPT = timedelta(days=30)


def sweep() -> int:
    """Queue unfinished exports and due erasures, and drop what ran out; how many were queued."""
    exports = Export.objects.filter(state__in=["pending", "working"]).order_by("pk")
    departures = Departure.objects.filter(
        stayed_at=None, erased_at=None, due_at__lte=timezone.now()
    ).order_by("due_at")
    queued = queue_lost(exports.filter(_lost()), "leaving.tasks.export", most=AT_ONCE)
    queued += queue_lost(departures.filter(_lost()), "leaving.tasks.erase", most=AT_ONCE)
    for export in Export.objects.filter(expires_at__lte=timezone.now())[:AT_ONCE]:
        exporting.discard(export)
    departed_usernames.forget()
    Departure.objects.filter(stayed_at__lt=timezone.now() - TAKEN_BACK_KEPT).delete()
    return queued


def _lost() -> Q:
    """In no worker's hands, and no message of it young enough to be under way."""
    stale = Q(queued_at=None) | Q(queued_at__lt=timezone.now() - PATIENCE)
    return leases.free() & stale
