"""Photos of posts are named by their uploads; those whose upload was forgotten get one again."""

from django.db import migrations

from notes_site.ids import new_id


def give_uploads(apps, schema_editor):
    Photo = apps.get_model("posts", "Photo")
    Upload = apps.get_model("posts", "Upload")
    lacking = Photo.objects.filter(post__isnull=False, upload=None).order_by("pk")
    while batch := list(lacking.only("pk", "owner_id", "created_at")[:500]):
        Upload.objects.bulk_create(
            Upload(
                id=new_id(), photo=photo, owner_id=photo.owner_id, used_at=photo.created_at
            )
            for photo in batch
        )


class Migration(migrations.Migration):
    dependencies = [("posts", "0003_photos_in_full")]

    operations = [migrations.RunPython(give_uploads, migrations.RunPython.noop)]
