"""A person with an account."""

from typing import Any, ClassVar, NamedTuple, Self

from django.contrib.auth.models import AbstractUser, AnonymousUser, UserManager
from django.db import models, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models.relations import blocked_between
from accounts.usernames import validators
from notes_site.fields import OneLineField
from notes_site.ids import TimeOrderedModel
from notes_site.queue import events
from notes_site.storage import public_url


class CommentsBy(models.TextChoices):
    """Who may write under a post, among those who may see it."""

    EVERYONE = "everyone", _("Everyone who can see it")
    FOLLOWERS = "followers", _("My followers")
    FRIENDS = "friends", _("Friends")
    NOBODY = "nobody", _("Nobody")


class Facts(NamedTuple):
    """What is read of somebody along with their row, by the request that they make."""

    # Whether there is anybody whose posts are kept from their feed.
    hides_anyone: bool
    has_lists: bool
    # Whether they pinned a topic as a tab, and whether they muted a topic or a word.
    has_topic_tabs: bool
    mutes_subjects: bool


def in_good_standing(person: str = "") -> Q:
    """Whether somebody is there for others: let in, not suspended and not leaving.

    `person` is the way to them from the rows that are asked for, "" for people themselves.
    """
    way = f"{person}__" if person else ""
    columns = {"is_active": True, "suspended_at": None, "leaving_at": None}
    return Q(**{way + column: value for column, value in columns.items()})


class PeopleQuerySet(models.QuerySet["User"]):
    """Which people."""

    def visible_to(self, viewer: "User | AnonymousUser") -> Self:
        """The people this viewer may know of: those who are there, without a block between them."""
        people = self.filter(in_good_standing())
        return people.exclude(blocked_between(viewer.pk, "pk")) if viewer.pk else people


class People(UserManager["User"]):
    """People, and what one may ask of them."""

    # UserManager sets this to True, and then migrations would import this class.
    use_in_migrations = False

    def get_queryset(self) -> PeopleQuerySet:
        """All of them."""
        return PeopleQuerySet(self.model, using=self._db)

    def visible_to(self, viewer: "User | AnonymousUser") -> PeopleQuerySet:
        """The people this viewer may know of."""
        return self.get_queryset().visible_to(viewer)


class User(TimeOrderedModel, AbstractUser):
    """A person; usernames are lowercase and unique, and stand in addresses."""

    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    username = models.CharField(_("username"), max_length=30, unique=True, validators=validators)
    display_name = OneLineField(_("name"), max_length=50, blank=True)
    bio = models.CharField(_("about you"), max_length=300, blank=True)
    pronouns = OneLineField(_("pronouns"), max_length=40, blank=True)
    # [{"label": …, "url": …}], at most `MAX_LINKS`.
    links = models.JSONField(default=list, blank=True)
    # The public key of a square picture, '' for none.
    avatar_key = models.CharField(max_length=100, blank=True, editable=False)
    suspended_at = models.DateTimeField(_("suspended"), null=True, blank=True, editable=False)
    suspended_reason = models.CharField(max_length=300, blank=True, editable=False)
    # When the account is erased for good; until then it is gone from every page, and can be kept.
    leaving_at = models.DateTimeField(null=True, blank=True, editable=False)
    # Part of what every session proves: one more ends all that began before.
    session_round = models.PositiveIntegerField(default=0, editable=False)

    is_private = models.BooleanField(_("private account"), default=False)
    shows_likes = models.BooleanField(_("show posts I like"), default=False)
    hides_like_counts = models.BooleanField(_("hide like counts"), default=False)
    comments_by = models.CharField(
        _("who can comment"),
        max_length=10,
        choices=CommentsBy.choices,
        default=CommentsBy.EVERYONE,
    )
    approves_comments = models.BooleanField(_("approve comments first"), default=False)
    # One a line; a comment with one of them waits for the author of the post.
    filtered_words = models.TextField(_("words to hold for review"), max_length=2_000, blank=True)

    # Changed in the transaction of the Follow rows they count.
    follower_count = models.PositiveIntegerField(default=0, editable=False)
    following_count = models.PositiveIntegerField(default=0, editable=False)

    objects: ClassVar[People] = People()

    # None for a row that was not read by a request of this person's own.
    facts: Facts | None = None

    class Meta(AbstractUser.Meta):
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["date_joined"],
                name="user_suspended",
                condition=models.Q(suspended_at__isnull=False),
            ),
            models.Index(
                fields=["leaving_at"],
                name="user_leaving",
                condition=models.Q(leaving_at__isnull=False),
            ),
        ]

    def save(self, *args: Any, **options: Any) -> None:
        """Save; that somebody new is here is told in the same transaction."""
        is_new = self._state.adding
        with transaction.atomic():
            super().save(*args, **options)
            if is_new:
                events.record("user.joined", self.pk)

    def clean(self) -> None:
        super().clean()
        self.username = self.username.lower()

    def get_absolute_url(self) -> str:
        return reverse("posts:profile", args=[self.username])

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """What a session keeps as proof: of the password, and of the round it began in."""
        # This one and not `get_session_auth_hash`: Django also checks SECRET_KEY_FALLBACKS by it.
        proof: str = super()._get_session_auth_hash(secret=secret)  # type: ignore[misc]
        # Round 0 keeps Django's own hash, so sessions from before there were rounds stay valid.
        return f"{proof}:{self.session_round}" if self.session_round else proof

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """What to call the person: their chosen name, else the username."""
        return self.display_name or self.username

    @property
    def is_in_good_standing(self) -> bool:
        """The same as `in_good_standing`, for a row at hand."""
        return self.is_active and self.suspended_at is None and self.leaving_at is None

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
        return self.is_in_good_standing and self.is_staff and self.has_perm("posts.change_post")
