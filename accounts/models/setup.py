"""The one-time token with which the owner's account is made."""

import hashlib
import secrets

from django.db import models


class SetupToken(models.Model):
    """The hash of the token in the printed set-up link; at most one row, gone once used."""

    digest = models.CharField(max_length=64, primary_key=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.created_at:%Y-%m-%d}"

    @classmethod
    def issue(cls) -> str:
        """A new token; those printed before stop working."""
        token = secrets.token_urlsafe(24)
        cls.objects.all().delete()
        cls.objects.create(digest=cls.digest_of(token))
        return token

    @classmethod
    def is_valid(cls, token: str) -> bool:
        """Whether this is the token of the newest printed link."""
        return cls.objects.filter(digest=cls.digest_of(token)).exists()

    @staticmethod
    def digest_of(token: str) -> str:
        """The hash kept in place of the token."""
        return hashlib.sha256(token.encode()).hexdigest()
