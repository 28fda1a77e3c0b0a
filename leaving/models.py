"""Downloads of everything, receipts of those who leave, and the usernames they had."""

import hashlib
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from notes_site.ids import TimeOrderedModel


class Export(TimeOrderedModel):
    """One download of all that a person has here: being made, ready for 7 days, or failed."""

    class State(models.TextChoices):
        """The same words as for photos."""

        PENDING = "pending", _("Waiting")
        WORKING = "working", _("Working")
        READY = "ready", _("Ready")
        FAILED = "failed", _("Failed")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="exports"
    )
    state = models.CharField(max_length=10, choices=State.choices, default=State.PENDING)
    # Files in it, and how many of them are written.
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    # Where the archive lies, or is about to: of every attempt its own, in the ledger before it
    # is written.
    key = models.CharField(max_length=100, blank=True)
    bytes = models.PositiveBigIntegerField(default=0)
    # Why it failed: a code of `leaving.exporting.REASONS`.
    error = models.CharField(max_length=40, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    queued_at = models.DateTimeField(null=True)
    leased_until = models.DateTimeField(null=True)
    lease = models.CharField(max_length=22, blank=True)
    expires_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["user"],
                name="export_one_at_a_time",
                condition=Q(state__in=["pending", "working"]),
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["user", "-id"], name="export_newest"),
            models.Index(
                fields=["id"],
                name="export_unfinished",
                condition=Q(state__in=["pending", "working"]),
            ),
            models.Index(fields=["expires_at"], name="export_expiry"),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def is_on_its_way(self) -> bool:
        """Whether it is still being made."""
        return self.state in (self.State.PENDING, self.State.WORKING)

    @property
    def is_offered(self) -> bool:
        """Whether it can be downloaded now."""
        return self.state == self.State.READY and (
            self.expires_at is not None and self.expires_at > timezone.now()
        )

    @property
    def percent(self) -> int:
        """How far it is, 0 to 100."""
        if self.state == self.State.READY:
            return 100
        return min(99, 100 * self.done // self.total) if self.total else 0


class Departure(TimeOrderedModel):
    """The receipt of one leaving; it stays when the person is gone, and tells nobody who it was.

    Plain numbers, no keys: it outlives the rows it tells of.
    """

    # The hash of the token in the receipt's address.
    digest = models.CharField(max_length=64, unique=True)
    person_id = models.BigIntegerField(db_index=True)
    asked_at = models.DateTimeField(auto_now_add=True)
    # When erasing may begin.
    due_at = models.DateTimeField()
    stayed_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    # When the last row was gone; objects have their times in the ledger.
    erased_at = models.DateTimeField(null=True)
    # {what: how many}, written in the transactions that erase them.
    counts = models.JSONField(default=dict)
    queued_at = models.DateTimeField(null=True)
    leased_until = models.DateTimeField(null=True)
    lease = models.CharField(max_length=22, blank=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["due_at"],
                name="departure_due",
                condition=Q(stayed_at=None, erased_at=None),
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @staticmethod
    def digest_of(token: str) -> str:
        """The hash kept in place of the token."""
        return hashlib.sha256(token.encode()).hexdigest()


class DepartedUsername(models.Model):
    """A username of somebody who left, as a keyed hash; nobody may take it until then."""

    digest = models.CharField(max_length=64, unique=True)
    until = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "leaving_leftname"

    def __str__(self) -> str:
        return self.digest[:12]
