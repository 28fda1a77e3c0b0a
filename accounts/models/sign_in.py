"""What is remembered of signing in, and of the names a person had."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from notes_site.ids import TimeOrderedModel


class SignIn(TimeOrderedModel):
    """One sign-in, good or refused, as its person reads it in their settings; kept 90 days."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="sign_ins"
    )
    at = models.DateTimeField(auto_now_add=True)
    # "password", "passkey", "totp", "recovery_codes"; '' for a refused one.
    method = models.CharField(max_length=40, blank=True)
    was_refused = models.BooleanField(default=False)
    address = models.GenericIPAddressField(null=True)
    agent = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["user", "-at", "-id"], name="sign_in_newest"),
            models.Index(fields=["at"], name="sign_in_oldest"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.at:%Y-%m-%d %H:%M}"


class FormerUsername(models.Model):
    """A name somebody gave up: it leads to them for a while, and nobody else may take it."""

    username = models.CharField(max_length=30, unique=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="former_usernames"
    )
    until = models.DateTimeField()

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["until"], name="former_username_until"),
        ]

    def __str__(self) -> str:
        return self.username
