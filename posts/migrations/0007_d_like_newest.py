from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('posts', '0006_people'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='like',
            index=models.Index(fields=['post', '-created_at', '-id'], name='like_newest'),
        ),
    ]
