"""The shared cache's table comes with the migrations, on new sites and on older ones."""

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.core.cache import caches
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

pytestmark = pytest.mark.django_db(transaction=True)
TABLE = "cache"


class Migrating:
    """The migration that makes the table, done and undone by itself."""

    def __init__(self) -> None:
        self._executor = MigrationExecutor(connection)
        graph = self._executor.loader.graph
        self._key = next(key for key in graph.nodes if key[1].endswith("_cache_table"))
        self._state = self._executor.loader.project_state(self._key, at_end=False)
        self._migration = graph.nodes[self._key]

    def forwards(self) -> None:
        self._executor.apply_migration(self._state.clone(), self._migration)

    def backwards(self) -> None:
        self._executor.unapply_migration(self._state.clone(), self._migration)


@pytest.fixture
def migrating() -> Iterator[Migrating]:
    """A database as it was before the migration."""
    migrating = Migrating()
    migrating.backwards()
    yield migrating
    if not has_table():
        migrating.forwards()


def has_table() -> bool:
    return TABLE in connection.introspection.table_names()


def keeps_what_it_is_given() -> bool:
    caches["default"].set("a", "b", 60)
    return bool(caches["default"].get("a") == "b")


def test_a_new_site_gets_the_table(migrating: Migrating) -> None:
    assert not has_table()
    migrating.forwards()
    assert keeps_what_it_is_given()
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, TABLE).values()
    assert ["expires"] in [each["columns"] for each in found if each["index"]]
    assert ["cache_key"] in [each["columns"] for each in found if each["primary_key"]]


def test_a_site_that_made_the_table_by_hand_keeps_it(migrating: Migrating) -> None:
    call_command("createcachetable", verbosity=0)
    caches["default"].set("kept", "yes", 60)
    migrating.forwards()
    assert caches["default"].get("kept") == "yes"


def test_it_can_be_taken_back_and_done_again(migrating: Migrating) -> None:
    for _ in range(2):
        migrating.forwards()
        assert keeps_what_it_is_given()
        migrating.backwards()
        assert not has_table()


def test_the_table_is_the_one_that_the_settings_name() -> None:
    assert settings.CACHES["default"]["LOCATION"] == TABLE
