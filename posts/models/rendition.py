"""A rendition: a photo made smaller for the web, free of metadata."""

from typing import ClassVar

from django.db import models

from posts.models.photo import Photo


class Rendition(models.Model):
    """One object in storage, made from a photo by a spec and a version of its edits."""

    photo = models.ForeignKey(Photo, on_delete=models.CASCADE, related_name="renditions")
    spec = models.CharField(max_length=20)
    edits_version = models.PositiveIntegerField(default=0)
    key = models.CharField(max_length=100, unique=True)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    bytes = models.PositiveIntegerField()
    format = models.CharField(max_length=10)

    class Meta:
        ordering: ClassVar[list[str]] = ["width", "id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["photo", "spec", "edits_version"], name="rendition_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.photo_id} {self.spec}"
