"""A person's notifications, one line for what belongs together, and how they want to hear."""

from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from notes_site.ids import TimeOrderedModel
from notifications.kinds import Kind, mailed_at_first
from posts.models import Comment, Post

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager


class Notification(TimeOrderedModel):
    """One line for one person: all that happened of one kind to one thing.

    It is new while `newest_at` is later than the person's `Preferences.seen_at`; so whoever
    opens the page writes one row, however many lines are new.
    """

    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notifications"
    )
    kind = models.CharField(max_length=20, choices=Kind.choices)
    # The id of the post, the comment, the photo or the person it is about.
    subject_id = models.BigIntegerField()
    # Without seeing this post nobody sees the line.
    post = models.ForeignKey(
        Post, on_delete=models.CASCADE, null=True, related_name="notifications"
    )
    # The comment of the recipient that it is about. A deleted one is gone before that is handled,
    # and what counts the events of this line must still find them: no key of the database.
    comment = models.ForeignKey(
        Comment,
        on_delete=models.DO_NOTHING,
        null=True,
        db_constraint=False,
        related_name="notifications",
    )
    # For kinds without people: which `ModerationOutcome` it was last.
    detail = models.CharField(max_length=20, blank=True)
    # How many different people did it; changed in the transaction of their events.
    actor_count = models.PositiveIntegerField(default=0)
    newest_at = models.DateTimeField()
    # False where the person wants it by email alone.
    on_page = models.BooleanField(default=True)
    # Whether it is to stand in the next email.
    mail_waits = models.BooleanField(default=False)

    if TYPE_CHECKING:
        events: "RelatedManager[NotificationEvent]"

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["recipient", "kind", "subject_id"], name="notification_once"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["recipient", "-newest_at", "-id"],
                name="notification_newest",
                condition=Q(on_page=True),
            ),
            models.Index(
                fields=["recipient", "-newest_at"],
                name="notification_for_mail",
                condition=Q(mail_waits=True),
            ),
            models.Index(fields=["newest_at"], name="notification_oldest"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} for {self.recipient_id}"


class NotificationEvent(models.Model):
    """One person did it, once, or by one comment; taking it back removes the row."""

    notification = models.ForeignKey(Notification, on_delete=models.CASCADE, related_name="events")
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notification_events"
    )
    comment = models.ForeignKey(
        Comment,
        on_delete=models.DO_NOTHING,
        null=True,
        db_constraint=False,
        related_name="notification_events",
    )
    at = models.DateTimeField()

    class Meta:
        # The table and what belongs to it were named before the class got its present name.
        db_table = "notifications_happening"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["notification", "actor"],
                name="happening_once",
                condition=Q(comment=None),
            ),
            models.UniqueConstraint(
                fields=["notification", "comment"],
                name="happening_once_by_comment",
                condition=Q(comment__isnull=False),
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["notification", "-at", "-id"], name="happening_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.actor_id} in {self.notification_id}"


class Preferences(models.Model):
    """How a person wants to hear, what they have seen, and when their next email is due.

    Whatever changes a person's notifications locks this row first, so it happens in turn.
    """

    class Rhythm(models.TextChoices):
        """When email comes."""

        SOON = "soon", _("Soon, several in one email")
        DAILY = "daily", _("Once a day, in the morning")
        WEEKLY = "weekly", _("Once a week, on Monday morning")

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="notification_preferences",
    )
    seen_at = models.DateTimeField(null=True)
    # Off here, on in `mail_on`: a kind added later is on the page and not in email.
    page_off = models.JSONField(default=list)
    mail_on = models.JSONField(default=mailed_at_first)
    rhythm = models.CharField(max_length=6, choices=Rhythm.choices, default=Rhythm.SOON)
    quiet_from = models.TimeField(_("from"), null=True, blank=True)
    quiet_to = models.TimeField(_("to"), null=True, blank=True)
    # An IANA name; '' until the person says, or their browser.
    time_zone = models.CharField(_("time zone"), max_length=60, blank=True)
    # None while nothing waits, and from the moment an `OutgoingEmail` promises it.
    mail_due_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["mail_due_at"],
                name="preferences_mail_due",
                condition=Q(mail_due_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"preferences of {self.person_id}"

    def on_page(self, kind: str) -> bool:
        """Whether this kind stands on their page."""
        return kind not in self.page_off

    def by_mail(self, kind: str) -> bool:
        """Whether this kind goes to them by email."""
        return kind in self.mail_on
