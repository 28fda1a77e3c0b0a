"""A revision: a post as its author left it, for the public history of edits."""

from typing import ClassVar

from django.db import models

from accounts.models import PeopleList
from posts import limits
from posts.models.post import Post


class Revision(models.Model):
    """The words and photos of a published post after one of its author's saves.

    `photos` lists them in order as {"code", "alt", "edits"}. No picture is kept in it: what
    was removed from a post is erased.
    """

    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField()
    created_at = models.DateTimeField()
    title = models.CharField(max_length=limits.MAX_TITLE, blank=True)
    caption = models.TextField(max_length=limits.MAX_CAPTION, blank=True)
    audience = models.CharField(max_length=10, choices=Post.Audience.choices)
    # For the audience `list`, so that nobody reads what was meant for another one.
    people_list = models.ForeignKey(
        PeopleList, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    licence = models.CharField(max_length=12, choices=Post.Licence.choices, blank=True)
    made_with_ai = models.BooleanField(default=False)
    is_paid = models.BooleanField(default=False)
    photos = models.JSONField(default=list)

    class Meta:
        ordering: ClassVar[list[str]] = ["-number"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["post", "number"], name="revision_once"),
        ]

    def __str__(self) -> str:
        return f"{self.post_id} as of {self.number}"
