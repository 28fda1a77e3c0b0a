"""An upload: bytes received and safe, not yet in a post."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from notes_site.fields import OneLineField
from notes_site.ids import TimeOrderedModel
from posts.models.photo import Photo


class Upload(TimeOrderedModel):
    """The receipt for one file, and the name of its photo in forms.

    Its photo renders at once, and is erased after 7 days if no post or draft takes it.
    """

    class Purpose(models.TextChoices):
        """What the file was given for."""

        POST = "post", _("A post")
        AVATAR = "avatar", _("A profile picture")

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="uploads"
    )
    photo = models.OneToOneField(Photo, on_delete=models.CASCADE, related_name="upload")
    # NULL without one: the constraint below lets any number of those stand, but only one ''.
    idempotency_key = models.CharField(max_length=100, null=True)  # noqa: DJ001
    name = OneLineField(max_length=255, blank=True)
    purpose = models.CharField(max_length=10, choices=Purpose.choices, default=Purpose.POST)
    created_at = models.DateTimeField(auto_now_add=True)
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["owner", "idempotency_key"], name="upload_once"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["created_at"], name="upload_unused", condition=Q(used_at=None)),
        ]

    def __str__(self) -> str:
        return self.name or self.code
