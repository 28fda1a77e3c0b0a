"""Usernames of people who left under their model's present name: all of it as it was."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone

from accounts.models import User
from leaving import departed_usernames
from leaving.models import DepartedUsername

pytestmark = pytest.mark.django_db(transaction=True)
BEFORE = "0001_leaving"
AFTER = "0002_departed_usernames"
VERBS = ("add", "change", "delete", "view")
# The beginning of what earlier versions keep of "june", under the key of the test below.
EARLIER = "420b7e6ba29c1915"


def migrate(name: str) -> Any:
    """Migrate as an update does; return the apps as they are then."""
    call_command("migrate", "leaving", name, verbosity=0)
    ContentType.objects.clear_cache()
    return MigrationLoader(connection).project_state(("leaving", name)).apps


@pytest.fixture
def before() -> Iterator[Any]:
    """The apps before the model was renamed."""
    yield migrate(BEFORE)
    migrate(AFTER)


def table() -> object:
    with connection.cursor() as cursor:
        name = "leaving_leftname"
        columns = connection.introspection.get_table_description(cursor, name)
        return columns, connection.introspection.get_constraints(cursor, name)


def keep(rows: Any) -> int:
    until = timezone.now() + timedelta(days=1)
    return int(rows.create(digest=departed_usernames.digest_of("june"), until=until).pk)


def permissions(model: str) -> set[tuple[str, str]]:
    rows = Permission.objects.filter(content_type=ContentType.objects.get(model=model))
    return set(rows.values_list("codename", "name"))


def granted(moderator: User, model: str) -> bool:
    person = User.objects.get(pk=moderator.pk)
    return all(person.has_perm(f"leaving.{verb}_{model}") for verb in VERBS)


def grant(moderator: User, model: str) -> ContentType:
    """Give a group of theirs every permission to the model, and log that they changed a row."""
    kind = ContentType.objects.get(app_label="leaving", model=model)
    group = Group.objects.create(name="Helpers")
    group.permissions.set(Permission.objects.filter(content_type=kind))
    moderator.groups.add(group)
    LogEntry.objects.create(
        user=moderator, content_type=kind, object_id="7", object_repr="one", action_flag=CHANGE
    )
    return kind


def test_an_update_keeps_rows_permissions_and_log(before: Any, moderator: User) -> None:
    pk = keep(before.get_model("leaving", "LeftName").objects)
    kind, there = grant(moderator, "leftname"), table()
    now = migrate(AFTER)
    assert now.get_model("leaving", "DepartedUsername").objects.get().pk == pk
    with pytest.raises(ValidationError):
        departed_usernames.validate_not_departed("June")
    assert table() == there
    assert granted(moderator, "departedusername")
    assert permissions("departedusername") == {
        (f"{verb}_departedusername", f"Can {verb} departed username") for verb in VERBS
    }
    assert LogEntry.objects.get().content_type == kind
    assert ContentType.objects.get(pk=kind.pk).model_class() is DepartedUsername
    assert not ContentType.objects.filter(model="leftname").exists()
    assert not Permission.objects.filter(codename__endswith="_leftname").exists()


def test_the_way_back_keeps_them_too(moderator: User) -> None:
    now = MigrationLoader(connection).project_state(("leaving", AFTER)).apps
    pk = keep(now.get_model("leaving", "DepartedUsername").objects)
    kind, there = grant(moderator, "departedusername"), table()
    try:
        before = migrate(BEFORE)
        assert before.get_model("leaving", "LeftName").objects.get().pk == pk
        assert table() == there
        assert granted(moderator, "leftname")
        assert permissions("leftname") == {
            (f"{verb}_leftname", f"Can {verb} left name") for verb in VERBS
        }
        assert ContentType.objects.get(model="leftname") == kind
        assert LogEntry.objects.get().content_type == kind
        assert not ContentType.objects.filter(model="departedusername").exists()
    finally:
        migrate(AFTER)


def test_names_kept_by_earlier_versions_stay_kept(settings: Any) -> None:
    """The digests are in databases already, so how they are made may never change."""
    settings.SECRET_KEY = "a-key-of-this-test"
    assert departed_usernames.digest_of("June").startswith(EARLIER)
