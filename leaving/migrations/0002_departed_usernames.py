"""`LeftName` becomes `DepartedUsername`; its table, columns and indexes stay.

With the table named first, `RenameModel` touches nothing in the database but the content type,
which Django renames with it. Permissions keep their rows too, so whoever has one keeps it.
"""

from typing import Any

from django.db import migrations

VERBS = ("add", "change", "delete", "view")


def rename_permissions(apps: Any, schema_editor: Any) -> None:
    _rename(apps, schema_editor, "leftname", to="departedusername", words="departed username")


def rename_permissions_back(apps: Any, schema_editor: Any) -> None:
    _rename(apps, schema_editor, "departedusername", to="leftname", words="left name")


def _rename(apps: Any, schema_editor: Any, model: str, *, to: str, words: str) -> None:
    using = schema_editor.connection.alias
    permissions = apps.get_model("auth", "Permission").objects.using(using)
    for verb in VERBS:
        permissions.filter(
            content_type__app_label="leaving", codename=f"{verb}_{model}"
        ).update(codename=f"{verb}_{to}", name=f"Can {verb} {words}")


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("leaving", "0001_leaving"),
    ]

    operations = [
        migrations.AlterModelTable("leftname", "leaving_leftname"),
        migrations.RenameModel("LeftName", "DepartedUsername"),
        migrations.RunPython(rename_permissions, rename_permissions_back),
    ]
