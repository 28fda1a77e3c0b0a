"""Moderators hear of reports; by e-mail too, where they let the other queue come that way."""

from typing import Any

from django.db import migrations, models

KINDS = [
    ("like", "Likes of my posts"),
    ("comment", "Comments on my posts"),
    ("reply", "Answers to my comments"),
    ("comment_like", "Likes of my comments"),
    ("mention", "Mentions of me"),
    ("follow", "New followers"),
    ("request", "Requests to follow me"),
    ("accepted", "My requests that were accepted"),
    ("comment_held", "Comments that wait for my approval"),
    ("comment_approved", "My comments that were approved"),
    ("moderation", "What moderators did with what is mine"),
    ("sign_up", "People who ask to join"),
    ("report", "Reports that wait for a moderator"),
]


def by_mail_too(apps: Any, schema_editor: Any) -> None:
    """Whoever never saw the switch gets what new people begin with."""
    preferences = apps.get_model("notifications", "Preferences").objects
    for some in _batches(preferences.only("mail_on").order_by("pk").iterator()):
        changed = [row for row in some if "sign_up" in row.mail_on and "report" not in row.mail_on]
        for row in changed:
            row.mail_on = [*row.mail_on, "report"]
        preferences.bulk_update(changed, ["mail_on"])


def _batches(rows: Any, size: int = 1_000) -> Any:
    batch = []
    for row in rows:
        batch.append(row)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


class Migration(migrations.Migration):
    dependencies = [("notifications", "0001_initial")]

    operations = [
        migrations.AlterField(
            "notification", "kind", models.CharField(choices=KINDS, max_length=20)
        ),
        migrations.RunPython(by_mail_too, migrations.RunPython.noop),
    ]
