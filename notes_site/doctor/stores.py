"""The store of media, as the site uses it and as visitors reach it."""

import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import urllib3
from django.conf import settings

from notes_site.doctor.complaints import ComplaintError
from notes_site.ids import random_key
from notes_site.storage import PUBLIC, media, public_url

SECONDS = 5.0


def storage() -> str:
    """An object can be put, read, copied and deleted."""
    key, copied = f"private/doctor/{random_key()}", f"private/doctor/{random_key()}"
    with _stored(key, b"how are you"), tempfile.NamedTemporaryFile() as file:
        media().copy(key, copied)
        media().fetch(copied, Path(file.name))
        same = Path(file.name).read_bytes() == b"how are you"
        media().delete(copied)
    if not same:
        raise ComplaintError(
            "what came back differs from what was sent; is there a proxy in front of the store?"
        )
    if media().exists(key):
        raise ComplaintError(
            "a deleted object is still there; turn off the bucket's versions and its lock"
        )
    return "put, copy, get, delete"


def storage_is_closed() -> str:
    """Visitors can neither list the bucket nor fetch what is private."""
    if settings.STORAGE_PUBLIC_URL.startswith("/"):
        return "served by the application"
    key = f"private/doctor/{random_key()}"
    with _stored(key, b"secret"):
        if _is_open(public_url(key)):
            raise ComplaintError("anyone can fetch objects under private/; close the bucket")
        if _is_open(settings.STORAGE_PUBLIC_URL) or _is_open(public_url("public/")):
            raise ComplaintError("anyone can list the bucket; allow GET under public/ only")
    return "no listing, nothing private"


def pictures_reach_visitors() -> str:
    """What is put under public/ comes to anyone from STORAGE_PUBLIC_URL, byte for byte."""
    address = settings.STORAGE_PUBLIC_URL
    if address.startswith("/"):
        return "served by the application"
    if settings.ON_TLS and urlsplit(address).scheme != "https":
        raise ComplaintError(
            "STORAGE_PUBLIC_URL is not https:// and the site is, so browsers show no pictures;"
            " give the store a certificate, or lead to it through the site's own proxy"
        )
    key, body = f"{PUBLIC}{random_key()}.webp", random_key(200).encode()
    with _stored(key, body):
        answer = urllib3.request(
            "GET", public_url(key), timeout=SECONDS, retries=False, redirect=False
        )
    if answer.status != 200 or answer.data != body:
        raise ComplaintError(_why_not(answer.status))
    kind = answer.headers.get("Content-Type", "")
    if not kind.startswith("image/"):
        raise ComplaintError(
            f"pictures come as {kind or 'nothing in particular'}, which browsers refuse to show;"
            " let the store or its proxy keep their content type"
        )
    return f"fetched from {address}"


def _why_not(status: int) -> str:
    """Why a public picture did not come, by the status that came instead."""
    begin = f"STORAGE_PUBLIC_URL answers {status} for a picture that is there"
    if status in (401, 403):
        return f"{begin}: let anyone GET what lies under public/ in the bucket"
    if status == 200:
        return "STORAGE_PUBLIC_URL leads to something other than the bucket; correct it"
    if status in (301, 302, 303, 307, 308):
        return f"{begin}: give the address that it leads to"
    if status in (502, 503, 504):
        return f"{begin}: the proxy there does not reach the store"
    return (
        f"{begin}: correct it; it must lead to the bucket itself, e.g. https://HOST/BUCKET/, or"
        " https://SITE/s3/ with the shipped proxy"
    )


@contextmanager
def _stored(key: str, body: bytes) -> Iterator[None]:
    with tempfile.NamedTemporaryFile() as file:
        file.write(body)
        file.flush()
        media().put(key, Path(file.name))
    try:
        yield
    finally:
        media().delete(key)


def _is_open(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=SECONDS) as answer:  # noqa: S310
            # SeaweedFS answers for a folder that holds objects, but with nothing in it.
            return bool(answer.read(1))
    except urllib.error.HTTPError:
        return False
