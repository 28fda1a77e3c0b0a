"""A benchmark as a process of its own, on a migrated and empty database: both ends of that."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.site import Site

ROOT = Path(__file__).resolve().parent.parent


def ask(name: str, stack: Mapping[str, str], *arguments: str) -> dict[str, Any]:
    """What a benchmark prints on the servers of `stack`, {} for SQLite and files."""
    site = Site(stack)
    try:
        done = subprocess.run(
            [sys.executable, "-m", f"benchmarks.{name}", *arguments],
            cwd=ROOT,
            env={**site.env, "SITE_URL": "http://localhost:8000"},
            stdout=subprocess.PIPE,
            check=True,
        )
        found: dict[str, Any] = json.loads(done.stdout)
        return found
    finally:
        site.close()


def prepare(*, pages: bool = True) -> None:
    """Set Django up for the migrated site in the environment; for pages, collect static files."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "notes_site.settings")
    import django

    django.setup()
    if pages:
        from django.core.management import call_command

        call_command("collectstatic", verbosity=0, interactive=False)


def answer(found: Mapping[str, Any]) -> None:
    """Print what was found for the process that asked."""
    json.dump(found, sys.stdout)
