"""What moderation tells those who watch the site: how many reports wait, and for how long."""

from collections.abc import Iterator

from django.db.models import Count, Min
from prometheus_client.core import GaugeMetricFamily

from moderation.models import Report
from notes_site.health.metrics import gauge, gauges, register, seconds_since


@register
def figures() -> Iterator[GaugeMetricFamily]:
    """Reads the open reports alone, by their index."""
    waiting = Report.objects.filter(decision="")
    numbers = dict.fromkeys(Report.Category.values, 0)
    numbers |= dict(waiting.values_list("category").annotate(Count("pk")))
    yield gauges(
        "reports_open", "Reports nobody has decided yet, by category.", "category", numbers
    )
    oldest = waiting.aggregate(at=Min("created_at"))["at"]
    yield gauge("reports_oldest_seconds", "Age of the oldest of them.", seconds_since(oldest))
