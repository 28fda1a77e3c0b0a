"""What members tell the moderators, and the audit trail of what those did about it."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from notes_site.ids import TimeOrderedModel, encode


class AppendOnlyError(Exception):
    """Somebody tried to change or remove an audit entry."""


class AuditEntry(TimeOrderedModel):
    """One decision, written in the transaction that carried it out.

    Triggers of the database refuse every UPDATE and DELETE (migration 0002); what stands here
    makes the same mistake fail earlier and with a plainer word. The people and things are plain
    columns: an entry outlives both, and no key may write into it when they go.
    """

    class Action(models.TextChoices):
        """What was done.

        Some values are older than the names: rows that nobody can change hold them.
        """

        HIDE = "hide", _("hid")
        RESTORE = "restore", _("restored")
        SUSPEND = "suspend", _("suspended")
        UNSUSPEND = "unsuspend", _("ended the suspension of")
        RETRY = "retry", _("tried again")
        RELEASE = "release", _("released")
        REFUSE = "refuse", _("refused")
        MAKE_MODERATOR = "appoint", _("made a moderator of")
        REMOVE_MODERATOR = "dismiss", _("removed as moderator")
        APPROVE = "let_in", _("approved the sign-up of")
        DECLINE = "turn_away", _("declined the sign-up of")
        CONFIRM = "confirm", _("confirmed the email address of")
        RESET_LINK = "reset_link", _("made a password reset link for")
        CREATE = "create", _("made")
        REVOKE = "revoke", _("revoked")
        BLOCK = "block", _("blocked")
        UNBLOCK = "unblock", _("unblocked")
        CHANGE = "change", _("changed")
        AGREE = "uphold", _("agreed with a report of")
        DISMISS_REPORT = "set_aside", _("dismissed a report of")

    class Kind(models.TextChoices):
        """What it was done to."""

        POST = "post", _("post")
        PHOTO = "photo", _("photo")
        COMMENT = "comment", _("comment")
        PERSON = "person", _("person")
        INVITE = "invite", _("invitation")
        DOMAIN = "domain", _("email domain")
        SITE = "site", _("site settings")

    # Empty when the site did it by itself: a command, the demo.
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(_("by"), max_length=30, blank=True)
    action = models.CharField(_("action"), max_length=12, choices=Action.choices)
    target_kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    target_id = models.BigIntegerField()
    # The author's username, never their words: what somebody deletes must not live on here.
    target_label = models.CharField(_("of"), max_length=60)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    created_at = models.DateTimeField(_("at"), auto_now_add=True)

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit entries")
        ordering: ClassVar[list[str]] = ["-id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["target_kind", "target_id", "-id"], name="audit_of_target"),
            models.Index(fields=["actor_id", "-id"], name="audit_by_actor"),
        ]

    def __str__(self) -> str:
        target = f"{self.get_target_kind_display()} {self.target_label}"
        return f"{self.actor} {self.get_action_display()} {target}"

    def save(self, **options: Any) -> None:
        """Insert the entry; raises AppendOnlyError when it stands already."""
        if not self._state.adding:
            raise AppendOnlyError("an audit entry is never changed")
        super().save(**options)

    def delete(self, *_args: Any, **_options: Any) -> tuple[int, dict[str, int]]:
        """Always raises AppendOnlyError."""
        raise AppendOnlyError("an audit entry is never deleted")

    @property
    def actor(self) -> str:
        """Who did it."""
        return f"@{self.actor_name}" if self.actor_name else str(_("the site"))

    @property
    def target_code(self) -> str:
        """The target's id as it stands in addresses."""
        return encode(self.target_id)

    @property
    def target_url(self) -> str:
        """Where the admin shows the target."""
        kind = self.target_kind
        noun = _NOUNS.get(kind, f"posts_{kind}")
        return reverse(f"admin:{noun}_change", args=[self.target_id])


# Whose rooms the admin shows under other names than the trail's.
_NOUNS: dict[str, str] = {
    AuditEntry.Kind.PERSON: "accounts_user",
    AuditEntry.Kind.INVITE: "accounts_invite",
    AuditEntry.Kind.DOMAIN: "accounts_blockeddomain",
    AuditEntry.Kind.SITE: "notes_site_sitesettings",
}


class Report(TimeOrderedModel):
    """A member tells the moderators of a post, a comment or an account.

    What it is about is told by plain columns: a report outlives what was reported.
    """

    class Category(models.TextChoices):
        """What is wrong with it."""

        SPAM = "spam", _("Spam or scam")
        HARASSMENT = "harassment", _("Harassment or hate")
        VIOLENCE = "violence", _("Violence or threats")
        NUDITY = "nudity", _("Nudity or sexual content")
        CHILD = "child", _("A child in danger")
        SELF_HARM = "self_harm", _("Someone may hurt themselves")
        PRIVACY = "privacy", _("My private information, or someone else’s")
        STOLEN = "stolen", _("A photo that isn’t theirs")
        OTHER = "other", _("Something else")

    # Looked at before all others.
    URGENT = (Category.CHILD, Category.SELF_HARM)

    class Decision(models.TextChoices):
        """What came of it; '' while nobody decided."""

        AGREED = "upheld", _("Agreed")
        DISMISSED = "set_aside", _("Dismissed")

    reporter = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="reports"
    )
    target_kind = models.CharField(_("kind"), max_length=10, choices=AuditEntry.Kind.choices)
    target_id = models.BigIntegerField()
    target_label = models.CharField(_("of"), max_length=60)
    # Whose that is: nobody decides about themselves, nor sees who reported them.
    person_id = models.BigIntegerField(null=True)
    # The post that a comment stands under.
    post_id = models.BigIntegerField(null=True)
    category = models.CharField(_("what is wrong"), max_length=12, choices=Category.choices)
    words = models.TextField(_("in your words"), max_length=1_000, blank=True)
    created_at = models.DateTimeField(_("at"), auto_now_add=True)
    decision = models.CharField(max_length=10, choices=Decision.choices, blank=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["reporter", "target_kind", "target_id"],
                condition=models.Q(decision=""),
                name="report_once",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["-id"], name="report_open", condition=models.Q(decision="")),
            models.Index(fields=["target_kind", "target_id"], name="report_of_target"),
        ]

    def __str__(self) -> str:
        return f"{self.get_category_display()}: {self.target_label}"
