"""`manage.py reset_link USERNAME`: print a link with which that person chooses a new password."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import User
from moderation.actions import NotAllowedError
from moderation.membership import make_reset_link


class Command(BaseCommand):
    """Print the link, to be handed over; it works once."""

    help = "Print a link for choosing a new password; it works once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")

    def handle(self, *, username: str, **_options: Any) -> None:
        person = User.objects.filter(username=username.lower().removeprefix("@")).first()
        if person is None:
            raise CommandError(f"Nobody here is called {username}.")
        try:
            link = make_reset_link(actor=None, person=person, reason="manage.py reset_link")
        except NotAllowedError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(link)
