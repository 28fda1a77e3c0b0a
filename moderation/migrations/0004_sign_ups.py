"""Names for the deeds about sign-up, and the rights of moderators to do them.

The table itself is not altered, so its triggers stay.
"""

from typing import Any

from django.db import migrations, models

RIGHTS = {
    "signup": ("view", "change"),
    "invite": ("view", "add", "change"),
    "blockeddomain": ("view", "add", "change"),
}


def allow(apps: Any, schema_editor: Any) -> None:
    """Give the group, where there is one, what `roles.PERMISSIONS` gives it from now on."""
    alias = schema_editor.connection.alias
    group = apps.get_model("auth", "Group").objects.using(alias).filter(name="Moderators").first()
    if group is None:
        return
    types = apps.get_model("contenttypes", "ContentType").objects.using(alias)
    permissions = apps.get_model("auth", "Permission").objects.using(alias)
    for model, deeds in RIGHTS.items():
        # Both are made only after the last migration; made here, they are found then.
        kind, _made = types.get_or_create(app_label="accounts", model=model)
        for deed in deeds:
            permission, _made = permissions.get_or_create(
                content_type=kind,
                codename=f"{deed}_{model}",
                defaults={"name": f"Can {deed} {model}"},
            )
            group.permissions.add(permission)


class Migration(migrations.Migration):
    dependencies = [
        ("moderation", "0003_held_photos"),
        ("accounts", "0003_people"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [
        migrations.AlterField(
            model_name="auditentry",
            name="action",
            field=models.CharField(
                choices=[
                    ("hide", "hid"),
                    ("restore", "restored"),
                    ("suspend", "suspended"),
                    ("unsuspend", "ended the suspension of"),
                    ("retry", "tried again"),
                    ("release", "released"),
                    ("refuse", "refused"),
                    ("appoint", "made a moderator of"),
                    ("dismiss", "ended the moderating of"),
                    ("let_in", "let in"),
                    ("turn_away", "did not let in"),
                    ("confirm", "confirmed the e-mail address of"),
                    ("reset_link", "made a link for a new password for"),
                    ("create", "made"),
                    ("revoke", "revoked"),
                    ("block", "blocked"),
                    ("unblock", "ended the blocking of"),
                    ("change", "changed"),
                ],
                max_length=12,
                verbose_name="action",
            ),
        ),
        migrations.AlterField(
            model_name="auditentry",
            name="target_kind",
            field=models.CharField(
                choices=[
                    ("post", "post"),
                    ("photo", "photo"),
                    ("comment", "comment"),
                    ("person", "person"),
                    ("invite", "invitation"),
                    ("domain", "e-mail domain"),
                    ("site", "site settings"),
                ],
                max_length=10,
                verbose_name="kind",
            ),
        ),
        migrations.RunPython(allow, migrations.RunPython.noop),
    ]
