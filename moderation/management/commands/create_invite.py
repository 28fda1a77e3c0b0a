"""`manage.py create_invite`: print a link by which somebody may sign up."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.signup import invites
from moderation.membership import make_invite
from notes_site import site


class Command(BaseCommand):
    """Print the link of a new invitation."""

    help = "Make an invitation and print its link; by default for one person and 14 days."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--uses", type=int, default=1, help="how many people; 0 is no limit")
        parser.add_argument(
            "--days", type=int, default=14, help="how many days it is valid; 0 is forever"
        )
        parser.add_argument("--note", default="", help="who it is for; only moderators see it")

    def handle(self, *, uses: int, days: int, note: str, **_options: Any) -> None:
        if min(uses, days) < 0 or len(note) > 100:
            raise CommandError(
                "--uses and --days must be 0 or more, and --note can have up to 100 characters."
            )
        invite = make_invite(actor=None, most_uses=uses or None, days=days or None, note=note)
        if site.current().registration == site.Registration.CLOSED:
            self.stderr.write("Nobody can sign up at the moment, with or without an invitation.")
        self.stdout.write(invites.link(invite))
