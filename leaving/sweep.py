"""What a lost message or a dead process left behind, and what is due."""

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from leaving import exporting, names
from leaving.models import Departure, Export
from notes_site.transactions import queue_on_commit

AT_ONCE = 100
# A message younger than this may still be on its way.
PATIENCE = timedelta(seconds=30)
# A receipt whose leaving was taken back says so for a while.
TAKEN_BACK_KEPT = timedelta(days=30)


def sweep() -> int:
    """Queue unfinished exports and due erasures, and drop what ran out; how many were queued."""
    queued = _queue_exports() + _queue_departures()
    for export in Export.objects.filter(expires_at__lte=timezone.now())[:AT_ONCE]:
        exporting.drop(export)
    names.forget()
    Departure.objects.filter(stayed_at__lt=timezone.now() - TAKEN_BACK_KEPT).delete()
    return queued


def _queue_exports() -> int:
    """Queue the exports nobody works on, each by compare-and-set; the oldest first."""
    from leaving import tasks

    now = timezone.now()
    waiting = Export.objects.filter(_lost(), state__in=["pending", "working"])
    queued = 0
    for export_id in waiting.order_by("pk").values_list("pk", flat=True)[:AT_ONCE]:
        if waiting.filter(pk=export_id).update(queued_at=now):
            queue_on_commit(tasks.export, export_id)
            queued += 1
    return queued


def _queue_departures() -> int:
    from leaving import tasks

    now = timezone.now()
    waiting = Departure.objects.filter(_lost(), stayed_at=None, erased_at=None, due_at__lte=now)
    queued = 0
    for departure_id in waiting.order_by("due_at").values_list("pk", flat=True)[:AT_ONCE]:
        if waiting.filter(pk=departure_id).update(queued_at=now):
            queue_on_commit(tasks.erase, departure_id)
            queued += 1
    return queued


def _lost() -> Q:
    """In no worker's hands, and no message of it young enough to be under way."""
    now = timezone.now()
    free = Q(leased_until=None) | Q(leased_until__lt=now)
    return free & (Q(queued_at=None) | Q(queued_at__lt=now - PATIENCE))
