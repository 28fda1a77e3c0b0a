"""Sessions as Django keeps them, read by a statement that is made once a process."""

from typing import Any

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.db.models.functions import Now

from notes_site.prepared import Prepared


class SessionStore(db.SessionStore):
    """A session in the database, read again by every request."""

    def load(self) -> dict[str, Any]:
        """What the session holds; nothing, and no key any more, where it ended."""
        for (data,) in _living(self.session_key or ""):
            found: dict[str, Any] = self.decode(data)
            return found
        self._session_key = None
        return {}


@Prepared
def _living(key: str) -> "QuerySet[Any, Any]":
    # The database's clock, because this is built once a process.
    return Session.objects.filter(session_key=key, expire_date__gt=Now()).values_list(
        "session_data"
    )
