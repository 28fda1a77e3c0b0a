"""Whether the time of an answer tells who has an account: sign-in and forgotten password.

Each round asks once for a known and once for an unknown name, in turn, with the hasher and the
database of a real site; rate limits are off, and mail goes to memory, since a mail server takes
the same time for either letter.

`python -m benchmarks.sign_in --rounds N` fills the database that the environment names, which
must be empty, and prints the figures as JSON; `run` starts it once a database.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

from benchmarks.measure import Table, median, milliseconds

PASSWORD = "correct horse battery staple"
WARM_UP = 10
Ask = Callable[[str], tuple[int, bytes]]


def main(arguments: list[str]) -> None:
    """Fill, measure, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=500)
    rounds = parser.parse_args(arguments).rounds
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "notes_site.settings")
    os.environ["RATE_LIMITS"] = "off"
    import django

    django.setup()
    asks = _prepare()
    found = {
        what: _measure(ask, known, unknown, rounds) for what, (ask, known, unknown) in asks.items()
    }
    json.dump({"rounds": rounds, "seconds": found}, sys.stdout)


def _prepare() -> dict[str, tuple[Ask, str, str]]:
    from allauth.account.models import EmailAddress
    from django.conf import settings
    from django.core.management import call_command
    from django.test.utils import setup_test_environment

    from accounts.models import User

    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    setup_test_environment(debug=False)
    settings.SECURE_SSL_REDIRECT = False
    person = User.objects.create_user("june", "june@example.org", PASSWORD)
    EmailAddress.objects.create(user=person, email=person.email, primary=True, verified=True)
    return {
        "sign-in by name": (_sign_in, "june", "noel"),
        "sign-in by e-mail": (_sign_in, "june@example.org", "noel@example.org"),
        "forgotten password": (_reset, "june@example.org", "noel@example.org"),
    }


def _sign_in(login: str) -> tuple[int, bytes]:
    return _post("/accounts/login/", {"login": login, "password": "a wrong one"})


def _reset(email: str) -> tuple[int, bytes]:
    return _post("/accounts/password/reset/", {"email": email})


def _post(path: str, fields: Mapping[str, str]) -> tuple[int, bytes]:
    from django.core import mail
    from django.test import Client

    mail.outbox.clear()
    answer = Client(HTTP_HOST="localhost").post(path, fields)
    return answer.status_code, answer.content


def _measure(ask: Ask, known: str, unknown: str, rounds: int) -> dict[str, list[float]]:
    """Seconds of every answer; the two names take turns in being first."""
    taken: dict[str, list[float]] = {known: [], unknown: []}
    for number in range(WARM_UP + rounds):
        statuses = set()
        for name in (known, unknown) if number % 2 else (unknown, known):
            started = time.perf_counter()
            status, _body = ask(name)
            seconds = time.perf_counter() - started
            statuses.add(status)
            if number >= WARM_UP:
                taken[name].append(seconds)
        assert len(statuses) == 1, (known, unknown, statuses)
    return {"known": taken[known], "unknown": taken[unknown]}


def table(found: Mapping[str, Mapping[str, Any]]) -> Table:
    """The medians by database, and how far they lie apart."""
    rows = []
    for database, figures in found.items():
        for what, seconds in figures["seconds"].items():
            known, unknown = median(seconds["known"]), median(seconds["unknown"])
            apart = f"{(known - unknown) * 1000:+.2f} ms"
            rows.append([database, what, milliseconds(known), milliseconds(unknown), apart])
    rounds = next(iter(found.values()))["rounds"]
    return Table(
        "Known and unknown names",
        ["database", "answer", "known", "unknown", "apart"],
        rows,
        [f"Medians of {rounds} answers each, taken in turn, with a wrong password."],
    )


if __name__ == "__main__":
    main(sys.argv[1:])
