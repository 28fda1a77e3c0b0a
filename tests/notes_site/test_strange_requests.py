"""What no browser sends must not end in a traceback."""

import base64
import io
from typing import Any
from wsgiref.util import setup_testing_defaults

import pytest
from django.test import Client

from notes_site.wsgi import application

pytestmark = pytest.mark.django_db


def test_a_cursor_as_deep_as_a_well(client: Client) -> None:
    deep = base64.urlsafe_b64encode(b"[" * 2_900).decode()
    assert client.get("/", {"cursor": deep}).status_code == 400


def test_an_accept_header_that_says_nothing(client: Client) -> None:
    answer = client.get("/nothing/", headers={"accept": "text/html; a*=bogus''%41"})
    assert answer.status_code == 404
    assert answer["Content-Type"].startswith("text/html")


@pytest.mark.parametrize("charset", ["hex", "unicode_escape", "utf-16", "nothing"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_another_charset_than_ours(charset: str, method: str) -> None:
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "PATH_INFO": "/accounts/login/",
        "QUERY_STRING": "next=%5Cud800",
        "CONTENT_TYPE": f"application/x-www-form-urlencoded; charset={charset}",
        "CONTENT_LENGTH": "5",
        "wsgi.input": io.BytesIO(b"a=%41"),
        "HTTP_HOST": "localhost",
    }
    setup_testing_defaults(environ)
    answers: list[tuple[str, dict[str, str]]] = []
    body = application(environ, lambda status, headers: answers.append((status, dict(headers))))
    assert b"".join(body)
    [(status, headers)] = answers
    assert status.split()[0] in ("200", "403")
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_a_cookie_with_a_nul(client: Client) -> None:
    answer = client.get("/", headers={"cookie": 'session="\\000aaaaaaaaaaaa"'})
    assert answer.status_code == 200
