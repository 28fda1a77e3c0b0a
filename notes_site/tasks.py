"""The ground floor's Celery tasks, each one delegating line."""

from celery import shared_task
from django.utils import timezone

from notes_site import heartbeats
from notes_site.mail import outgoing
from notes_site.models import Heartbeat
from notes_site.queue import events


@shared_task
def handle_event(event_id: int) -> None:
    """Run an event's handlers."""
    events.handle(event_id)


@shared_task
def sweep_events() -> int:
    """Queue the events whose message was lost; how many those were."""
    return events.sweep()


@shared_task
def send_email(email_id: int) -> None:
    """Send an email that waits."""
    outgoing.deliver(email_id)


@shared_task
def sweep_emails() -> int:
    """Queue the emails that are due; forget those that ended long ago. How many were due."""
    return outgoing.sweep()


@shared_task
def beat() -> None:
    """Leave a sign of life: the schedule sent this message and a worker took it."""
    Heartbeat.objects.update_or_create(name="worker", defaults={"seen_at": timezone.now()})


@shared_task
def pulse() -> None:
    """Leave this worker's own sign of life: it sent this message to itself."""
    heartbeats.touch()
