"""The browsers a person is signed in with."""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from allauth.usersessions.models import UserSession
from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import F
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from accounts.login.agents import device_of, is_mobile
from accounts.models import User

MAX_SHOWN = 50
# Where a session keeps when it was last used.
SEEN_KEY = "seen_at"


def now_in_seconds() -> int:
    """The time as sessions keep it."""
    return int(time.time())


@dataclass(frozen=True)
class SignedInDevice:
    """One browser that is signed in; `pk` is None for one that was never written down."""

    pk: int | None
    is_current: bool
    name: str
    is_mobile: bool
    address: str
    began_at: datetime | None
    seen_at: datetime


def signed_in_devices(person: User, request: HttpRequest) -> list[SignedInDevice]:
    """The person's live sessions, this one first and then the last used, in two queries."""
    kept = UserSession.objects.filter(user=person).order_by("-last_seen_at")[:MAX_SHOWN]
    rows = {row.session_key: row for row in kept}
    # A row outlives its session until it is purged, so the sessions are looked up too.
    living = _living(person, rows)
    here = request.session.session_key
    devices = [
        _device(row, is_current=row.session_key == here)
        for row in rows.values()
        if row.session_key in living or row.session_key == here
    ]
    if here not in rows:
        devices.append(_unwritten(request))
    return sorted(devices, key=lambda device: (not device.is_current, -device.seen_at.timestamp()))


@transaction.atomic
def end(person: User, *, device: int) -> bool:
    """End one session of the person; False when it was none of theirs."""
    return bool(_end(UserSession.objects.filter(user=person, pk=device)))


@transaction.atomic
def end_others(person: User, request: HttpRequest) -> int:
    """End all sessions of the person but this one; returns how many were written down.

    Those that never were end too, for this one alone goes on into the person's next round.
    """
    here = request.session.session_key
    ended = _end(UserSession.objects.filter(user=person).exclude(session_key=here))
    _begin_next_round(person.pk)
    person.refresh_from_db(fields=["session_round"])
    request.session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    return ended


@transaction.atomic
def end_all(person_id: int) -> int:
    """End every session of a person; returns how many were written down."""
    _begin_next_round(person_id)
    return _end(UserSession.objects.filter(user=person_id))


def _begin_next_round(person_id: int) -> None:
    User.objects.filter(pk=person_id).update(session_round=F("session_round") + 1)


def _end(rows: Iterable[UserSession]) -> int:
    rows = list(rows)
    Session.objects.filter(session_key__in=[row.session_key for row in rows]).delete()
    UserSession.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return len(rows)


def _living(person: User, keys: Iterable[str]) -> set[str]:
    """Which of these sessions the person is signed in with: not ended, and of this password."""
    proof = person.get_session_auth_hash()
    sessions = Session.objects.filter(session_key__in=list(keys), expire_date__gt=timezone.now())
    return {
        session.session_key
        for session in sessions
        if constant_time_compare(session.get_decoded().get(HASH_SESSION_KEY, ""), proof)
    }


def _device(row: UserSession, *, is_current: bool) -> SignedInDevice:
    return SignedInDevice(
        pk=row.pk,
        is_current=is_current,
        name=device_of(row.user_agent),
        is_mobile=is_mobile(row.user_agent),
        address=row.ip,
        began_at=row.created_at,
        seen_at=timezone.now() if is_current else row.last_seen_at,
    )


def _unwritten(request: HttpRequest) -> SignedInDevice:
    agent = request.headers.get("User-Agent", "")
    return SignedInDevice(
        pk=None,
        is_current=True,
        name=device_of(agent),
        is_mobile=is_mobile(agent),
        address="",
        began_at=None,
        seen_at=timezone.now(),
    )
