"""Lists of people, blocks, mutes and restrictions; follows are in `follow`."""

from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from notes_site.fields import OneLineField
from notes_site.ids import TimeOrderedModel

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

MAX_LISTS = 50
MAX_ON_A_LIST = 1_000


class PeopleList(TimeOrderedModel):
    """Some people a member put together: a tab of their feed and an audience of their posts.

    Nobody but its owner learns that it exists, or who is on it.
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="people_lists"
    )
    name = OneLineField(_("name"), max_length=50)
    created_at = models.DateTimeField(auto_now_add=True)
    # Changed in the transaction of the rows it counts.
    member_count = models.PositiveIntegerField(default=0)

    if TYPE_CHECKING:
        memberships: "RelatedManager[ListMember]"

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["owner", "name"], name="people_list_once"),
        ]

    def __str__(self) -> str:
        return self.name


class ListMember(models.Model):
    """A person on a list."""

    people_list = models.ForeignKey(
        PeopleList, on_delete=models.CASCADE, related_name="memberships"
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="list_memberships"
    )
    added_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["people_list", "person"], name="list_member_once"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["people_list", "-added_at", "-id"], name="list_member_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} on {self.people_list_id}"


class Block(models.Model):
    """Two people who do not exist for each other, because one of them said so."""

    blocker = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="people_blocked"
    )
    blocked = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="blocked_by"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["blocker", "blocked"], name="block_once"),
            models.CheckConstraint(
                condition=~Q(blocker=models.F("blocked")), name="block_not_oneself"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["blocker", "-created_at", "-id"], name="block_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.blocker_id} blocks {self.blocked_id}"


class Mute(models.Model):
    """A person does not want to see another's posts, or comments, for a while or for good."""

    muter = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="mutes"
    )
    muted = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="muted_by"
    )
    posts = models.BooleanField(_("posts"), default=True)
    comments = models.BooleanField(_("comments"), default=True)
    # None: until it is taken back.
    until = models.DateTimeField(_("until"), null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["muter", "muted"], name="mute_once"),
            models.CheckConstraint(condition=~Q(muter=models.F("muted")), name="mute_not_oneself"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["muter", "-created_at", "-id"], name="mute_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.muter_id} mutes {self.muted_id}"


class Restriction(models.Model):
    """What this person writes under the other's posts is theirs alone until it is approved."""

    restricter = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="restrictions"
    )
    restricted = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="restricted_by"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["restricter", "restricted"], name="restrict_once"),
            models.CheckConstraint(
                condition=~Q(restricter=models.F("restricted")), name="restrict_not_oneself"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["restricter", "-created_at", "-id"], name="restrict_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.restricter_id} restricts {self.restricted_id}"


def active_mutes(now: datetime | Now | None = None) -> Q:
    """The mutes that have not run out."""
    return Q(until=None) | Q(until__gt=now or timezone.now())


def hiding_anyone() -> Q:
    """Whether there is anybody whose posts are kept from the person of the row."""
    me = OuterRef("pk")
    # The database's clock: `login.signed_in` builds this once a process, so a time would get old.
    mutes = Mute.objects.filter(active_mutes(Now()), muter=me, posts=True)
    return (
        Q(Exists(Block.objects.filter(blocker=me)))
        | Q(Exists(Block.objects.filter(blocked=me)))
        | Q(Exists(mutes))
    )


def blocked_between(viewer_id: int | OuterRef, person: str | OuterRef) -> Q:
    """Whether one of the two blocked the other; `person` is the column that names the second."""
    other = OuterRef(person) if isinstance(person, str) else person
    return Q(Exists(Block.objects.filter(blocker=viewer_id, blocked=other))) | Q(
        Exists(Block.objects.filter(blocker=other, blocked=viewer_id))
    )


def muted_by(viewer_id: int, person: str, what: str, now: datetime | Now | None = None) -> Q:
    """Whether the viewer does not want to see `what` ("posts", "comments") of that person now."""
    muted = {"muter": viewer_id, "muted": OuterRef(person), what: True}
    return Q(Exists(Mute.objects.filter(active_mutes(now), **muted)))
