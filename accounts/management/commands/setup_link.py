"""`manage.py setup_link`: print the one-time link with which the owner's account is made."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.signup.setup import new_setup_link


class Command(BaseCommand):
    """Print a new set-up link; those printed before stop working."""

    help = "Print the one-time link for creating the owner's account."

    def handle(self, **_options: Any) -> None:
        link = new_setup_link()
        if not link:
            raise CommandError("There is already an owner; sign in as that person.")
        self.stdout.write(link)
