"""Who may make an account: invitations, requests to be let in, and email domains kept out."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from notes_site.fields import OneLineField
from notes_site.ids import TimeOrderedModel


class Invite(TimeOrderedModel):
    """A code that opens sign-up for some people, for some time."""

    # In plain text, because moderators hand out the same code again.
    code = models.CharField(max_length=24, unique=True)
    note = OneLineField(_("note"), max_length=100, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="invites"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    # None: no limit.
    most_uses = models.PositiveIntegerField(_("number of people"), null=True, blank=True, default=1)
    use_count = models.PositiveIntegerField(default=0, editable=False)
    expires_at = models.DateTimeField(_("valid until"), null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")

    def __str__(self) -> str:
        return self.note or self.code

    @property
    def is_good(self) -> bool:
        """Whether one more person may come in by it."""
        return (
            self.revoked_at is None
            and (self.expires_at is None or self.expires_at > timezone.now())
            and (self.most_uses is None or self.use_count < self.most_uses)
        )


class SignUp(models.Model):
    """How a person came in: by whose invitation, or for which reason and let in by whom.

    While `decided_at` is empty the account waits: it is inactive, and nobody sees it.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="sign_up"
    )
    invite = models.ForeignKey(
        Invite, on_delete=models.SET_NULL, null=True, blank=True, related_name="sign_ups"
    )
    reason = models.TextField(_("reason for joining"), max_length=500, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="sign_ups_decided",
    )

    class Meta:
        verbose_name = _("sign-up")
        verbose_name_plural = _("sign-ups")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["created_at"], name="sign_up_waiting", condition=models.Q(decided_at=None)
            ),
        ]

    def __str__(self) -> str:
        return f"@{self.user.username}"


class BlockedDomain(models.Model):
    """An email domain, with all below it, from which nobody may sign up."""

    domain = models.CharField(_("domain"), max_length=253, unique=True)
    note = OneLineField(_("note"), max_length=100, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("blocked email domain")
        verbose_name_plural = _("blocked email domains")

    def __str__(self) -> str:
        return self.domain
