"""A visitor without a browser: cookies, CSRF, forms and uploads over plain HTTP."""

import json
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import unescape
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode, urlsplit

import urllib3

PASSWORD = "only-for-tests-7f3a9c"
File = tuple[str, bytes, str]


@dataclass(frozen=True)
class Answer:
    """What came back; redirects are not followed."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode()

    @property
    def words(self) -> str:
        """The page's text as people read it: no tags, entities resolved, blanks folded."""
        return " ".join(unescape(re.sub(r"<[^>]*>", " ", self.text)).split())

    @property
    def location(self) -> str:
        """The path a redirect leads to; '' for any other answer."""
        return self.headers.get("Location", "")

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


class Visitor:
    """One person and their cookies."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.username = ""
        self.cookies: dict[str, str] = {}
        self._http = urllib3.PoolManager(
            maxsize=8, retries=False, timeout=urllib3.Timeout(connect=5, read=90)
        )

    def request(
        self,
        method: str,
        path: str,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """One request; cookies go only to the site itself. Raises OSError when nobody answers."""
        address = path if "://" in path else self.url + path
        sent = dict(headers or {})
        own = address.startswith(self.url)
        if own and self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        try:
            answer = self._http.request(method, address, body=body, headers=sent, redirect=False)
        except urllib3.exceptions.HTTPError as error:
            raise ConnectionError(str(error)) from error
        if own:
            self._keep_cookies(answer.headers.getlist("Set-Cookie"))
        return Answer(answer.status, answer.headers, answer.data)

    def get(self, path: str, **headers: str) -> Answer:
        """GET."""
        return self.request("GET", path, headers=headers)

    def post(
        self,
        path: str,
        fields: Sequence[tuple[str, str]] | Mapping[str, str] = (),
        files: Sequence[tuple[str, File]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """POST a form; with `files` as multipart: (field, (file name, bytes, content type))."""
        pairs = list(fields.items()) if isinstance(fields, Mapping) else list(fields)
        sent = {"X-CSRFToken": self.csrf(), **(headers or {})}
        if files:
            parts: list[Any] = [*pairs, *files]
            body, kind = urllib3.encode_multipart_formdata(parts)
        else:
            body, kind = urlencode(pairs).encode(), "application/x-www-form-urlencoded"
        return self.request("POST", path, body=body, headers={**sent, "Content-Type": kind})

    def delete(self, path: str) -> Answer:
        """DELETE."""
        return self.request("DELETE", path, headers={"X-CSRFToken": self.csrf()})

    def csrf(self) -> str:
        """The CSRF token of this visitor's cookie, fetched with a form when there is none."""
        if "csrftoken" not in self.cookies:
            self.get("/accounts/login/")
        return self.cookies.get("csrftoken", "")

    def sign_up(self, username: str) -> None:
        """Make an account; the person is signed in afterwards."""
        answer = self.post(
            "/accounts/signup/",
            {
                "username": username,
                "email": f"{username}@example.org",
                "password1": PASSWORD,
                "password2": PASSWORD,
            },
        )
        assert answer.status == 302, answer.words
        assert "session" in self.cookies
        self.username = username

    def sign_in(self, username: str, password: str = PASSWORD) -> None:
        """Sign in."""
        answer = self.post("/accounts/login/", {"login": username, "password": password})
        assert answer.status == 302, answer.words
        self.username = username

    def upload(
        self, data: bytes, name: str = "photo.jpg", kind: str = "image/jpeg", key: str = ""
    ) -> Answer:
        """POST one file to /uploads/."""
        headers = {"Idempotency-Key": key} if key else {}
        return self.post("/uploads/", files=[("file", (name, data, kind))], headers=headers)

    def kept_upload(self, data: bytes, name: str = "photo.jpg") -> dict[str, Any]:
        """Upload a good file; returns its JSON."""
        answer = self.upload(data, name)
        assert answer.status == 201, answer.text
        return dict(answer.json())

    def settled(self, upload_id: str, seconds: float = 60) -> dict[str, Any]:
        """Wait until an upload is ready or failed; returns its JSON."""
        deadline = time.monotonic() + seconds
        while True:
            state = dict(self.get(f"/uploads/{upload_id}/").json())
            if state["state"] in ("ready", "failed"):
                return state
            assert time.monotonic() < deadline, f"waited {seconds:.0f} s: {state}"
            time.sleep(0.1)

    def publish(self, upload_ids: Sequence[str], fields: Sequence[tuple[str, str]] = ()) -> Answer:
        """Send the composer's form with earlier uploads."""
        return self.post("/new/", [*(("uploads", each) for each in upload_ids), *fields])

    def new_post(self, data: bytes, **fields: str) -> str:
        """Upload one photo, wait until it is ready and publish it; returns the post's path."""
        upload = self.kept_upload(data)
        assert self.settled(upload["id"])["state"] == "ready"
        answer = self.publish([upload["id"]], list(fields.items()))
        assert answer.status == 303, answer.words
        return urlsplit(answer.location).path

    def _keep_cookies(self, lines: Sequence[str]) -> None:
        for line in lines:
            for name, morsel in SimpleCookie(line).items():
                if morsel["max-age"] == "0" or not morsel.value:
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = morsel.value
