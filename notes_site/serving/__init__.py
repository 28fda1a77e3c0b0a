"""`manage.py serve`: web, worker and schedule, started, watched and stopped together."""
