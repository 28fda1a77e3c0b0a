"""Posts a person keeps: saved, and put together in collections."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Follow
from accounts.models.relations import blocked_between
from accounts.models.user import in_good_standing
from notes_site.fields import OneLineField
from notes_site.ids import TimeOrderedModel
from posts.models.post import Post, Viewer

MAX_COLLECTIONS = 100
MAX_ITEMS = 1_000


class Save(models.Model):
    """A post somebody keeps; known to nobody else."""

    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="saves")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saves"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["user", "post"], name="save_once"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["user", "-created_at", "-id"], name="save_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} saves {self.post_id}"


class CollectionQuerySet(models.QuerySet["Collection"]):
    """Which collections."""

    def visible_to(self, viewer: Viewer) -> "CollectionQuerySet":
        """One's own, and the public ones of people who are there for the viewer.

        Of a private account they are for its followers, as its posts are.
        """
        shown = Q(is_public=True) & in_good_standing("owner")
        if not viewer.is_authenticated:
            return self.filter(shown & Q(owner__is_private=False))
        follows = Follow.objects.filter(follower=viewer.pk, followee=OuterRef("owner"))
        near = Q(owner__is_private=False) | Q(Exists(follows))
        others = shown & near & ~blocked_between(viewer.pk, "owner")
        return self.filter(Q(owner=viewer.pk) | others)


class Collection(TimeOrderedModel):
    """Posts somebody put together, in an order of theirs; private unless they say otherwise."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="collections"
    )
    name = OneLineField(_("name"), max_length=60)
    description = models.CharField(_("description"), max_length=300, blank=True)
    is_public = models.BooleanField(_("public"), default=False)
    # The post whose picture stands for it; the first one while none is chosen or it is gone.
    cover = models.ForeignKey(
        Post, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = CollectionQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["owner", "name"], name="collection_once"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["owner", "-created_at", "-id"], name="collection_newest"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("posts:collection", args=[self.pk])


class CollectionItem(models.Model):
    """A post in a collection; the higher its position, the earlier it stands."""

    collection = models.ForeignKey(Collection, on_delete=models.CASCADE, related_name="items")
    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="collection_items")
    position = models.PositiveIntegerField()
    added_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["collection", "post"], name="collection_item_once"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["collection", "-position", "-id"], name="collection_order"),
        ]

    def __str__(self) -> str:
        return f"{self.post_id} in {self.collection_id}"
