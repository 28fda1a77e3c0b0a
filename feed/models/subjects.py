"""The topics and words that members follow or mute."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from notes_site.fields import OneLineField
from posts.models import Topic


class TopicFollow(models.Model):
    """A topic that a member follows; nobody else learns of it."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="topic_follows"
    )
    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="follows")
    created_at = models.DateTimeField(auto_now_add=True)
    # When it became a tab of their stream; None while it is none.
    pinned_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["person", "topic"], name="topic_follow_once"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["person", "-created_at", "-id"], name="topic_follow_newest"),
            models.Index(
                fields=["person", "pinned_at"],
                name="topic_follow_pinned",
                condition=Q(pinned_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} → #{self.topic_id}"


class MutedTopic(models.Model):
    """A topic whose posts don't come up for a member."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="muted_topics"
    )
    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="mutes")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["person", "topic"], name="muted_topic_once"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["person", "-created_at", "-id"], name="muted_topic_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} mutes #{self.topic_id}"


class MutedWord(models.Model):
    """A word, or some in a row, whose posts don't come up for a member."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="muted_words"
    )
    # As search keeps words (feed/search/words.py), with a blank between two of them.
    word = models.CharField(max_length=120)
    # As its owner wrote it.
    written = OneLineField(max_length=60)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["person", "word"], name="muted_word_once"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["person", "-created_at", "-id"], name="muted_word_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} mutes “{self.written}”"
