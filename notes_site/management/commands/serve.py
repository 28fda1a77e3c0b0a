"""`manage.py serve`: one command from an empty folder to a running site."""

import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from accounts.models import User
from accounts.signup.setup import new_setup_link
from notes_site import site, web_address
from notes_site.env import is_loopback
from notes_site.serving.supervisor import Child, Supervisor

READY_SECONDS = 30.0


class Command(BaseCommand):
    """Prepare the database, load the demo on an empty one, then run web, worker and schedule."""

    help = "Run the whole site: web, worker and schedule, until Ctrl-C."

    def handle(self, **_options: Any) -> None:
        _refuse_taken_port(settings.HOST, settings.PORT)
        self._prepare()
        demo = self._load_demo()
        link = new_setup_link()
        # The children open their own connections; ours must not be shared or keep a lock.
        connections.close_all()
        supervisor = Supervisor(_children(), lambda line: self.stderr.write(line))
        supervisor.start()
        try:
            _wait_until_up(supervisor)
            self._say_hello(link, demo)
            supervisor.watch()
        finally:
            supervisor.stop()
        self.stdout.write("\nStopped. Everything is kept; start again with the same command.")

    def _prepare(self) -> None:
        call_command("migrate", verbosity=0, interactive=False)
        call_command("collectstatic", verbosity=0, interactive=False, clear=False)

    def _load_demo(self) -> bool:
        """Load the demo people on an empty database, or go on with a loading that was cut off.

        Returns whether there are demo people.
        """
        if not settings.DEMO:
            return False
        if not (is_loopback(settings.HOST) and settings.ON_THIS_MACHINE_ONLY):
            self.stderr.write("Others can reach this site, so the demo people are left out.")
            return False
        people = User.objects.filter(email__endswith="@demo.invalid")
        # Their passwords come last: one without is the sign of a loading that was cut off.
        cut_off = people.filter(password__startswith="!")  # noqa: S106  (not a password)
        if cut_off.exists() or not User.objects.exists():
            loading = subprocess.run(  # noqa: S603
                [*_manage(), "demo"], check=False, stdout=subprocess.DEVNULL
            )
            if loading.returncode:
                raise CommandError("The demo could not be loaded. Start with DEMO=0 to go without.")
        return people.exists()

    def _say_hello(self, link: str, demo: bool) -> None:
        self.stdout.write(f"\n  {site.current().name} is running at {settings.SITE_URL}\n")
        if demo:
            self.stdout.flush()
            subprocess.run([*_manage(), "demo", "--sign-ins"], check=False)  # noqa: S603
        if link:
            self.stdout.write(f"  Create the owner's account, once, at\n    {link}\n")
        self.stdout.write(f"  Logs are in {settings.DATA_DIR / 'logs'}. Ctrl-C stops everything.\n")
        self.stdout.flush()


def _manage() -> list[str]:
    return [sys.executable, str(Path(settings.BASE_DIR) / "manage.py")]


def _children() -> list[Child]:
    logs = settings.DATA_DIR / "logs"
    python = [sys.executable, "-m"]
    celery = [*python, "celery", "-A", "notes_site"]
    web = [*python, "gunicorn", "notes_site.wsgi", "-c", "python:notes_site.serving.gunicorn"]
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    workers = [
        Child(
            name=f"worker {number}",
            command=[*celery, "worker", *quiet, "-n", f"worker{number}@%h"],
            log=logs / f"worker-{number}.log",
        )
        for number in range(1, settings.WORKERS + 1)
    ]
    pidfile = settings.DATA_DIR / "celerybeat.pid"
    # If a schedule was killed and its pid is another process's by now, beat won't start.
    pidfile.unlink(missing_ok=True)
    schedule = Child(
        "schedule", [*celery, "beat", "--pidfile", str(pidfile)], logs / "schedule.log"
    )
    return [Child("web server", web, logs / "web.log"), *workers, schedule]


def _refuse_taken_port(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        # As gunicorn binds it: connections in TIME_WAIT don't make the port taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CommandError(
                f"Port {port} on {host} can't be used ({error.strerror}). Stop what runs there,"
                f" or choose another, e.g. PORT={port + 1} make run."
            ) from error


def _wait_until_up(supervisor: Supervisor) -> None:
    """Return once the site answers; it may be slow, but a site that never answers is an error."""
    address = f"http://{web_address.listening(settings.HOST, settings.PORT)}/healthz"
    # It is on this machine, whatever proxy the environment names for others.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    # `*` and `.example.org` are patterns, and no name to ask for.
    name = settings.ALLOWED_HOSTS[0].lstrip("*.") or "localhost"
    deadline = time.monotonic() + READY_SECONDS
    while not supervisor.stopping:
        request = urllib.request.Request(address, headers={"Host": name})
        try:
            with opener.open(request, timeout=2):
                return
        except (urllib.error.URLError, OSError) as error:
            if time.monotonic() > deadline:
                raise CommandError(
                    f"The site did not answer within {READY_SECONDS:.0f} s; see"
                    f" {settings.DATA_DIR / 'logs' / 'web.log'}."
                ) from error
            time.sleep(0.1)
