"""The outbox of events, the heartbeats of the processes, and what its owner set."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from notes_site.fields import OneLineField
from notes_site.ids import TimeOrderedModel


class Event(TimeOrderedModel):
    """Something that happened in a lower room, written in the transaction it happened in."""

    kind = models.CharField(max_length=40)
    subject_id = models.BigIntegerField()
    # Ids and not words where that will do: the row stays for a week after it was handled.
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


class OutgoingEmail(TimeOrderedModel):
    """An email on its way; its words are erased once it is sent or given up.

    Either the words stand here, or `person_id` says for whom they are written when it is sent.
    """

    class State(models.TextChoices):
        """Where it stands."""

        WAITING = "waiting", _("On its way")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Given up on")

    purpose = models.CharField(_("purpose"), max_length=80)
    # 64 characters, the @, and a host of 255 (RFC 5321, 4.5.3.1).
    to = models.CharField(_("to"), max_length=320, blank=True)
    # Not a foreign key: `accounts` is a room above this one.
    person_id = models.BigIntegerField(null=True)
    subject = models.TextField(blank=True)
    text = models.TextField(blank=True)
    html = models.TextField(blank=True)
    state = models.CharField(_("state"), max_length=7, choices=State.choices, default=State.WAITING)
    created_at = models.DateTimeField(_("written"), auto_now_add=True)
    ended_at = models.DateTimeField(_("sent or given up on"), null=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_try_at = models.DateTimeField(_("next attempt"), null=True)
    leased_until = models.DateTimeField(null=True)
    # When the server itself could not be used; for a moment nobody else tries then.
    away_at = models.DateTimeField(null=True)
    error = models.CharField(_("server’s answer"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("outgoing email")
        verbose_name_plural = _("outgoing emails")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["purpose", "person_id"],
                name="email_waiting_once",
                condition=Q(state="waiting", person_id__isnull=False),
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["next_try_at"], name="email_waiting", condition=Q(state="waiting")
            ),
            models.Index(fields=["ended_at"], name="email_ended"),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.state}"


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
        APPROVAL = "approval", _("Anyone a moderator approves")
        INVITE = "invite", _("Anyone with an invitation")
        CLOSED = "closed", _("Nobody")

    name = OneLineField(_("site name"), max_length=60, blank=True)
    registration = models.CharField(
        _("who can sign up"), max_length=10, choices=Registration.choices, blank=True
    )

    class Meta:
        verbose_name = verbose_name_plural = _("site settings")

    def __str__(self) -> str:
        return self.name or "site settings"
