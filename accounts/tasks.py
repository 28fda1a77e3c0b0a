"""The Celery tasks about people, each one delegating line."""

from celery import shared_task

from accounts import retention


@shared_task
def forget() -> None:
    """Erase what has been kept about signing in for long enough."""
    retention.forget()
