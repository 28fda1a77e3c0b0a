"""Removed pictures: by their hashes, so that they are recognised when they come again."""

from typing import ClassVar

from django.db import models


class RemovedPicture(models.Model):
    """The perceptual hash of a picture that a moderator removed. No picture is kept."""

    pdq = models.CharField(max_length=64)
    # Plain numbers: the hash outlives the rows it came from.
    photo_id = models.BigIntegerField(unique=True)
    post_id = models.BigIntegerField(db_index=True)
    reason = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-created_at", "-id"]

    def __str__(self) -> str:
        return self.pdq[:12]
