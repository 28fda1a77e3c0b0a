"""`manage.py flush`, which empties the whole database, the audit log included."""

from typing import Any

from django.core.management.commands import flush
from django.db import connections, transaction

from moderation import append_only


class Command(flush.Command):
    """PostgreSQL truncates, past row triggers; SQLite deletes row by row and must be let."""

    def handle(self, **options: Any) -> None:
        connection = connections[options["database"]]
        if connection.vendor != "sqlite":
            super().handle(**options)
            return
        with transaction.atomic(using=options["database"]):
            append_only.remove(connection)
            super().handle(**options)
            append_only.install(connection)
