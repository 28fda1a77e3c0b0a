"""A report knows whose its target is: nobody decides about themselves."""

from typing import Any

from django.db import migrations, models
from django.db.models import OuterRef, Subquery


def fill(apps: Any, schema_editor: Any) -> None:
    """Whose what was reported is; of what is deleted, who bears the name that the report kept."""
    report = apps.get_model("moderation", "Report")
    sources = {
        "post": apps.get_model("posts", "Post").objects.values("author_id"),
        "comment": apps.get_model("posts", "Comment").objects.values("author_id"),
        "person": apps.get_model("accounts", "User").objects.values("id"),
    }
    for kind, owners in sources.items():
        owner = owners.filter(pk=OuterRef("target_id"))[:1]
        report.objects.filter(target_kind=kind).update(person_id=Subquery(owner))
    people = apps.get_model("accounts", "User").objects
    left = report.objects.filter(person_id=None).exclude(target_label="")
    for label in set(left.values_list("target_label", flat=True)):
        if person := people.filter(username=label.removeprefix("@")).first():
            left.filter(target_label=label).update(person_id=person.pk)


class Migration(migrations.Migration):
    dependencies = [
        ("moderation", "0006_no_truncate"),
        ("accounts", "0005_session_round"),
        ("posts", "0010_post_liked"),
    ]

    operations = [
        migrations.AddField("report", "person_id", models.BigIntegerField(null=True)),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
