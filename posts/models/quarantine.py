"""Quarantine: objects that no row names, kept aside for a while before they are erased."""

from typing import ClassVar

from django.db import models
from django.db.models import Q


class Quarantine(models.Model):
    """One object that was moved aside; `key` is where it lay, `kept_key` where it lies now."""

    # Longer than our own keys, as anything found in storage may have to be put aside.
    key = models.CharField(max_length=300, unique=True)
    kept_key = models.CharField(max_length=100, unique=True)
    found_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["found_at"], name="quarantine_kept", condition=Q(erased_at=None)),
        ]

    def __str__(self) -> str:
        return self.key
