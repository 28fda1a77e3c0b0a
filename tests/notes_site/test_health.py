"""Health for machines."""

from pathlib import Path
from typing import Any

import pytest
from celery import current_app
from django.test import Client

from tests import making

pytestmark = pytest.mark.django_db


@pytest.fixture
def broker_away() -> Any:
    """The broker's address leads nowhere."""
    old = current_app.conf.broker_url
    current_app.conf.update(broker_url="redis://127.0.0.1:1/0")
    yield
    current_app.conf.update(broker_url=old)


def test_the_process_is_up_even_without_its_parts(client: Client, broker_away: None) -> None:
    answer = client.get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok")
    assert "no-store" in answer["Cache-Control"]


def test_ready_when_every_part_answers(client: Client) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {
        "ready": True,
        "parts": {"database": "ok", "broker": "ok", "storage": "ok", "disk": "ok"},
    }


def test_not_ready_without_the_broker(client: Client, broker_away: None) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 503
    parts = {"database": "ok", "broker": "away", "storage": "ok", "disk": "ok"}
    assert answer.json()["parts"] == parts
    assert "127.0.0.1" not in answer.content.decode(), "why is logged, not told"


def test_not_ready_without_storage(client: Client, settings: Any, tmp_path: Path) -> None:
    settings.STORAGES = making.storage_away(settings.STORAGES)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["parts"]["storage"] == "away"
