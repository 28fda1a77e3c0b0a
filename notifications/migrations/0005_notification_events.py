"""`Happening` becomes `NotificationEvent`; its table, columns, indexes and constraints stay.

With the table named first, `RenameModel` touches nothing in the database but the content type,
which Django renames with it. Permissions keep their rows too, so whoever has one keeps it.
"""

from typing import Any

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

VERBS = ("add", "change", "delete", "view")


def rename_permissions(apps: Any, schema_editor: Any) -> None:
    _rename(apps, schema_editor, "happening", to="notificationevent", words="notification event")


def rename_permissions_back(apps: Any, schema_editor: Any) -> None:
    _rename(apps, schema_editor, "notificationevent", to="happening", words="happening")


def _rename(apps: Any, schema_editor: Any, model: str, *, to: str, words: str) -> None:
    using = schema_editor.connection.alias
    permissions = apps.get_model("auth", "Permission").objects.using(using)
    for verb in VERBS:
        permissions.filter(
            content_type__app_label="notifications", codename=f"{verb}_{model}"
        ).update(codename=f"{verb}_{to}", name=f"Can {verb} {words}")


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("notifications", "0004_plainer_labels"),
    ]

    operations = [
        migrations.AlterModelTable("happening", "notifications_happening"),
        migrations.RenameModel("Happening", "NotificationEvent"),
        migrations.RunPython(rename_permissions, rename_permissions_back),
        migrations.AlterField(
            "notificationevent",
            "notification",
            models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="events",
                to="notifications.notification",
            ),
        ),
        migrations.AlterField(
            "notificationevent",
            "actor",
            models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="notification_events",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AlterField(
            "notificationevent",
            "comment",
            models.ForeignKey(
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="notification_events",
                to="posts.comment",
            ),
        ),
    ]
