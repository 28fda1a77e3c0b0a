"""The erasure ledger: every object that must go, until storage confirms that it is gone."""

from typing import ClassVar

from django.db import models
from django.db.models import Q


class Erasure(models.Model):
    """One object to erase. The row stays as the receipt."""

    key = models.CharField(max_length=100, unique=True)
    # Plain numbers: the ledger outlives the rows it tells of.
    post_id = models.BigIntegerField(null=True)
    owner_id = models.BigIntegerField(null=True, db_index=True)
    requested_at = models.DateTimeField(auto_now_add=True)
    due_at = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=0)
    erased_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["due_at"], name="erasure_due", condition=Q(erased_at=None)),
            models.Index(fields=["post_id"], name="erasure_by_post"),
        ]

    def __str__(self) -> str:
        return self.key
