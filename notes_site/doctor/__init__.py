"""What `manage.py doctor` asks: each check tries one part and says in words what is wrong.

A check is a function without arguments. It returns a few words when all is well, and raises
ComplaintError, or CautionError for what an owner may have meant, with what is wrong and what to
do about it. Any other exception is put into words by `words.explain`.
"""

from collections.abc import Callable
from dataclasses import dataclass

from notes_site.doctor import mail, parts, setup, stores
from notes_site.doctor.complaints import CautionError, ComplaintError
from notes_site.doctor.explanations import explain
from notes_site.timeouts import patience

__all__ = ["CHECKS", "CautionError", "Check", "ComplaintError", "Finding", "examine"]


@dataclass(frozen=True)
class Check:
    """A check, the setting that leads to its part, and whether it asks the database."""

    run: Callable[[], str]
    setting: str = ""
    asks_database: bool = False

    @property
    def name(self) -> str:
        """What the line about it begins with."""
        return self.run.__name__.replace("_", " ")


@dataclass(frozen=True)
class Finding:
    """One line of the report: `✓`, `!` or `✗`, the check's name, and words."""

    mark: str
    name: str
    words: str


# The disk first: when it is full, most of the others fail for that reason.
CHECKS = [
    Check(parts.disk, "DATA_DIR"),
    Check(setup.debug),
    Check(setup.secret_key),
    Check(setup.address),
    Check(setup.public_address, "SITE_URL"),
    Check(parts.database, "DATABASE_URL"),
    Check(parts.shared_cache, "DATABASE_URL", asks_database=True),
    Check(parts.clock, "DATABASE_URL", asks_database=True),
    Check(setup.people, "DATABASE_URL", asks_database=True),
    Check(parts.broker, "REDIS_URL"),
    Check(parts.worker, "DATABASE_URL", asks_database=True),
    Check(stores.storage, "STORAGE_URL"),
    Check(stores.storage_is_closed, "STORAGE_PUBLIC_URL"),
    Check(stores.pictures_reach_visitors, "STORAGE_PUBLIC_URL"),
    Check(mail.mail, "EMAIL_URL"),
]


def examine() -> list[Finding]:
    """Run every check; what asks the database is left out while that does not answer."""
    findings: list[Finding] = []
    database_is_well = True
    with patience.brief():
        for check in CHECKS:
            if check.asks_database and not database_is_well:
                findings.append(Finding("!", check.name, "not checked: the database comes first"))
                continue
            finding = find(check)
            findings.append(finding)
            if check.run is parts.database:
                database_is_well = finding.mark != "✗"
    return findings


def find(check: Check) -> Finding:
    """Run one check."""
    try:
        return Finding("✓", check.name, check.run())
    except ComplaintError as error:
        return Finding("✗", check.name, str(error))
    except CautionError as error:
        return Finding("!", check.name, str(error))
    except Exception as error:  # noqa: BLE001  (any failure is what is to be told)
        return Finding("✗", check.name, explain(error, check.setting))
