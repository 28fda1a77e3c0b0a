"""How a person signs in, where they are signed in, and what happened at the door."""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.login import sessions
from accounts.login.agents import device_of
from accounts.models import SignIn
from accounts.requests import MemberRequest
from notes_site.http.pagination import Page, keyset_page
from notes_site.http.resources import resource
from notes_site.http.responses import is_delete

SIGN_INS_SHOWN = 5
SIGN_INS_A_PAGE = 30


@require_safe
@never_cache
def security(request: MemberRequest) -> HttpResponse:
    """Everything about signing in on one page."""
    factors: dict[str, list[Authenticator]] = {}
    for factor in Authenticator.objects.filter(user=request.user).order_by("created_at"):
        factors.setdefault(factor.type, []).append(factor)
    codes = factors.get(Authenticator.Type.RECOVERY_CODES, [])
    addresses = EmailAddress.objects.filter(user=request.user).order_by("-primary", "pk")
    context = {
        "totp": factors.get(Authenticator.Type.TOTP),
        "passkeys": factors.get(Authenticator.Type.WEBAUTHN, []),
        "codes_left": len(codes[0].wrap().get_unused_codes()) if codes else None,
        "email": addresses.first(),
        "devices": sessions.signed_in_devices(request.user, request),
        "sign_ins": _history(request, "", SIGN_INS_SHOWN).rows,
        "device": device_of(request.headers.get("User-Agent", "")),
    }
    return render(request, "accounts/security.html", context)


@require_safe
@never_cache
def sign_ins(request: MemberRequest) -> HttpResponse:
    """All sign-ins of the last 90 days, newest first."""
    page = _history(request, request.GET.get("cursor", ""), SIGN_INS_A_PAGE)
    context = {"sign_ins": page.rows, "next_url": page.next_url(request)}
    return render(request, "accounts/sign_ins.html", context)


@resource("session")
def session(request: MemberRequest, device: int) -> HttpResponse:
    """DELETE ends one session; 404 for one that is not the person's own."""
    if not is_delete(request) or not sessions.end(request.user, device=device):
        raise Http404
    messages.success(request, _("That browser was signed out."))
    return _back()


@resource("session")
def other_sessions(request: MemberRequest) -> HttpResponse:
    """DELETE ends every session but this one."""
    if not is_delete(request):
        raise Http404
    ended = sessions.end_others(request.user, request)
    sentence = ngettext(
        "%(count)d other browser was signed out.",
        "%(count)d other browsers were signed out.",
        ended,
    )
    messages.success(request, sentence % {"count": ended})
    return _back()


def _history(request: MemberRequest, cursor: str, size: int) -> Page[SignIn]:
    page = keyset_page(SignIn.objects.filter(user=request.user), "at", cursor, size)
    for row in page.rows:
        row.device = device_of(row.agent)  # type: ignore[attr-defined]
    return page


def _back() -> HttpResponse:
    return HttpResponseRedirect(reverse("accounts:security"), status=303)
