"""The outbox of events, the heartbeats of the processes, and what its owner set."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from notes_site.ids import TimeOrderedModel


class Event(TimeOrderedModel):
    """Something that happened in a lower room, written in the transaction it happened in."""

    kind = models.CharField(max_length=40)
    subject_id = models.BigIntegerField()
    payload = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)
    handled_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(default="")

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["created_at"],
                name="event_waiting",
                condition=models.Q(handled_at=None),
            ),
            models.Index(fields=["handled_at"], name="event_handled"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_id}"


class Heartbeat(models.Model):
    """When a kind of process was last seen alive."""

    name = models.CharField(max_length=40, primary_key=True)
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class SiteSettings(models.Model):
    """What the owner chose in the admin or at set-up; one row, '' where the environment decides."""

    class Registration(models.TextChoices):
        """Who may make an account."""

        OPEN = "open", _("Everyone")
        APPROVAL = "approval", _("Whoever a moderator lets in")
        INVITE = "invite", _("Who has an invitation")
        CLOSED = "closed", _("Nobody")

    name = models.CharField(_("name of the site"), max_length=60, blank=True)
    registration = models.CharField(
        _("who may sign up"), max_length=10, choices=Registration.choices, blank=True
    )

    class Meta:
        verbose_name = verbose_name_plural = _("site settings")

    def __str__(self) -> str:
        return self.name or "site settings"
