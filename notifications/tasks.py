"""The Celery tasks of notifications."""

from celery import shared_task

from notifications import mailing, retention


@shared_task
def send_mail(person_id: int) -> None:
    """Send the email that is due to a person."""
    mailing.send(person_id)


@shared_task
def sweep_mail() -> int:
    """Queue the emails that are due; how many those are."""
    return mailing.sweep()


@shared_task
def prune() -> None:
    """Forget what was read 90 days ago."""
    retention.prune()
