"""`manage.py prepare_database`: everything the database needs before a version of the site runs."""

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from moderation import site_role


class Command(BaseCommand):
    """Migrate, and where another role owns the tables, give the site's role what it needs."""

    help = "Migrate; with DATABASE_OWNER_URL, as that role, and give the role of DATABASE_URL less."

    def handle(self, *, verbosity: int, **_options: Any) -> None:
        call_command("migrate", verbosity=verbosity, interactive=False)
        if (role := settings.DATABASE_SITE_ROLE) is None:
            return
        if connection.vendor != "postgresql":
            raise CommandError("DATABASE_OWNER_URL is for PostgreSQL: SQLite has no roles.")
        try:
            site_role.grant(connection, role)
        except site_role.SiteRoleError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"The site works as the role {role.name}, which owns nothing.")
