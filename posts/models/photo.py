"""A photo: one picture's bytes, state and words; its place in a post once it has one."""

from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from notes_site.ids import TimeOrderedModel
from posts import limits, reasons
from posts.pictures import Picture, Source, picture_from_json, picture_to_json

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

    from posts.models.rendition import Rendition


class Photo(TimeOrderedModel):
    """A picture somebody gave us. `post` is empty while it only belongs to an Upload."""

    class State(models.TextChoices):
        """The same words everywhere: rows, JSON, pages, metrics."""

        PENDING = "pending", _("Waiting")
        WORKING = "working", _("Working")
        READY = "ready", _("Ready")
        FAILED = "failed", _("Failed")

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="photos"
    )
    post = models.ForeignKey(
        "posts.Post", on_delete=models.CASCADE, null=True, blank=True, related_name="photos"
    )
    position = models.PositiveSmallIntegerField(default=0)
    alt_text = models.TextField(max_length=limits.MAX_ALT_TEXT, blank=True)

    original_key = models.CharField(max_length=100, unique=True)
    bytes = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    format = models.CharField(max_length=10)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    thumbhash = models.CharField(max_length=60, blank=True)

    state = models.CharField(max_length=10, choices=State.choices, default=State.PENDING)
    reason = models.CharField(max_length=40, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    queued_at = models.DateTimeField(null=True)
    leased_until = models.DateTimeField(null=True)
    lease = models.CharField(max_length=22, blank=True)
    # Whether its renditions lie where they should; False asks the placement step to look.
    placed = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    if TYPE_CHECKING:
        renditions: "RelatedManager[Rendition]"

    class Meta:
        ordering: ClassVar[list[str]] = ["position", "id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["post", "position"], name="photo_in_post"),
            models.Index(fields=["owner", "-id"], name="photo_by_owner"),
            models.Index(
                fields=["queued_at"],
                name="photo_unfinished",
                condition=Q(state__in=["pending", "working"]),
            ),
            models.Index(
                fields=["id"],
                name="photo_unplaced",
                condition=Q(placed=False),
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def reason_text(self) -> str:
        """Why it failed, in a sentence; '' when it did not."""
        return reasons.sentence(self.reason) if self.reason else ""

    def as_json(self) -> dict[str, Any]:
        """The photo as a post keeps its cover; reads the renditions."""
        webp = [
            Source(rendition.key, rendition.width)
            for rendition in self.renditions.all()
            if rendition.format == "webp"
        ]
        return picture_to_json(
            width=self.width,
            height=self.height,
            alt=self.alt_text,
            thumbhash=self.thumbhash,
            sources=webp,
        )

    @cached_property
    def picture(self) -> Picture | None:
        """What a page needs of it; None while there is no rendition."""
        return picture_from_json(self.as_json())
