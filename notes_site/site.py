"""What the site is called and who may join: as its owner chose, else as the environment says."""

import time
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction

from notes_site.models import SiteSettings

Registration = SiteSettings.Registration
# Every page asks, so each process remembers; another process's change shows after so long.
KEPT_SECONDS = 5.0


@dataclass(frozen=True)
class Site:
    """The site as pages show it."""

    name: str
    registration: Registration


@dataclass(frozen=True)
class _Kept:
    chosen: SiteSettings
    until: float


_kept: _Kept | None = None


def current() -> Site:
    """The site as it is now, at most KEPT_SECONDS late."""
    row = chosen()
    return Site(
        name=row.name or settings.SITE_NAME,
        registration=Registration(row.registration or settings.REGISTRATION),
    )


def of_environment() -> Site:
    """The site as the environment alone would have it."""
    return Site(name=settings.SITE_NAME, registration=Registration(settings.REGISTRATION))


def chosen() -> SiteSettings:
    """What the owner chose; an unsaved row of empty columns when that is nothing."""
    global _kept
    # A local name, since another thread may forget it at any moment.
    kept, now = _kept, time.monotonic()
    if kept is None or kept.until < now:
        row = SiteSettings.objects.filter(pk=1).first() or SiteSettings(pk=1)
        kept = _kept = _Kept(row, now + KEPT_SECONDS)
    return kept.chosen


@transaction.atomic
def change(*, name: str, registration: str) -> None:
    """Choose; an empty text leaves that to the environment."""
    SiteSettings.objects.update_or_create(
        pk=1, defaults={"name": name, "registration": registration}
    )
    forget()
    # Another thread may have read the old row in the meantime.
    transaction.on_commit(forget)


def forget() -> None:
    """Read the row anew the next time."""
    global _kept
    _kept = None
