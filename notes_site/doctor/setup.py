"""What an owner set up: addresses, secrets, the first people."""

import stat
from urllib.parse import urlsplit

import urllib3
from django.conf import settings
from django.contrib.auth import get_user_model
from django.http.request import validate_host

from notes_site.doctor.complaints import CautionError, ComplaintError

SECONDS = 5.0
PLACEHOLDER_HOSTS = ("example.org", "example.com", "example.net")


def debug() -> str:
    """Visitors see no tracebacks."""
    if not settings.DEBUG:
        return "off"
    if settings.ON_THIS_MACHINE_ONLY:
        raise CautionError("DEBUG is on, which shows code and settings: for this machine only")
    raise ComplaintError("DEBUG is on, so every visitor can read code and settings; set DEBUG=off")


def secret_key() -> str:
    """The key is long, and its file is nobody else's to read."""
    key = settings.SECRET_KEY
    if len(key) < 32:
        raise ComplaintError("SECRET_KEY is short; leave it out and one is generated")
    if len(set(key)) < 8 or key.startswith("django-insecure-"):
        raise ComplaintError("SECRET_KEY is easy to guess; leave it out and one is generated")
    path = settings.DATA_DIR / "secret-key"
    if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise ComplaintError(f"others can read {path}; chmod 600 it")
    return "kept"


def address() -> str:
    """SITE_URL, ALLOWED_HOSTS and TRUSTED_PROXIES fit each other."""
    host = urlsplit(settings.SITE_URL).hostname or ""
    bracketed = f"[{host}]" if ":" in host else host
    if not validate_host(bracketed, settings.ALLOWED_HOSTS):
        raise ComplaintError(
            f"ALLOWED_HOSTS lacks {bracketed}, the host of SITE_URL, so visitors get an error 400;"
            " add it"
        )
    if settings.ON_THIS_MACHINE_ONLY:
        return "this machine only"
    if host.endswith(PLACEHOLDER_HOSTS):
        raise ComplaintError(f"SITE_URL still names {host}; set it to the site's own address")
    if not settings.ON_TLS:
        raise CautionError(
            "SITE_URL is http://, so passwords travel in the clear and passkeys don't work; put a"
            " proxy with TLS in front and set SITE_URL=https://…"
        )
    if not settings.ALLAUTH_TRUSTED_PROXY_COUNT:
        raise ComplaintError(
            "TRUSTED_PROXIES is 0 behind TLS, so every visitor seems to be the proxy and pages"
            " redirect to themselves; set it to the number of proxies in front, usually 1"
        )
    if "*" in settings.ALLOWED_HOSTS:
        raise CautionError(
            "ALLOWED_HOSTS is *, so anyone can make the site link to a host of theirs; name the"
            " site's hosts"
        )
    return settings.SITE_URL


def public_address() -> str:
    """SITE_URL leads to this site, through whatever is in front of it."""
    if settings.ON_THIS_MACHINE_ONLY:
        return "this machine only"
    try:
        answer = urllib3.request(
            "GET",
            f"{settings.SITE_URL}/accounts/login/",
            timeout=SECONDS,
            # The first answer as it is: where it redirects to says what is wrong.
            retries=False,
            redirect=False,
        )
    except urllib3.exceptions.NewConnectionError as error:
        # Some networks let a machine not reach itself by its public name.
        raise CautionError(
            f"{settings.SITE_URL} can't be reached from here; try it from elsewhere, and if it"
            " fails there too, look at its DNS entry, at the proxy and at the ports 80 and 443"
        ) from error
    # Another program may answer 200 too; our sign-in form carries Django's token.
    if answer.status == 200 and b"csrfmiddlewaretoken" in answer.data:
        return "leads here"
    raise ComplaintError(_why_not(answer.status, answer.headers.get("Location", "")))


def _why_not(status: int, location: str) -> str:
    begin = f"SITE_URL answers {status}"
    if status == 400:
        return f"{begin}: the proxy must pass on the Host header, and ALLOWED_HOSTS must hold it"
    if location.rstrip("/") == f"{settings.SITE_URL}/accounts/login":
        return f"{begin} and leads to itself: the proxy must send X-Forwarded-Proto: https"
    if location:
        return f"{begin} and leads to {location}: set SITE_URL to the address that it ends at"
    if status in (502, 503, 504):
        return f"{begin}: the proxy does not reach the web process; is it up, on HOST and PORT?"
    return f"{begin} and shows something other than this site; correct SITE_URL, or the proxy"


def people() -> str:
    """There is an owner, and nobody whose password is known."""
    if settings.ON_THIS_MACHINE_ONLY:
        return "this machine only"
    found = get_user_model()._default_manager
    if found.filter(email__endswith="@demo.invalid").exists():
        raise ComplaintError(
            "the demo people are here, and their passwords are known; run manage.py demo --remove"
        )
    if not found.filter(is_superuser=True, is_active=True).exists():
        raise CautionError("there is no owner yet; run manage.py setup_link and open the link")
    return "there is an owner"
