"""What would fail later is said at the start; what the settings promise."""

import runpy
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as site

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
