"""What is kept about signing in and up for a while, and then erased."""

from importlib import import_module

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db.models import Exists, OuterRef
from django.utils import timezone

from accounts.email import addresses
from accounts.login import sign_ins
from accounts.models import FormerUsername
from accounts.signup import registration


def forget() -> None:
    """Erase old sign-ins and names, sessions that have ended, and what was never finished."""
    sign_ins.forget_old()
    registration.forget_unfinished()
    addresses.forget_pending()
    FormerUsername.objects.filter(until__lte=timezone.now()).delete()
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
    # After `clear_expired`, so that the rows of the sessions it just deleted go too.
    living = Session.objects.filter(session_key=OuterRef("session_key"))
    UserSession.objects.filter(~Exists(living)).delete()
