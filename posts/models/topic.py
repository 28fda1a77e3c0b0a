"""Topics: the #words of captions."""

from typing import ClassVar

from django.db import models
from django.urls import reverse

from posts.models.post import Post


class Topic(models.Model):
    """A #word, casefolded."""

    name = models.CharField(max_length=50, unique=True)

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("feed:topic", args=[self.name])


class PostTopic(models.Model):
    """A post under a topic, with the post's time so that a topic pages by one index."""

    post = models.ForeignKey(Post, on_delete=models.CASCADE)
    topic = models.ForeignKey(Topic, on_delete=models.CASCADE)
    published_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["post", "topic"], name="post_topic_once"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["topic", "-published_at", "-post"], name="topic_latest"),
        ]

    def __str__(self) -> str:
        return f"{self.post_id} #{self.topic_id}"
