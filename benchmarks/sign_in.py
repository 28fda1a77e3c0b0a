"""Whether the time of an answer tells who has an account: sign-in and forgotten password.

Each round asks once for a known and once for an unknown name, in turn, with the hasher and the
database of a real site; rate limits are off, and mail waits for a worker that isn't there, as the
answer never waits for one.

`python -m benchmarks.sign_in --rounds N` fills the database that the environment names, migrated
and empty, and prints the figures as JSON; `run` starts it once a database.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

from benchmarks import alone
from benchmarks.measure import Table, median, milliseconds

PASSWORD = "correct horse battery staple"
# Any but none: a site without mail answers otherwise.
MEMORY = "django.core.mail.backends.locmem.EmailBackend"
WARM_UP = 10
Ask = Callable[[str], None]


def main(arguments: list[str]) -> None:
    """Fill, measure, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=500)
    rounds = parser.parse_args(arguments).rounds
    os.environ["RATE_LIMITS"] = "off"
    alone.prepare()
    alone.answer(measure(rounds))


def measure(rounds: int) -> dict[str, Any]:
    """Seconds of each answer to a known and an unknown name, by what was asked for."""
    from django.test import override_settings

    asks: dict[str, tuple[Ask, str, str]] = {
        "sign-in by name": (_sign_in, "june", "noel"),
        "sign-in by email": (_sign_in, "june@example.org", "noel@example.org"),
        "forgotten password": (_reset, "june@example.org", "noel@example.org"),
    }
    _make_the_known_one()
    with override_settings(DEBUG=False, SECURE_SSL_REDIRECT=False, EMAIL_BACKEND=MEMORY):
        seconds = {what: _measure(*names, rounds) for what, names in asks.items()}
    return {"rounds": rounds, "seconds": seconds}


def _make_the_known_one() -> None:
    from allauth.account.models import EmailAddress

    from accounts.models import User

    person = User.objects.create_user("june", "june@example.org", PASSWORD)
    EmailAddress.objects.create(user=person, email=person.email, primary=True, verified=True)


def _sign_in(login: str) -> None:
    # The form once more. A rate limit would say 429, alike for both names.
    _post("/accounts/login/", {"login": login, "password": "a wrong one"}, 200)


def _reset(email: str) -> None:
    _post("/accounts/password/reset/", {"email": email}, 302)


def _post(path: str, fields: Mapping[str, str], status: int) -> None:
    from django.test import Client

    answer = Client(HTTP_HOST="localhost").post(path, fields)
    assert answer.status_code == status, answer


def _measure(ask: Ask, known: str, unknown: str, rounds: int) -> dict[str, list[float]]:
    """Seconds of every answer; the two names take turns in being first."""
    taken: dict[str, list[float]] = {known: [], unknown: []}
    warm_up = min(WARM_UP, rounds)
    for number in range(warm_up + rounds):
        for name in (known, unknown) if number % 2 else (unknown, known):
            started = time.perf_counter()
            ask(name)
            seconds = time.perf_counter() - started
            if number >= warm_up:
                taken[name].append(seconds)
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
