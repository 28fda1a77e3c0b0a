"""A photo: one picture's bytes, state and words; its place in a post once it has one."""

from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import CharField, Func, Q
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from notes_site.ids import TimeOrderedModel
from posts import details, limits, reasons
from posts.imaging.specs import CROPPED, PLAIN, wanted_specs
from posts.pictures import Picture, Source, picture_from_json, picture_to_json

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

    from posts.models.rendition import Rendition


class _Constant(Func):
    """A word written into the statement: SQLite knows a partial index only by its constants, and
    would read every photo there is for values that are sent beside the statement."""

    def __init__(self, word: str) -> None:
        super().__init__(output_field=CharField(), template=f"'{word}'")


class PhotoQuerySet(models.QuerySet["Photo"]):
    """Which photos."""

    def unfinished(self) -> Self:
        """Those that wait or are being worked on, as the index that holds only them says it."""
        states: list[Any] = [_Constant("pending"), _Constant("working")]
        return self.filter(state__in=states)


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

    # What the author changed (posts.imaging.edits); version 0 is the photo as it came.
    edits = models.JSONField(default=dict, blank=True)
    edits_version = models.PositiveIntegerField(default=0)
    # What the file carries (posts.imaging.metadata), for its owner alone; and of that, the keys
    # of what the author ticked to be shown.
    metadata = models.JSONField(default=dict, blank=True)
    shown = models.JSONField(default=list, blank=True)
    # A perceptual hash of 256 bits in hex; '' until it is rendered.
    pdq = models.CharField(max_length=64, blank=True)
    # Since when a moderator is to look at it, because it resembles a picture that was removed.
    held_at = models.DateTimeField(null=True, blank=True)

    state = models.CharField(max_length=10, choices=State.choices, default=State.PENDING)
    reason = models.CharField(max_length=40, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    queued_at = models.DateTimeField(null=True)
    # Not to be tried again before this time: attempts that fail by no fault of the file wait.
    retry_at = models.DateTimeField(null=True)
    leased_until = models.DateTimeField(null=True)
    lease = models.CharField(max_length=22, blank=True)
    # Whether its renditions lie where they should; False asks the placement step to look.
    placed = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = PhotoQuerySet.as_manager()

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
            models.Index(
                fields=["id"],
                name="photo_failed",
                condition=Q(state="failed"),
            ),
            models.Index(
                fields=["held_at"],
                name="photo_held",
                condition=Q(held_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def reason_text(self) -> str:
        """Why it failed, in a sentence; '' when it did not."""
        return reasons.sentence(self.reason) if self.reason else ""

    @property
    def is_shown(self) -> bool:
        """Whether others may see it: it is ready, or was and is made anew; reads renditions."""
        if self.held_at is not None:
            return False
        # The hash is written when it is ready: without it, what there is was never complete.
        was_ready = bool(self.thumbhash and self.renditions.all())
        return self.state == self.State.READY or was_ready

    @property
    def percent(self) -> int:
        """How far it is, 0 to 100: the part of its renditions that is made; reads them."""
        if self.state == self.State.READY:
            return 100
        wanted = wanted_specs(self.width, self.height, self.edits)
        made = len(wanted) - len(self.missing_specs)
        # Only what is ready is at 100.
        return min(99, 100 * made // len(wanted))

    @property
    def missing_specs(self) -> list[str]:
        """The renditions still to be made of the present edits, in making order; reads them."""
        made = {r.spec for r in self.renditions.all() if r.edits_version == self.edits_version}
        return [
            name for name in wanted_specs(self.width, self.height, self.edits) if name not in made
        ]

    @property
    def current_renditions(self) -> "list[Rendition]":
        """The renditions to be shown, narrowest first.

        Of several versions it is the oldest: that one is complete, and goes in the transaction
        in which the next one is.
        """
        shown = [each for each in self.renditions.all() if each.spec != PLAIN]
        oldest = min((each.edits_version for each in shown), default=0)
        return [each for each in shown if each.edits_version == oldest]

    @property
    def whole_renditions(self) -> "list[Rendition]":
        """Those of them that pages show: WebP, nothing cropped away; narrowest first."""
        return [
            each
            for each in self.current_renditions
            if each.format == "webp" and each.spec not in CROPPED
        ]

    def as_json(self) -> dict[str, Any]:
        """The photo as a post keeps its cover; reads the renditions."""
        renditions = self.whole_renditions
        webp = [Source(each.key, each.width) for each in renditions]
        width, height = self.width, self.height
        if renditions and renditions[-1].edits_version:
            # Edited: the largest one has the shape that is shown.
            width, height = renditions[-1].width, renditions[-1].height
        return picture_to_json(
            width=width, height=height, alt=self.alt_text, thumbhash=self.thumbhash, sources=webp
        )

    @property
    def square(self) -> str:
        """The address of the square thumbnail; '' while there is none."""
        return self._address_of("square320")

    @property
    def wide(self) -> str:
        """The address of the wide JPEG that link previews show; '' while there is none."""
        return self._address_of("wide1200")

    def _address_of(self, spec: str) -> str:
        found = [each for each in self.current_renditions if each.spec == spec]
        return Source(found[0].key, found[0].width).url if found else ""

    @property
    def shown_details(self) -> list[tuple[str, str]]:
        """What the author chose to show of the file's details, as (label, value)."""
        return details.chosen(self.metadata, self.shown)

    @cached_property
    def picture(self) -> Picture | None:
        """What a page needs of it; None while there is no rendition."""
        return picture_from_json(self.as_json())
