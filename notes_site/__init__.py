"""The ground floor: settings, ids, transactions, events, storage and what every room stands on."""

from notes_site.celery import app as celery_app

__all__ = ["celery_app"]
