"""A like."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from posts.models.post import Post


class Like(models.Model):
    """One person likes one post."""

    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="likes")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="likes"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["user", "post"], name="like_once"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            # For the list of those who like a post.
            models.Index(fields=["post", "-created_at", "-id"], name="like_newest"),
            # For what somebody liked, on their profile.
            models.Index(fields=["user", "-created_at", "-id"], name="like_by"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} likes {self.post_id}"
