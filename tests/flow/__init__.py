"""Whole paths through the running site: web, worker, schedule, database, broker, storage."""
