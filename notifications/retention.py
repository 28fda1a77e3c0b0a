"""What was read long ago is forgotten."""

from datetime import timedelta

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from notifications.models import Notification, NotificationEvent

KEPT = timedelta(days=90)
AT_ONCE = 1_000


def prune() -> int:
    """Remove lines that were seen, or stand on no page, and are 90 days old; returns how many."""
    removed = 0
    while count := _prune_some():
        removed += count
    return removed


@transaction.atomic
def _prune_some() -> int:
    old = Notification.objects.filter(newest_at__lt=timezone.now() - KEPT)
    seen = Q(recipient__notification_preferences__seen_at__gte=F("newest_at"))
    some = old.filter(seen | Q(on_page=False)).order_by("newest_at").values_list("pk", flat=True)
    # Locked, and looked at again: one that something new was added to meanwhile stays.
    locked = old.select_for_update().filter(pk__in=list(some[:AT_ONCE]))
    ids = list(locked.values_list("pk", flat=True))
    NotificationEvent.objects.filter(notification__in=ids).delete()
    Notification.objects.filter(pk__in=ids).delete()
    return len(ids)
