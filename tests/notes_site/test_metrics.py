"""`/metrics`: right figures for those allowed, and for everyone else nothing is there."""

import ipaddress
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import caches
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from accounts.models import User
from moderation.models import Report
from notes_site.models import Event, Heartbeat
from posts.authoring import publishing
from posts.models import Erasure, Photo, Quarantine
from posts.pipeline import erase
from tests.making import MakePost, MakeUpload

pytestmark = pytest.mark.django_db
STRANGE: Any = {"REMOTE_ADDR": "203.0.113.9"}


@pytest.fixture(autouse=True)
def counted_anew() -> Iterator[None]:
    """No totals of an earlier test."""
    caches["fragments"].clear()
    yield
    caches["fragments"].clear()


def read(client: Client, **extra: Any) -> dict[str, float]:
    """The figures by name, or by name and label."""
    answer = client.get("/metrics", **extra)
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/plain; version=")
    assert "no-store" in answer["Cache-Control"]
    return {
        "/".join([sample.name, *sample.labels.values()]): sample.value
        for family in text_string_to_metric_families(answer.content.decode())
        for sample in family.samples
    }


def test_an_empty_site(client: Client) -> None:
    figures = read(client)
    assert figures.pop("notes_worker_heartbeat_seconds") == float("inf"), "never seen"
    assert len(figures) == 24 + len(Report.Category)
    assert set(figures.values()) == {0}


def test_every_figure(
    client: Client, owner: User, make_post: MakePost, make_upload: MakeUpload
) -> None:
    ago = timezone.now() - timedelta(seconds=500)
    post, gone = make_post(owner, photos=2), make_post(owner)
    waiting, working, failed = (make_upload(owner).photo_id for _ in range(3))
    Photo.objects.filter(pk=waiting).update(created_at=ago)
    Photo.objects.filter(pk=working).update(state="working", created_at=ago - timedelta(days=1))
    Photo.objects.filter(pk=failed).update(state="failed", bytes=1_000)
    Photo.objects.filter(pk=post.photos.all()[0].pk).update(held_at=ago)
    erase.erase_due()
    publishing.delete_post(gone)
    lost = Erasure.objects.filter(erased_at=None)
    lost.update(requested_at=ago)
    Quarantine.objects.create(key="public/a.webp", kept_key="private/quarantine/a", found_at=ago)
    Event.objects.update(handled_at=ago)
    Event.objects.filter(pk__in=Event.objects.values("pk")[:2]).update(
        handled_at=None, attempts=10, created_at=ago
    )
    Heartbeat.objects.create(name="worker", seen_at=ago)

    figures = read(client)
    for name in ("photos_oldest_waiting", "erasures_oldest", "events_oldest", "worker_heartbeat"):
        assert 500 <= figures[f"notes_{name}_seconds"] < 520, name
    photos = Photo.objects.all()
    renditions = [each for photo in photos for each in photo.renditions.all()]
    for name, value in {
        "photos/pending": 1, "photos/working": 1, "photos/failed": 1, "photos_ready": 2,
        "photos_held": 1, "uploads_unused": 3, "posts/published": 1, "posts/deleted": 1,
        "posts/draft": 0, "quarantine_objects": 1, "events_waiting": 2, "events_given_up": 2,
        "erasures_waiting": lost.count(), "original_bytes": sum(photo.bytes for photo in photos),
        "rendition_bytes": sum(each.bytes for each in renditions),
    }.items():  # fmt: skip
        assert figures[f"notes_{name}"] == value, name
    assert lost.count() >= 2


def test_a_photo_made_anew_waits_since_it_was_queued(
    client: Client, owner: User, make_post: MakePost
) -> None:
    now = timezone.now()
    make_post(owner)
    Photo.objects.update(
        state="pending", created_at=now - timedelta(days=9), queued_at=now - timedelta(seconds=9)
    )
    assert 9 <= read(client)["notes_photos_oldest_waiting_seconds"] < 30


def test_a_scrape_costs_the_same_however_much_there_is(
    client: Client, owner: User, make_post: MakePost
) -> None:
    def queries() -> int:
        caches["fragments"].clear()
        with CaptureQueriesContext(connection) as captured:
            read(client)
        return len(captured)

    before = queries()
    make_post(owner, photos=3)
    assert queries() == before
    with CaptureQueriesContext(connection) as captured:
        read(client)
    whole = [q["sql"] for q in captured if "WHERE" not in q["sql"]]
    assert whole == [], "whole tables are not read at every scrape"


@pytest.mark.parametrize(
    ("allowed", "proxies", "sender", "forwarded", "sees"),
    [
        ("127.0.0.0/8", 0, "127.0.0.1", None, True),
        ("127.0.0.0/8", 0, "203.0.113.9", None, False),
        ("127.0.0.0/8", 0, "::ffff:127.0.0.1", None, True),
        ("::1/128", 0, "::1", None, True),
        ("10.20.0.0/16", 0, "10.20.3.4", None, True),
        ("10.20.0.0/16", 0, "127.0.0.1", None, False),
        ("127.0.0.0/8", 0, "", None, False),
        # Through proxies: who stands before the outermost trusted one counts.
        ("127.0.0.0/8", 1, "127.0.0.1", "203.0.113.9", False),
        ("127.0.0.0/8", 1, "172.18.0.2", "127.0.0.1", True),
        ("127.0.0.0/8", 1, "172.18.0.2", "127.0.0.1, 203.0.113.9", False),
        ("127.0.0.0/8", 2, "172.18.0.2", "127.0.0.1, 10.0.0.1", True),
        ("127.0.0.0/8", 2, "172.18.0.2", "127.0.0.1", False),
        ("127.0.0.0/8", 1, "172.18.0.2", "nonsense", False),
        ("127.0.0.0/8", 1, "127.0.0.1", None, True),
        # A proxy that nobody told us of: all the world would seem to be this machine.
        ("127.0.0.0/8", 0, "127.0.0.1", "203.0.113.9", False),
        ("127.0.0.0/8", 0, "127.0.0.1", "127.0.0.1", False),
    ],
)
def test_who_may_read_them(
    client: Client, settings: Any, allowed: str, proxies: int, sender: str,
    forwarded: str | None, sees: bool,
) -> None:  # fmt: skip
    settings.METRICS_ALLOWED = [ipaddress.ip_network(allowed)]
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
    headers = {"X-Forwarded-For": forwarded} if forwarded is not None else {}
    answer = client.get("/metrics", REMOTE_ADDR=sender, headers=headers)
    assert answer.status_code == (200 if sees else 404)


def test_by_default_this_machine_alone(client: Client) -> None:
    assert client.get("/metrics", REMOTE_ADDR="127.0.0.1").status_code == 200
    assert client.get("/metrics", REMOTE_ADDR="::1").status_code == 200
    assert client.get("/metrics", REMOTE_ADDR="192.168.1.7").status_code == 404


def test_for_everyone_else_nothing_is_there(owner: User) -> None:
    for person in (None, owner):
        browser = Client(enforce_csrf_checks=True)
        if person:
            browser.force_login(person)
        for method in ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"):
            there = browser.generic(method, "/metrics", **STRANGE)
            nothing = browser.generic(method, "/nowhere", **STRANGE)
            assert there.status_code == 404
            assert there.content == nothing.content
            assert dict(there.headers) == dict(nothing.headers), method


def test_a_monitor_beside_the_proxy_is_not_sent_to_https(client: Client, settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = True
    assert client.get("/metrics").status_code == 200
    assert client.get("/", follow=False).status_code == 301


def test_the_queue_is_read_along_its_index() -> None:
    """Both databases know a partial index by its constants only: none may come as a value."""
    sql, values = Photo.objects.unfinished().order_by().query.sql_with_params()
    assert "IN ('pending', 'working')" in sql
    assert values == ()
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            plan = cursor.execute(f"EXPLAIN QUERY PLAN {sql}").fetchall()
        assert "photo_unfinished" in str(plan)
