"""The world of the matrix, made once for all cells of a file."""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as site_settings
from django.core.management import call_command

from tests import making
from tests.authorization.world import World, build


@pytest.fixture(scope="module")
def media_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the pictures of the world lie on the file storage."""
    return tmp_path_factory.mktemp("matrix-media")


@pytest.fixture(autouse=True)
def media_of_its_own(settings: Any, media_folder: Path) -> None:
    """The same files for every cell, where others have a folder a test."""
    if settings.STORAGES["default"]["BACKEND"] == "notes_site.storage.FileMedia":
        settings.STORAGES = making.storage_on_disk(settings.STORAGES, media_folder)


@pytest.fixture(autouse=True)
def refusals_are_no_news(caplog: pytest.LogCaptureFixture) -> None:
    """Thousands are asked for: a line about each would take longer than some of them."""
    caplog.set_level(logging.ERROR, logger="django.request")


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any, media_folder: Path) -> Iterator[World]:
    """Committed, so that each cell can take back what it does."""
    before = site_settings.STORAGES
    if before["default"]["BACKEND"] == "notes_site.storage.FileMedia":
        site_settings.STORAGES = making.storage_on_disk(before, media_folder)
    with django_db_blocker.unblock():
        try:
            made = build()
        finally:
            site_settings.STORAGES = before
        yield made
        call_command("flush", verbosity=0, interactive=False)
