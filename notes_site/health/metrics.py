"""Figures for Prometheus: each room registers what it can tell, `/metrics` asks them all.

Every figure comes from the database, so it is the same in whichever process answers.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from math import inf

from django.db.models import Count, Min
from django.utils import timezone
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from notes_site.models import Event, Heartbeat, OutgoingEmail
from notes_site.queue.events import MAX_ATTEMPTS

Figures = Callable[[], Iterable[GaugeMetricFamily]]

_rooms: list[Figures] = []


def register(figures: Figures) -> Figures:
    """Have a room's function asked at every scrape; what it asks the database must be cheap."""
    _rooms.append(figures)
    return figures


def gauge(name: str, words: str, value: float) -> GaugeMetricFamily:
    """One figure; times in seconds, sizes in bytes, as the name's last word says."""
    return GaugeMetricFamily(f"notes_{name}", words, value=value)


def gauges(name: str, words: str, label: str, values: dict[str, int]) -> GaugeMetricFamily:
    """One figure for each value of a label."""
    family = GaugeMetricFamily(f"notes_{name}", words, labels=[label])
    for of, value in values.items():
        family.add_metric([of], value)
    return family


def seconds_since(moment: datetime | None) -> float:
    """The age of a moment in seconds; 0 when there is none, or when its clock runs ahead."""
    return max(0.0, (timezone.now() - moment).total_seconds()) if moment else 0.0


class _Rooms(Collector):
    def collect(self) -> Iterator[GaugeMetricFamily]:
        for figures in _rooms:
            yield from figures()


# Auto-describing collects, so it would ask the database at import.
_registry = CollectorRegistry(auto_describe=False)
_registry.register(_Rooms())


def exposition() -> bytes:
    """All figures as they are now, in the Prometheus text format."""
    return generate_latest(_registry)


@register
def _ground_floor() -> Iterator[GaugeMetricFamily]:
    waiting = Event.objects.filter(handled_at=None)
    yield gauge("events_waiting", "Events that nobody has handled yet.", waiting.count())
    oldest = waiting.aggregate(at=Min("created_at"))["at"]
    yield gauge("events_oldest_seconds", "Age of the oldest of them.", seconds_since(oldest))
    yield from _of_emails()
    given_up = waiting.filter(attempts__gte=MAX_ATTEMPTS).count()
    yield gauge("events_given_up", "Events whose handlers failed too often.", given_up)
    seen_at = Heartbeat.objects.filter(name="worker").values_list("seen_at", flat=True).first()
    # 0 would look like a worker seen just now; infinity raises the alarm.
    age = seconds_since(seen_at) if seen_at else inf
    yield gauge("worker_heartbeat_seconds", "Time since a worker was last seen alive.", age)


def _of_emails() -> Iterator[GaugeMetricFamily]:
    waiting = OutgoingEmail.objects.filter(state=OutgoingEmail.State.WAITING)
    counted = waiting.aggregate(number=Count("pk"), oldest=Min("created_at"))
    yield gauge("emails_waiting", "Emails on their way.", counted["number"])
    oldest = seconds_since(counted["oldest"])
    yield gauge("emails_oldest_seconds", "Age of the oldest of them.", oldest)
    failed = OutgoingEmail.objects.filter(state=OutgoingEmail.State.FAILED).count()
    yield gauge("emails_failed", "Emails given up on in the last 14 days.", failed)
