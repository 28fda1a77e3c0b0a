"""One index for the answers to a comment, in place of two."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('posts', '0008_b2_profiles'),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='comment',
            name='comment_replies',
        ),
        migrations.AlterField(
            model_name='comment',
            name='parent',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='replies', to='posts.comment'),
        ),
        migrations.AddIndex(
            model_name='comment',
            index=models.Index(condition=models.Q(('parent__isnull', False)), fields=['parent', 'created_at', 'id'], name='comment_replies'),
        ),
    ]
