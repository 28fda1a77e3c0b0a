"""Notification events under their present name: rows, permissions and log as they were."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone

from accounts.models import User
from notifications.models import Notification, NotificationEvent

pytestmark = pytest.mark.django_db(transaction=True)
BEFORE = "0004_plainer_labels"
AFTER = "0005_notification_events"
VERBS = ("add", "change", "delete", "view")


def migrate(name: str) -> Any:
    """Migrate as an update does; return the apps as they are then."""
    call_command("migrate", "notifications", name, verbosity=0)
    ContentType.objects.clear_cache()
    return MigrationLoader(connection).project_state(("notifications", name)).apps


@pytest.fixture
def before() -> Iterator[Any]:
    """The apps before the model was renamed."""
    yield migrate(BEFORE)
    migrate(AFTER)


def table() -> object:
    with connection.cursor() as cursor:
        name = "notifications_happening"
        columns = connection.introspection.get_table_description(cursor, name)
        return columns, connection.introspection.get_constraints(cursor, name)


def note(rows: Any, owner: User, friend: User) -> int:
    line = Notification.objects.create(
        recipient=owner, kind="follow", subject_id=friend.pk, newest_at=timezone.now()
    )
    row = rows.create(notification_id=line.pk, actor_id=friend.pk, at=line.newest_at)
    return int(row.pk)


def permissions(model: str) -> set[tuple[str, str]]:
    rows = Permission.objects.filter(content_type=ContentType.objects.get(model=model))
    return set(rows.values_list("codename", "name"))


def granted(moderator: User, model: str) -> bool:
    person = User.objects.get(pk=moderator.pk)
    return all(person.has_perm(f"notifications.{verb}_{model}") for verb in VERBS)


def grant(moderator: User, model: str) -> ContentType:
    """Give a group of theirs every permission to the model, and log that they changed a row."""
    kind = ContentType.objects.get(app_label="notifications", model=model)
    group = Group.objects.create(name="Helpers")
    group.permissions.set(Permission.objects.filter(content_type=kind))
    moderator.groups.add(group)
    LogEntry.objects.create(
        user=moderator, content_type=kind, object_id="7", object_repr="one", action_flag=CHANGE
    )
    return kind


def test_an_update_keeps_rows_permissions_and_log(
    before: Any, owner: User, friend: User, moderator: User
) -> None:
    pk = note(before.get_model("notifications", "Happening").objects, owner, friend)
    kind, there = grant(moderator, "happening"), table()
    now = migrate(AFTER)
    assert now.get_model("notifications", "NotificationEvent").objects.get().pk == pk
    assert table() == there
    assert granted(moderator, "notificationevent")
    assert permissions("notificationevent") == {
        (f"{verb}_notificationevent", f"Can {verb} notification event") for verb in VERBS
    }
    assert LogEntry.objects.get().content_type == kind
    assert ContentType.objects.get(pk=kind.pk).model_class() is NotificationEvent
    assert not ContentType.objects.filter(model="happening").exists()
    assert not Permission.objects.filter(codename__endswith="_happening").exists()


def test_the_way_back_keeps_them_too(owner: User, friend: User, moderator: User) -> None:
    now = MigrationLoader(connection).project_state(("notifications", AFTER)).apps
    pk = note(now.get_model("notifications", "NotificationEvent").objects, owner, friend)
    kind, there = grant(moderator, "notificationevent"), table()
    try:
        before = migrate(BEFORE)
        assert before.get_model("notifications", "Happening").objects.get().pk == pk
        assert table() == there
        assert granted(moderator, "happening")
        assert permissions("happening") == {
            (f"{verb}_happening", f"Can {verb} happening") for verb in VERBS
        }
        assert ContentType.objects.get(model="happening") == kind
        assert LogEntry.objects.get().content_type == kind
        assert not ContentType.objects.filter(model="notificationevent").exists()
    finally:
        migrate(AFTER)
