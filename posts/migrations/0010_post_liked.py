from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("posts", "0009_c_comment_replies"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="post",
            index=models.Index(
                fields=["-like_count", "-id"],
                name="post_liked",
                condition=models.Q(state="published", audience="public", hidden_at=None),
            ),
        ),
    ]
