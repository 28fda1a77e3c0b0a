"""`manage.py flush`, which empties the whole database, the audit log included."""

from typing import Any

from django.core.management.commands import flush
from django.db import connections, transaction

from moderation import append_only


class Command(flush.Command):
    """The triggers make way for this one command, and only for who owns the table."""

    def handle(self, **options: Any) -> None:
        connection = connections[options["database"]]
        # In one transaction, so that nobody ever meets the table without its triggers.
        with transaction.atomic(using=options["database"]):
            append_only.remove(connection)
            super().handle(**options)
            append_only.install(connection)
