"""A person with an account."""

from typing import ClassVar

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.usernames import validators
from notes_site.ids import TimeOrderedModel
from notes_site.storage import public_url


class User(TimeOrderedModel, AbstractUser):
    """A person; usernames are lowercase and unique, and stand in addresses."""

    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    username = models.CharField(_("username"), max_length=30, unique=True, validators=validators)
    display_name = models.CharField(_("name"), max_length=50, blank=True)
    bio = models.CharField(_("about you"), max_length=300, blank=True)
    # The public key of a square picture, '' for none.
    avatar_key = models.CharField(max_length=100, blank=True, editable=False)
    suspended_at = models.DateTimeField(_("suspended"), null=True, blank=True, editable=False)
    suspended_reason = models.CharField(max_length=300, blank=True, editable=False)

    # Changed in the transaction of the Follow rows they count.
    follower_count = models.PositiveIntegerField(default=0, editable=False)
    following_count = models.PositiveIntegerField(default=0, editable=False)

    class Meta(AbstractUser.Meta):
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["date_joined"],
                name="user_suspended",
                condition=models.Q(suspended_at__isnull=False),
            )
        ]

    def clean(self) -> None:
        super().clean()
        self.username = self.username.lower()

    def get_absolute_url(self) -> str:
        return reverse("posts:profile", args=[self.username])

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """What to call the person: their chosen name, else the username."""
        return self.display_name or self.username

    @property
    def initial(self) -> str:
        """The first letter of the name, for people without a picture."""
        return self.name[:1].upper()

    @property
    def avatar_url(self) -> str:
        """The address of the person's picture; '' for none."""
        return public_url(self.avatar_key) if self.avatar_key else ""

    @property
    def is_moderator(self) -> bool:
        """Whether the person may hide other people's posts."""
        return self.is_active and self.is_staff and self.has_perm("posts.change_post")
