"""Safety headers on every answer: pages, errors, media."""

from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path

from accounts.models import User
from notes_site import urls
from tests.making import MakePost

pytestmark = pytest.mark.django_db
SignIn = Callable[[User | None], Client]


def broken(_request: HttpRequest) -> HttpResponse:
    raise RuntimeError("a fault of ours")


broken.login_required = False  # type: ignore[attr-defined]
urlpatterns = [*urls.urlpatterns, path("broken", broken)]
handler400, handler404 = urls.handler400, urls.handler404


def policy(header: str) -> dict[str, list[str]]:
    return {part.split()[0]: part.split()[1:] for part in header.split(";") if part.strip()}


def assert_safe(answer: Any) -> None:
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Referrer-Policy"] == "same-origin"
    assert "geolocation=()" in answer["Permissions-Policy"]
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "unsafe" not in answer["Content-Security-Policy"]
    assert "default-src" in policy(answer["Content-Security-Policy"])


@pytest.mark.urls("tests.notes_site.test_headers")
@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/", 200),
        ("/?cursor=damaged", 400),
        ("/nowhere", 404),
        ("/p/abc/", 404),
        ("/new/", 302),
        ("/uploads/", 401),
        ("/broken", 500),
        ("/accounts/login/", 200),
        ("/healthz", 200),
        ("/metrics", 200),
        ("/media/nothing.webp", 404),
        ("/admin/login/", 302),
    ],
)
def test_every_answer_is_safe(client: Client, address: str, status: int) -> None:
    client.raise_request_exception = False
    answer = client.get(address)
    assert answer.status_code == status
    assert_safe(answer)


def test_media_are_safe_too(
    on_files: None, owner: User, as_person: SignIn, make_post: MakePost
) -> None:
    photo = make_post(owner, audience="self").photos.get()
    rendition = photo.renditions.first()
    assert rendition
    for address in (
        f"/media/{rendition.key.rpartition('/')[2]}",
        f"/media/originals/{photo.code}",
    ):
        answer = as_person(owner).get(address)
        assert answer.status_code == 200
        assert_safe(answer)
        assert policy(answer["Content-Security-Policy"]) == {
            "default-src": ["'none'"],
            "sandbox": [],
        }


def test_scripts_and_styles_come_from_us_or_carry_the_nonce(client: Client) -> None:
    answer = client.get("/")
    rules = policy(answer["Content-Security-Policy"])
    assert rules["default-src"] == ["'self'"]
    assert rules["object-src"] == rules["base-uri"] == rules["frame-ancestors"] == ["'none'"]
    assert rules["form-action"] == ["'self'"]
    for directive in ("script-src", "style-src"):
        assert rules[directive][0] == "'self'"
        assert all(source.startswith("'nonce-") for source in rules[directive][1:])


def test_the_admin_lives_under_the_same_policy(as_person: SignIn, moderator: User) -> None:
    answer = as_person(moderator).get("/admin/")
    assert answer.status_code == 200
    assert_safe(answer)


def test_a_nonce_is_never_used_twice(client: Client, as_person: SignIn, moderator: User) -> None:
    browser = as_person(moderator)
    assert (
        browser.get("/admin/")["Content-Security-Policy"]
        != browser.get("/admin/")["Content-Security-Policy"]
        or "nonce" not in browser.get("/admin/")["Content-Security-Policy"]
    )


@pytest.mark.urls("tests.notes_site.test_headers")
def test_a_fault_of_ours_is_logged_with_the_id_that_the_answer_carries(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    client.raise_request_exception = False
    answer = client.get("/broken")
    record = next(record for record in caplog.records if record.name == "notes.requests")
    assert answer["X-Request-ID"] == record.request_id  # type: ignore[attr-defined]
    assert record.path == "/broken"  # type: ignore[attr-defined]
    assert b"not your fault" in answer.content
    assert b"RuntimeError" not in answer.content
