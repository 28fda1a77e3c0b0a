"""The people whom a member doesn't want to be suggested again."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q


class DismissedSuggestion(models.Model):
    """Somebody who is not suggested to a member again; nobody else learns of it."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="suggestions_dismissed"
    )
    other = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="dismissed_by"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["person", "other"], name="dismissed_once"),
            models.CheckConstraint(condition=~Q(person=F("other")), name="dismissed_not_oneself"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} dismissed {self.other_id}"
