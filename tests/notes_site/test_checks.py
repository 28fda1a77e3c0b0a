"""What would fail later is said at the start; what the settings promise."""

import runpy
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings as site
from django.http import HttpResponse
from django.middleware.security import SecurityMiddleware
from django.test import RequestFactory

from feed.views.syndication import absolute
from notes_site import checks
from notes_site.checks import pillow_is_recent, public_site_is_on_tls

SETTINGS = Path(site.BASE_DIR) / "notes_site" / "settings.py"


def shipped() -> dict[str, Any]:
    return runpy.run_path(str(SETTINGS))


@pytest.mark.parametrize(("version", "wrong"), [("12.2.0", 1), ("13.0.0", 0), ("14.1.1", 0)])
def test_an_old_pillow_is_an_error(
    version: str, wrong: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks, "pillow_version", version)
    assert len(pillow_is_recent()) == wrong


def test_a_site_others_reach_must_be_on_tls(settings: Any) -> None:
    settings.ON_TLS, settings.ON_THIS_MACHINE_ONLY = False, False
    assert [warning.id for warning in public_site_is_on_tls()] == ["notes.W001"]
    settings.ON_TLS = True
    assert public_site_is_on_tls() == []
    settings.ON_TLS, settings.ON_THIS_MACHINE_ONLY = False, True
    assert public_site_is_on_tls() == []


def test_on_tls_cookies_and_transport_are_strict(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SITE_URL", "https://notes.example.org")
    monkeypatch.setenv("TRUSTED_PROXIES", "1")
    on_tls = shipped()
    assert on_tls["SESSION_COOKIE_NAME"] == "__Host-session"
    assert on_tls["CSRF_COOKIE_NAME"] == "__Host-csrftoken"
    assert on_tls["SESSION_COOKIE_SECURE"]
    assert on_tls["CSRF_COOKIE_SECURE"]
    assert on_tls["SECURE_SSL_REDIRECT"]
    assert on_tls["SECURE_HSTS_SECONDS"] >= 31_536_000
    assert on_tls["STAFF_SECOND_FACTOR"]


@pytest.mark.parametrize(
    ("given", "header"),
    [
        ({}, "max-age=31536000"),
        ({"HSTS_INCLUDE_SUBDOMAINS": "off", "HSTS_PRELOAD": "off"}, "max-age=31536000"),
        ({"HSTS_INCLUDE_SUBDOMAINS": "on"}, "max-age=31536000; includeSubDomains"),
        (
            {"HSTS_INCLUDE_SUBDOMAINS": "on", "HSTS_PRELOAD": "on"},
            "max-age=31536000; includeSubDomains; preload",
        ),
    ],
)
def test_other_hosts_of_the_domain_are_the_owners_to_bind(
    given: dict[str, str], header: str, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    for name, value in {"SITE_URL": "https://example.org", "TRUSTED_PROXIES": "1", **given}.items():
        monkeypatch.setenv(name, value)
    for name, value in shipped().items():
        if name.startswith("SECURE_"):
            setattr(settings, name, value)
    answer = SecurityMiddleware(lambda _request: HttpResponse())(
        RequestFactory().get("/", secure=True, headers={"X-Forwarded-Proto": "https"})
    )
    assert isinstance(answer, HttpResponse)
    assert answer["Strict-Transport-Security"] == header


def test_without_tls_nothing_is_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SITE_URL", "http://localhost:8000")
    monkeypatch.setenv("HSTS_INCLUDE_SUBDOMAINS", "on")
    assert shipped()["SECURE_HSTS_SECONDS"] == 0
    assert not shipped()["SECURE_HSTS_INCLUDE_SUBDOMAINS"]


def test_only_the_warnings_about_hsts_are_silenced() -> None:
    assert site.SILENCED_SYSTEM_CHECKS == ["security.W005", "security.W021"]


def test_a_site_with_other_letters_has_one_name_everywhere(
    monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    monkeypatch.setenv("SITE_URL", "https://bücher.example")
    monkeypatch.setenv("TRUSTED_PROXIES", "1")
    read = shipped()
    assert read["CSRF_TRUSTED_ORIGINS"] == ["https://xn--bcher-kva.example"]
    assert read["ALLOWED_HOSTS"][0] == "xn--bcher-kva.example"
    settings.SITE_URL = read["SITE_URL"]
    assert urlsplit(settings.SITE_URL).hostname == "xn--bcher-kva.example", "passkeys' site too"
    assert absolute("/p/1/") == "https://xn--bcher-kva.example/p/1/"


def test_on_this_machine_alone_staff_may_go_without_a_second_factor(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SITE_URL", "http://localhost:8000")
    assert not shipped()["STAFF_SECOND_FACTOR"]
    monkeypatch.setenv("SITE_URL", "http://notes.example.org")
    assert shipped()["STAFF_SECOND_FACTOR"]
    monkeypatch.setenv("SITE_URL", "http://localhost:8000")
    monkeypatch.setenv("RATE_LIMITS", "on")
    monkeypatch.setenv("HOST", "192.0.2.1")
    assert shipped()["STAFF_SECOND_FACTOR"]


def test_pictures_come_from_where_storage_shows_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORAGE_URL", "s3://key:secret@s3.example.org/notes")
    monkeypatch.setenv("STORAGE_PUBLIC_URL", "https://media.example.org/notes")
    shown = shipped()
    assert shown["STORAGE_PUBLIC_URL"] == "https://media.example.org/notes/"
    sources = shown["CONTENT_SECURITY_POLICY"]["DIRECTIVES"]["img-src"]
    assert "https://media.example.org" in sources


def test_passwords_are_hashed_with_argon2() -> None:
    assert shipped()["PASSWORD_HASHERS"][0].endswith("Argon2PasswordHasher")


def test_debug_is_off_unless_asked_for() -> None:
    assert shipped()["DEBUG"] is False
