"""A comment under a post."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.safestring import SafeString

from notes_site.ids import TimeOrderedModel
from posts import limits
from posts.captions import to_html
from posts.models.post import Post


class CommentQuerySet(models.QuerySet["Comment"]):
    """Which comments."""

    def standing(self) -> "CommentQuerySet":
        """Those neither hidden nor by somebody suspended or gone."""
        return self.filter(hidden_at=None, author__is_active=True, author__suspended_at=None)


class Comment(TimeOrderedModel):
    """Words under a post."""

    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="comments")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="comments"
    )
    text = models.TextField(max_length=limits.MAX_COMMENT)
    created_at = models.DateTimeField(auto_now_add=True)
    hidden_at = models.DateTimeField(null=True, blank=True)
    hidden_reason = models.CharField(max_length=300, blank=True)

    objects = CommentQuerySet.as_manager()

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["post", "-created_at", "-id"],
                name="comment_newest",
                condition=Q(hidden_at=None),
            ),
            models.Index(fields=["author", "-id"], name="comment_by_author"),
        ]

    def __str__(self) -> str:
        return self.text[:60]

    @property
    def text_html(self) -> SafeString:
        """The text, escaped, with its links alive."""
        return to_html(self.text)
