"""`manage.py demo`: load, remove, or sign in as the demo people."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import User
from demo import loading, people, removal
from demo.community import Community, load_community
from demo.progress import Progress
from notes_site.env import is_loopback
from notes_site.storage import StorageUnavailableError

GO_ON = "What was loaded is kept; run the same command again to continue."


class Command(BaseCommand):
    """The demo community, on an empty site that only this machine reaches."""

    help = "Load six demo people with their posts into an empty site, or remove them again."

    def add_arguments(self, parser: CommandParser) -> None:
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--remove", action="store_true", help="remove the demo again")
        what.add_argument("--sign-ins", action="store_true", help="print the demo sign-ins")
        what.add_argument(
            "--force", action="store_true", help="load it even if there are people here"
        )

    def handle(self, *_arguments: Any, **options: Any) -> None:
        community = load_community()
        if options["remove"]:
            self._remove(community)
        elif options["sign_ins"]:
            self._print_sign_ins(community)
        else:
            self._load(community, force=options["force"])

    def _load(self, community: Community, *, force: bool) -> None:
        _refuse_beyond_this_machine()
        if people.can_sign_in(community):
            self.stdout.write("The demo is already loaded.")
            self._print_sign_ins(community)
            return
        here = people.users_of(community)
        if not force and not here.exists() and User.objects.exists():
            self.stdout.write(
                "There are already people here, so the demo was not loaded. Nothing was changed."
                " To load it anyway: manage.py demo --force"
            )
            return
        try:
            loading.load(community, Progress(self.stderr, loading.picture_count(community)))
        except people.NameTakenError as error:
            raise CommandError(
                f"{error} is the username of a demo person and of somebody here, so the demo "
                "can't be loaded. Nobody's account was changed."
            ) from error
        except loading.UnfinishedError as error:
            raise CommandError(f"{error} {GO_ON}") from error
        except StorageUnavailableError as error:
            raise CommandError(f"The media storage does not answer ({error}). {GO_ON}") from error
        except KeyboardInterrupt as error:
            raise CommandError(f"Stopped. {GO_ON}") from error
        self.stdout.write(
            f"Loaded {len(community.posts)} demo posts by {len(community.people)} people."
        )
        self._print_sign_ins(community)

    def _remove(self, community: Community) -> None:
        removed = removal.remove(community)
        if not removed.people:
            self.stdout.write("There is no demo here.")
            return
        self.stdout.write(
            f"Removed {removed.people} demo people, {removed.posts} posts and all of their files."
        )
        if removed.objects_left:
            self.stdout.write(
                f"{removed.objects_left} files could not be erased yet. Nobody sees them, "
                "and the worker tries again until they are gone."
            )

    def _print_sign_ins(self, community: Community) -> None:
        found = people.sign_ins(community)
        if not found:
            self.stdout.write("There is no demo to sign in to. Load it first: manage.py demo")
            return
        self.stdout.write("Sign in as one of the demo people:")
        for username, password, role in found:
            note = "  (moderator: may use the admin)" if role == "moderator" else ""
            self.stdout.write(f"  {username:<8} {password}{note}")


def _refuse_beyond_this_machine() -> None:
    if not is_loopback(settings.HOST):
        raise CommandError(
            f"The demo is for trying the site on this machine only, and HOST is {settings.HOST}. "
            "Nothing was loaded. Set HOST=127.0.0.1 to load it, or DEMO=0 to go without."
        )
    if not settings.ON_THIS_MACHINE_ONLY:
        raise CommandError(
            f"The demo is for trying the site on this machine only, and SITE_URL is "
            f"{settings.SITE_URL}. Nothing was loaded. Leave SITE_URL out, or set DEMO=0."
        )
