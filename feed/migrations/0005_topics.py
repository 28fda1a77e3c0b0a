"""Which topics members follow and mute, and which words they mute."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('feed', '0004_words_of_every_script'),
        ('posts', '0012_plainer_labels'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='MutedTopic',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='muted_topics', to=settings.AUTH_USER_MODEL)),
                ('topic', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='mutes', to='posts.topic')),
            ],
            options={
                'indexes': [models.Index(fields=['person', '-created_at', '-id'], name='muted_topic_newest')],
                'constraints': [models.UniqueConstraint(fields=('person', 'topic'), name='muted_topic_once')],
            },
        ),
        migrations.CreateModel(
            name='MutedWord',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('word', models.CharField(max_length=120)),
                ('written', models.CharField(max_length=60)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='muted_words', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['person', '-created_at', '-id'], name='muted_word_newest')],
                'constraints': [models.UniqueConstraint(fields=('person', 'word'), name='muted_word_once')],
            },
        ),
        migrations.CreateModel(
            name='TopicFollow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('pinned_at', models.DateTimeField(blank=True, null=True)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='topic_follows', to=settings.AUTH_USER_MODEL)),
                ('topic', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='follows', to='posts.topic')),
            ],
            options={
                'indexes': [models.Index(fields=['person', '-created_at', '-id'], name='topic_follow_newest'), models.Index(condition=models.Q(('pinned_at__isnull', False)), fields=['person', 'pinned_at'], name='topic_follow_pinned')],
                'constraints': [models.UniqueConstraint(fields=('person', 'topic'), name='topic_follow_once')],
            },
        ),
    ]
