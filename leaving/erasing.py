"""Erasing somebody for good: step after step, a batch a transaction, until no row names them.

Every batch holds the receipt's row, so that of two workers one works and counts are exact; a
worker that dies is followed by another, which goes on with what is left.
"""

import logging
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.social import follows
from leaving import departed_usernames
from leaving.erasing_steps import STEPS, Step
from leaving.models import Departure
from notes_site.queue import leases
from notes_site.queue.leases import LeaseLostError

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=60)


def erase(departure_id: int) -> None:
    """Erase whose time of grace is over; nothing if another worker does it, or it is done.

    Run again it goes on where it stopped.
    """
    departure = _claim(departure_id)
    if departure is None:
        return
    try:
        while True:
            for step in STEPS:
                while _batch(departure, step):
                    pass
            if _end(departure):
                return
    except LeaseLostError:
        logger.info("departure taken over", extra={"departure": departure.code})


@transaction.atomic
def _claim(departure_id: int) -> Departure | None:
    """Take it by compare-and-set; None when it is not to be had, not due, or taken back."""
    now = timezone.now()
    theirs = Departure.objects.filter(leases.free(), pk=departure_id)
    due = theirs.filter(stayed_at=None, erased_at=None, due_at__lte=now)
    found = due.first()
    if found is None:
        return None
    # Behind the person's row, where staying looks for it: from here on there is no way back.
    if not follows.lock(found.person_id).get(found.person_id):
        logger.warning("nobody left to erase", extra={"departure": found.code})
    if not due.update(**leases.taken(LEASE)):
        return None
    # The first start counts: the receipt lists the objects that were still there then.
    Departure.objects.filter(pk=departure_id, started_at=None).update(started_at=now)
    return Departure.objects.get(pk=departure_id)


@transaction.atomic
def _batch(departure: Departure, step: Step) -> int:
    """Erase some rows of one kind and count them; 0 when there are none left."""
    mine = _hold(departure)
    follows.lock(mine.person_id, *step.others(mine.person_id))
    erased = step.erase(mine.person_id)
    if erased:
        counts = mine.counts
        counts[step.name] = counts.get(step.name, 0) + erased
        Departure.objects.filter(pk=mine.pk).update(counts=counts, **leases.renewed(LEASE))
    return erased


@transaction.atomic
def _end(departure: Departure) -> bool:
    """Drop the person's own row when nothing names it any more; False when something does."""
    mine = _hold(departure)
    # Whoever writes a row that names a person needs the person's: none comes from here on.
    person = User.objects.select_for_update().filter(pk=mine.person_id).first()
    if person is not None:
        if any(step.erase(person.pk) for step in STEPS):
            # Something came in between. It goes with the next round, and is counted there.
            transaction.set_rollback(True)
            return False
        departed_usernames.reserve([person.username])
        person.delete()
    Departure.objects.filter(pk=mine.pk).update(erased_at=timezone.now(), **leases.FREED)
    logger.info("somebody left for good", extra={"departure": mine.code})
    return True


def _hold(departure: Departure) -> Departure:
    """The receipt's row, locked; raises LeaseLostError when it is another worker's by now."""
    held = Departure.objects.select_for_update().filter(pk=departure.pk, lease=departure.lease)
    mine = held.first()
    if mine is None:
        raise LeaseLostError
    return mine
