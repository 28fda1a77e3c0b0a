"""The audit trail can be added to, and nothing else, whoever tries and however."""

from collections.abc import Callable

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from accounts.models import User
from moderation import actions, append_only
from moderation.models import AppendOnlyError, AuditEntry
from tests.making import MakePost


def an_entry() -> AuditEntry:
    return AuditEntry.objects.create(
        action=AuditEntry.Action.HIDE,
        target_kind=AuditEntry.Kind.POST,
        target_id=7,
        target_label="@owner",
        reason="as it was",
    )


def execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


WAYS: dict[str, Callable[[], object]] = {
    "queryset update": lambda: AuditEntry.objects.update(reason="forged"),
    "queryset delete": lambda: AuditEntry.objects.all().delete(),
    "queryset raw delete": lambda: AuditEntry.objects.all()._raw_delete("default"),
    "sql update": lambda: execute("UPDATE moderation_auditentry SET reason = 'forged'"),
    "sql delete": lambda: execute("DELETE FROM moderation_auditentry"),
    "overwrite": lambda: AuditEntry.objects.bulk_create(
        [AuditEntry(pk=AuditEntry.objects.get().pk, target_id=8, reason="forged")],
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=["reason"],
    ),
}

COLUMNS = "id, actor_name, action, target_kind, target_id, target_label, reason, created_at"
if connection.vendor == "sqlite":
    # It removes the row of the same key without asking the trigger of deletions.
    WAYS["replace"] = lambda: execute(
        f"REPLACE INTO moderation_auditentry ({COLUMNS}) SELECT id, '', 'hide', 'post', 7,"  # noqa: S608
        " '@owner', 'forged', created_at FROM moderation_auditentry"
    )


@pytest.mark.django_db
@pytest.mark.parametrize("way", WAYS)
def test_the_database_refuses(way: str) -> None:
    an_entry()
    with pytest.raises(IntegrityError), transaction.atomic():
        WAYS[way]()
    assert AuditEntry.objects.get().reason == "as it was"


@pytest.mark.django_db
def test_the_model_refuses_first() -> None:
    entry = an_entry()
    entry.reason = "forged"
    with pytest.raises(AppendOnlyError):
        entry.save()
    with pytest.raises(AppendOnlyError):
        entry.delete()
    assert AuditEntry.objects.get().reason == "as it was"


@pytest.mark.django_db
def test_the_triggers_come_and_go_with_their_migration() -> None:
    an_entry()
    append_only.remove(connection)
    assert AuditEntry.objects.update(reason="changed") == 1
    append_only.install(connection)
    with pytest.raises(IntegrityError), transaction.atomic():
        AuditEntry.objects.update(reason="forged")


@pytest.mark.django_db(transaction=True)
def test_flush_empties_everything_and_leaves_the_triggers() -> None:
    an_entry()
    call_command("flush", interactive=False, verbosity=0)
    assert not AuditEntry.objects.exists()
    an_entry()
    with pytest.raises(IntegrityError):
        AuditEntry.objects.update(reason="forged")


def test_an_entry_outlives_the_people_it_names(
    make_post: MakePost, owner: User, moderator: User
) -> None:
    post = make_post(owner, title="A secret title")
    actions.hide_post(actor=moderator, post=post, reason="Faces")
    moderator.delete()
    owner.delete()
    entry = AuditEntry.objects.get(action="hide")
    assert str(entry) == "@mara hid post @owner"
    assert entry.target_id == post.pk


def test_a_deed_without_its_entry_does_not_stand(
    make_post: MakePost, owner: User, moderator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = make_post(owner)

    def fail(*_arguments: object, **_options: object) -> None:
        raise IntegrityError("no room")

    monkeypatch.setattr(AuditEntry, "save", fail)
    with pytest.raises(IntegrityError):
        actions.hide_post(actor=moderator, post=post, reason="Faces")
    post.refresh_from_db()
    assert post.hidden_at is None
