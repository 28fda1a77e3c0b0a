"""Every address needs sign-in, unless it stands in the list below."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

# Adding a line here opens a page to the world.
OPEN = {
    "",
    "explore/",
    "topics/<str:name>/",
    "topics/<str:name>/atom.xml",
    "@<str:username>/atom.xml",
    "search/",
    "search/suggest",
    "oembed",
    "sitemap.xml",
    "sitemap-<int:year>-<int:month>.xml",
    "robots.txt",
    "p/<b58:post_id>/",
    "p/<b58:post_id>/history/",
    "p/<b58:post_id>/comments/<b58:comment_id>/replies",
    "renditions/<str:name>",
    "media/<str:name>",
    "@<str:username>/",
    "collections/<b58:collection_id>/",
    "setup/",
    "notifications/unsubscribe/<str:token>",
    "receipts/<str:token>/",
    "favicon.ico",
    "healthz",
    "readyz",
    "metrics",
    "accounts/login/",
    "accounts/login/code/confirm/",
    "accounts/signup/",
    "accounts/waiting/",
    "accounts/logout/",
    "accounts/inactive/",
    "accounts/confirm-email/",
    "accounts/confirm-email/<str:key>/",
    "accounts/password/reset/",
    "accounts/password/reset/done/",
    "accounts/password/reset/key/<str:uidb36>-<str:key>/",
    "accounts/password/reset/key/done/",
    "accounts/2fa/authenticate/",
    "accounts/2fa/webauthn/login/",
    "accounts/2fa/webauthn/signup/",
    "accounts/signup/passkey/",
    "accounts/signup/passkey/instead/",
    "admin/login/",
}
# These ask for themselves: they send visitors to sign-in before they do anything.
GUARDED = ("admin/",)


def patterns(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for entry in resolver.url_patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from patterns(entry, route)
        else:
            yield route, entry


ALL = sorted(patterns(get_resolver()), key=lambda pair: pair[0])


def plain(route: str) -> str:
    """The route as the list writes it: regular expressions in words."""
    for expression, words in (
        ("^confirm-email/(?P<key>[-:\\w]+)/$", "confirm-email/<str:key>/"),
        (
            "^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
            "password/reset/key/<str:uidb36>-<str:key>/",
        ),
    ):
        route = route.replace(expression, words)
    return route


@pytest.mark.parametrize(("route", "pattern"), ALL, ids=[route for route, _ in ALL])
def test_each_address_needs_sign_in_unless_listed(route: str, pattern: URLPattern) -> None:
    middleware: Any = LoginRequiredMiddleware(lambda _request: None)  # type: ignore[arg-type]

    class Visitor:
        user = type("Anonymous", (), {"is_authenticated": False})()

    middleware.handle_no_permission = lambda *_arguments: "sign in"
    refused = middleware.process_view(Visitor(), pattern.callback, (), {}) == "sign in"
    if plain(route).startswith(GUARDED) and plain(route) not in OPEN:
        return
    assert refused == (plain(route) not in OPEN)


def test_the_list_holds_nothing_that_is_gone() -> None:
    assert {plain(route) for route, _ in ALL} >= OPEN


@pytest.mark.django_db
def test_the_admin_sends_visitors_to_the_sites_own_sign_in(client: Client) -> None:
    for route, _pattern in ALL:
        if route.startswith("admin/") and "<" not in route and "(" not in route:
            answer = client.get(f"/{route}", follow=True)
            assert answer.request["PATH_INFO"] == "/accounts/login/", route


@pytest.mark.django_db
def test_a_page_sends_a_visitor_to_sign_in_and_back(client: Client) -> None:
    answer = client.get("/new/?title=x")
    assert answer.status_code == 302
    assert answer["Location"] == "/accounts/login/?next=/new/%3Ftitle%3Dx"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "headers"),
    [("/uploads/", {}), ("/uploads/abc/", {}), ("/new/", {"Accept": "application/json"})],
)
def test_json_answers_401_with_a_sentence(
    client: Client, path: str, headers: dict[str, str]
) -> None:
    answer = client.get(path, headers=headers)
    assert answer.status_code == 401
    assert answer.json() == {
        "code": "signed_out",
        "error": "You are signed out. Sign in and try again.",
    }


@pytest.mark.django_db
def test_htmx_goes_to_sign_in_with_the_whole_page(client: Client) -> None:
    answer = client.post("/p/abc/like", headers={"HX-Request": "true"})
    assert answer.status_code == 401
    assert answer["HX-Redirect"].startswith("/accounts/login/?next=")
